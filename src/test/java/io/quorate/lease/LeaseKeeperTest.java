package io.quorate.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.EtcdException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {
  private static final long SECOND = 1_000_000_000L;

  /** Notes what is asked, and answers when a test lets it. */
  private static final class Port implements LeaseKeeper.Port {
    final List<String> asked = new ArrayList<>();
    final Deque<Consumer<Boolean>> proofs = new ArrayDeque<>();
    final Deque<Consumer<@Nullable EtcdException>> settles = new ArrayDeque<>();

    @Override
    public boolean isLeadershipFresh() {
      return false;
    }

    @Override
    public void proveLeadership(Consumer<Boolean> then) {
      proofs.add(then);
    }

    @Override
    public void settle(Consumer<@Nullable EtcdException> then) {
      settles.add(then);
    }

    @Override
    public void proposeFullTime(long id, Consumer<@Nullable EtcdException> then) {
      asked.add("full " + id);
      settles.add(then);
    }

    @Override
    public void proposeRemaining(List<Checkpoint> remaining, long term) {
      asked.add("remaining of term " + term + " " + remaining);
    }

    @Override
    public void proposeEnd(long id, long term) {
      asked.add("end of term " + term + " " + id);
    }

    @Override
    public void renewAtLeader(long id, RenewReply reply) {
      asked.add("renew at leader " + id);
    }
  }

  private final Port port = new Port();
  private final List<String> told = new ArrayList<>();
  private long now;
  private final LeaseKeeper keeper =
      new LeaseKeeper(LeaseLimits.of(10, 100), port, () -> now * SECOND);

  private void renew(long id, boolean forward) {
    keeper.renew(
        id,
        forward,
        new RenewReply() {
          @Override
          public void renewed(long ttlSeconds) {
            told.add(id + " has " + ttlSeconds);
          }

          @Override
          public void failed(EtcdException error) {
            told.add(error.text());
          }
        });
  }

  private void lead(long term) {
    keeper.granted(1, 10, 0);
    keeper.promote(term, 0);
  }

  @Test
  void renewsNothingBeforeItsLeadershipIsProved() {
    lead(3);
    renew(1, true);
    assertThat(told).isEmpty();
    port.proofs.remove().accept(true);
    assertThat(told).containsExactly("1 has 10");
  }

  @Test
  void asksTheLeaderWhenTheProofFails() {
    lead(3);
    renew(1, true);
    renew(1, false);
    port.proofs.remove().accept(false);
    port.proofs.remove().accept(false);
    assertThat(port.asked).containsExactly("renew at leader 1");
    assertThat(told).containsExactly("etcdserver: not leader");
  }

  @Test
  void endsALeaseOnlyAfterAProof() {
    lead(3);
    now = 10;
    keeper.tick();
    keeper.tick();
    assertThat(port.asked).isEmpty();
    port.proofs.remove().accept(true);
    assertThat(port.proofs).isEmpty();
    assertThat(port.asked).containsExactly("end of term 3 1");
  }

  @Test
  void endsNothingThatWasNotDueWhenTheProofWasAskedFor() {
    lead(3);
    keeper.granted(2, 11, 0);
    now = 10;
    keeper.tick();
    now = 12;
    port.proofs.remove().accept(true);
    assertThat(port.asked).containsExactly("end of term 3 1");
  }

  /** What it knew as leader of an earlier term is worth nothing: another one led in between. */
  @Test
  void proposesForTheTermThatItCountsIn() {
    lead(3);
    keeper.demote();
    keeper.promote(5, 0);
    now = 10;
    keeper.tick();
    port.proofs.remove().accept(true);
    assertThat(port.asked).containsExactly("end of term 5 1");
  }

  @Test
  void sendsWhoWaitedForAnEndToTheNextLeader() {
    lead(3);
    now = 10;
    renew(1, true);
    port.proofs.remove().accept(true);
    keeper.demote();
    assertThat(told).isEmpty();
    assertThat(port.asked).containsExactly("renew at leader 1");
  }

  @Test
  void saysThatALeaseIsUnknownOnlyWhenAllIsApplied() {
    lead(3);
    renew(2, true);
    port.proofs.remove().accept(true);
    assertThat(told).isEmpty();
    port.settles.remove().accept(null);
    assertThat(told).containsExactly("2 has 0");
  }

  @Test
  void countsOnceTheFirstEntryOfItsTermIsApplied() {
    Leadership leadership =
        new Leadership(
            new Leadership.Listener() {
              @Override
              public void promoted(long term) {
                told.add("promoted " + term);
              }

              @Override
              public void demoted() {
                told.add("demoted");
              }
            });
    leadership.follow(true, 4, 9, 8);
    assertThat(told).isEmpty();
    leadership.follow(true, 4, 9, 9);
    leadership.follow(true, 6, 12, 9);
    leadership.follow(true, 6, 12, 12);
    leadership.follow(false, 6, 12, 13);
    assertThat(told).containsExactly("promoted 4", "demoted", "promoted 6", "demoted");
  }
}
