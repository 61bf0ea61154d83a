package io.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.base.SeededRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A leader of 1, 2 and 3: 2 keeps up, and 3 comes back when it lacks many entries. */
class CatchUpTest {
  private static final int ENTRIES = 30_000;
  private static final Bytes PAYLOAD = Bytes.wrap(new byte[100]);

  private final RaftCore core =
      new RaftCore(
          RaftConfig.of(1),
          new RaftLog(LogSource.NONE, 64 << 20),
          HardState.INITIAL,
          Membership.of(new TreeSet<>(Set.of(1L, 2L, 3L))),
          0,
          new SeededRandom(1));
  private long sentTo3;

  private void lead() {
    core.campaign();
    settle();
    core.step(new Message.PreVoteReply(2, 1, 1, true, 0, 0));
    settle();
    core.step(new Message.VoteReply(2, 1, core.term(), true, 0, 0));
    settle();
    assertThat(core.roleKind()).isEqualTo(RoleKind.LEADER);
  }

  /** All that is written is durable at once, and 2 acknowledges all that it is sent. */
  private void settle() {
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      List<Message> sent = new ArrayList<>(ready.messages());
      if (ready.persist() != null) {
        sent.addAll(ready.messagesAfterPersist());
        core.persisted(ready.persist().ticket());
      }
      if (!ready.committed().isEmpty()) {
        core.applied(core.log().applying());
      }
      sent.forEach(this::deliver);
    }
  }

  private void deliver(Message message) {
    if (!(message instanceof Message.Append append)) {
      return;
    }
    long last = append.prevIndex() + append.entries().size();
    if (append.to() == 2) {
      core.step(new Message.AppendReply(2, 1, core.term(), last, true, 0, 0));
    } else {
      sentTo3 += append.entries().stream().mapToLong(Entry::sizeBytes).sum();
    }
  }

  private void write(int entries) {
    for (int left = entries; left > 0; left -= 1_000) {
      core.propose(Collections.nCopies(Math.min(left, 1_000), PAYLOAD));
      settle();
    }
  }

  /** It says that it has nothing, and then that it has the first entry: appends follow. */
  private void comeBack() {
    core.step(new Message.HeartbeatReply(3, 1, core.term(), 0));
    settle();
    sentTo3 = 0;
    core.step(new Message.AppendReply(3, 1, core.term(), 0, true, 0, 0));
    settle();
  }

  private void tick() {
    sentTo3 = 0;
    core.tick();
    settle();
  }

  @Test
  void whoIsFarBehindIsBroughtUpInSharesWhileOthersWrite() {
    lead();
    write(ENTRIES);
    tick();
    write(10);
    tick();
    comeBack();
    write(10);
    assertThat(sentTo3).isBetween(1L, 400_000L);
    long total = sentTo3;
    int ticks = 0;
    for (; core.progress().get(2).next() <= core.log().last(); ticks++) {
      write(10);
      tick();
      assertThat(sentTo3).isLessThan(400_000);
      total += sentTo3;
    }
    assertThat(ticks).isBetween(5, 40);
    assertThat(total).isGreaterThan(ENTRIES * 100L);
    write(1_000);
    assertThat(core.progress().get(2).next()).as("it has caught up").isGreaterThan(ENTRIES);
  }

  @Test
  void asFastAsItGoesWhileNobodyWrites() {
    lead();
    write(ENTRIES);
    tick();
    tick();
    comeBack();
    assertThat(core.progress().get(2).next()).isEqualTo(core.log().last() + 1);
  }
}
