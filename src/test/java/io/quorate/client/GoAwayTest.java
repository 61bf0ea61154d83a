package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GoAwayTest {
  private static List<Long> revisions(Told<WatchSignal> told) {
    return told.items().stream()
        .filter(signal -> signal instanceof WatchSignal.Changes)
        .flatMap(signal -> ((WatchSignal.Changes) signal).changes().stream())
        .map(Change::revision)
        .collect(Collectors.toList());
  }

  /** A graceful GOAWAY lets streams live, and so would a watch keep the member from going. */
  @Test
  void whatNeverEndsLetsTheMemberGo() {
    FakeStore store = new FakeStore();
    try (FakeMember one = new FakeMember(store);
        FakeMember other = new FakeMember(store);
        Client client =
            Client.at(one.endpoint(), other.endpoint())
                .withoutMemberSync()
                .callTimeout(Calls.PATIENCE)
                .open()) {
      Told<WatchSignal> first = new Told<>(Long.MAX_VALUE);
      Told<WatchSignal> second = new Told<>(Long.MAX_VALUE);
      await().until(() -> one.health().listeners() == 1 && other.health().listeners() == 1);
      client.watch(Watch.of("k")).subscribe(first);
      client.watch(Watch.of("k")).subscribe(second);
      Lease lease = Calls.get(client.lease(Duration.ofSeconds(60)));
      await().until(() -> !first.items().isEmpty() && !second.items().isEmpty());
      one.goAway();
      await().atMost(Calls.PATIENCE).until(() -> one.connections() == 0);
      for (int i = 0; i < 5; i++) {
        Calls.get(client.put("k", "v" + i));
      }
      long last = store.revision();
      await().atMost(Calls.PATIENCE).until(() -> revisions(first).contains(last));
      await().atMost(Calls.PATIENCE).until(() -> revisions(second).contains(last));
      assertThat(revisions(first)).hasSize(5).isSorted().doesNotHaveDuplicates();
      assertThat(revisions(second)).isEqualTo(revisions(first));
      assertThat(lease.isHeld()).isTrue();
    }
  }
}
