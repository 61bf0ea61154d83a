package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RaftInboxTest {
  private final RaftInbox inbox = new RaftInbox();
  private final AtomicInteger wakes = new AtomicInteger();

  private void put(long id) {
    inbox.put(RaftInbox.Proposal.command(id, Bytes.utf8("abc")));
  }

  @Test
  void wakesOnceForAllThatComeBeforeTheActorIsAwake() {
    inbox.connect(wakes::incrementAndGet);
    inbox.awake();
    wakes.set(0);
    for (int i = 0; i < 10; i++) {
      put(i);
    }
    assertThat(wakes).hasValue(1);
    inbox.awake();
    assertThat(inbox.take(100, 1000)).hasSize(10);
    put(11);
    assertThat(wakes).hasValue(2);
  }

  @Test
  void wakesTheActorForWhatCameBeforeIt() {
    put(1);
    inbox.connect(wakes::incrementAndGet);
    assertThat(wakes).hasValue(1);
    inbox.awake();
    assertThat(inbox.take(10, 1000)).hasSize(1);
    put(2);
    assertThat(wakes).hasValue(2);
  }

  @Test
  void givesProposalsInOrderAndNoMoreThanAskedFor() {
    for (int i = 0; i < 5; i++) {
      put(i);
    }
    assertThat(inbox.take(3, 1000)).extracting(RaftInbox.Proposal::id).containsExactly(0L, 1L, 2L);
    assertThat(inbox.take(3, 1000)).extracting(RaftInbox.Proposal::id).containsExactly(3L, 4L);
    assertThat(inbox.take(3, 1000)).isEmpty();
  }

  @Test
  void givesNoMoreOnceThereAreBytesEnough() {
    for (int i = 0; i < 5; i++) {
      put(i);
    }
    assertThat(inbox.take(10, 4)).extracting(RaftInbox.Proposal::id).containsExactly(0L, 1L);
    assertThat(inbox.isEmpty()).isFalse();
    assertThat(inbox.take(10, 1)).hasSize(1);
    inbox.dropUnless(id -> id == 4);
    assertThat(inbox.take(10, 1000)).extracting(RaftInbox.Proposal::id).containsExactly(4L);
  }
}
