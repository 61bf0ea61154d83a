package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.quorate.base.EtcdError;
import io.quorate.client.wire.Methods;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** No write is done twice, and what is told of it is true, whatever members and networks do. */
class OnceTest {
  private static final int WRITES = 600;

  private final FakeStore store = new FakeStore();
  private final Random luck = new Random(1);

  /** What a network does now and then to the message that holds a key. */
  private void disturb(Link link, String key) {
    switch (luck.nextInt(150)) {
      case 0 -> link.on(key, (conn, frame) -> conn.reset(frame.stream(), Link.REFUSED_STREAM));
      case 1 -> link.on(key, (conn, frame) -> conn.goAway(frame.stream() - 2, Link.NO_ERROR));
      case 2 -> link.on(key, (conn, frame) -> conn.cut());
      case 3 ->
          link.on(
              key,
              (conn, frame) -> {
                conn.forward(frame);
                conn.cut();
              });
      case 4 ->
          link.on(
              key,
              (conn, frame) -> {
                conn.forward(frame);
                conn.reset(frame.stream(), Link.INTERNAL_ERROR);
              });
      case 5 ->
          link.on(
              key,
              (conn, frame) -> {
                conn.forward(frame);
                conn.goAway(frame.stream(), Link.ENHANCE_YOUR_CALM);
                conn.cut();
              });
      default -> {}
    }
  }

  private void misbehave(FakeMember member) {
    member.on(
        Methods.PUT,
        call -> {
          switch (luck.nextInt(30)) {
            case 0 -> call.fail(EtcdError.REQUEST_TOO_MANY_REQUESTS);
            case 1 -> call.fail(EtcdError.NO_LEADER);
            case 2 -> {
              call.perform();
              call.fail(EtcdError.TIMEOUT);
            }
            case 3 -> {
              call.perform();
              call.fail(Status.UNKNOWN.withDescription("a proxy broke"));
            }
            case 4 -> call.fail(EtcdError.NO_SPACE);
            case 5 -> {
              call.perform();
              call.fail(Status.CANCELLED);
            }
            default -> call.answer();
          }
        });
  }

  /** How often each key was written. */
  private Map<String, Integer> written() {
    Map<String, Integer> times = new HashMap<>();
    store
        .history()
        .forEach(
            revision ->
                revision
                    .events()
                    .forEach(e -> times.merge(e.getKv().getKey().toStringUtf8(), 1, Integer::sum)));
    return times;
  }

  @Test
  void noWriteIsDoneTwiceAndWhatIsToldOfItIsTrue() {
    try (FakeMember one = new FakeMember(store);
        FakeMember two = new FakeMember(store);
        Link first = new Link(one);
        Link second = new Link(two);
        Client client =
            Client.at(first.endpoint(), second.endpoint())
                .withoutMemberSync()
                .callTimeout(Duration.ofSeconds(5))
                .attemptTimeout(Duration.ofSeconds(1))
                .open()) {
      misbehave(one);
      misbehave(two);
      Map<String, CompletionStage<PutResult>> calls = new HashMap<>();
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < WRITES; i++) {
        String key = "key-%05d.".formatted(i);
        keys.add(key);
        disturb(first, key);
        disturb(second, key);
        calls.put(key, client.put(key, "v"));
        if (i % 10 == 9) {
          Calls.get(calls.get(key).handle((put, why) -> 1));
        }
      }
      Map<String, Throwable> failures = new HashMap<>();
      for (String key : keys) {
        // In one: of two that depend on a call the second may be told first.
        Calls.get(
            calls
                .get(key)
                .handle(
                    (put, why) -> {
                      if (why != null) {
                        failures.put(key, why);
                      }
                      return 1;
                    }));
      }
      assertTrue(keys, failures);
    }
  }

  private void assertTrue(List<String> keys, Map<String, Throwable> failures) {
    Map<String, Integer> times = written();
    int done = 0;
    for (String key : keys) {
      Throwable why = failures.get(key);
      int count = times.getOrDefault(key, 0);
      if (why == null) {
        assertThat(count).as(key).isEqualTo(1);
        done++;
      } else if (why instanceof ClientException.Ambiguous) {
        assertThat(count).as("%s %s", key, why).isLessThanOrEqualTo(1);
      } else {
        assertThat(why)
            .isInstanceOfAny(ClientException.Refused.class, ClientException.Unavailable.class);
        assertThat(count).as("%s %s", key, why).isZero();
      }
    }
    assertThat(done).isGreaterThan(WRITES / 3);
    assertThat(failures).hasSizeGreaterThan(WRITES / 20);
  }
}
