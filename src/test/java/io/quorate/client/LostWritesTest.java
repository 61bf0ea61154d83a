package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.client.wire.Methods;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a write when the network breaks at one point or another. */
class LostWritesTest {
  private final FakeStore store = new FakeStore();
  private final FakeMember member = new FakeMember(store);
  private final Link link = new Link(member);
  private final Client client =
      Client.at(link.endpoint())
          .withoutMemberSync()
          .callTimeout(Duration.ofSeconds(5))
          .attemptTimeout(Duration.ofMillis(300))
          .open();

  @AfterEach
  void close() {
    client.close();
    link.close();
    member.close();
  }

  /**
   * The member gets a write and is not heard any more; the connection breaks after {@code deed}.
   */
  private void isAmbiguousAfter(Link.Deed deed) {
    Calls.get(client.get("k"));
    link.on(
        "marked",
        (conn, frame) -> {
          conn.mute();
          conn.forward(frame);
          await().until(() -> member.count(Methods.PUT) == 1);
          deed.run(conn, frame);
          conn.cut();
        });
    assertThat(Calls.failure(client.put("k", "marked")))
        .isExactlyInstanceOf(ClientException.Ambiguous.class);
    assertThat(member.count(Methods.PUT)).isEqualTo(1);
  }

  @Test
  void writeIsRepeatedWhenStreamWasRefused() {
    Calls.get(client.get("k"));
    link.on("marked", (conn, frame) -> conn.reset(frame.stream(), Link.REFUSED_STREAM));
    Calls.get(client.put("k", "marked"));
    assertThat(member.count(Methods.PUT)).isEqualTo(1);
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void writeIsRepeatedWhenMemberWentWithoutLookingAtIt() {
    Calls.get(client.get("k"));
    link.on(
        "marked",
        (conn, frame) -> {
          conn.goAway(frame.stream() - 2, Link.NO_ERROR);
          conn.mute();
        });
    Calls.get(client.put("k", "marked"));
    assertThat(member.count(Methods.PUT)).isEqualTo(1);
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void writeIsAmbiguousWhenConnectionBreaksBeforeItArrives() {
    Calls.get(client.get("k"));
    link.on("marked", (conn, frame) -> conn.cut());
    assertThat(Calls.failure(client.put("k", "marked")))
        .isExactlyInstanceOf(ClientException.Ambiguous.class);
    assertThat(member.count(Methods.PUT)).isZero();
  }

  @Test
  void writeIsAmbiguousWhenConnectionBreaksBeforeItsAnswer() {
    isAmbiguousAfter((conn, frame) -> {});
    Calls.get(client.get("k"));
    assertThat(member.count(Methods.PUT)).isEqualTo(1);
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void writeIsAmbiguousWhenMemberGoesAfterLookingAtIt() {
    isAmbiguousAfter((conn, frame) -> conn.goAway(frame.stream(), Link.NO_ERROR));
  }

  @Test
  void writeIsAmbiguousWhenMemberGoesForTooManyPings() {
    isAmbiguousAfter((conn, frame) -> conn.goAway(frame.stream(), Link.ENHANCE_YOUR_CALM));
  }

  @Test
  void writeIsAmbiguousWhenItsStreamIsReset() {
    Calls.get(client.get("k"));
    int written = 0;
    for (int code : new int[] {Link.INTERNAL_ERROR, Link.ENHANCE_YOUR_CALM, Link.NO_ERROR}) {
      link.on(
          "marked",
          (conn, frame) -> {
            conn.forward(frame);
            conn.reset(frame.stream(), code);
          });
      member.on(Methods.PUT, FakeMember.Call::perform);
      assertThat(Calls.failure(client.put("k", "marked")))
          .as("code %s", code)
          .isExactlyInstanceOf(ClientException.Ambiguous.class);
      // The member may see the last one late, or not at all.
      assertThat(member.count(Methods.PUT)).isLessThanOrEqualTo(++written);
    }
  }

  @Test
  void readsGoOnWhateverBreaks() {
    Calls.get(client.put("k", "v"));
    link.on("read-1", (conn, frame) -> conn.reset(frame.stream(), Link.INTERNAL_ERROR));
    link.on("read-2", (conn, frame) -> conn.cut());
    link.on("read-3", (conn, frame) -> conn.goAway(frame.stream(), Link.ENHANCE_YOUR_CALM));
    link.on("read-4", (conn, frame) -> conn.reset(frame.stream(), Link.ENHANCE_YOUR_CALM));
    link.on("read-5", (conn, frame) -> conn.goAway(0, Link.NO_ERROR));
    for (int i = 1; i <= 5; i++) {
      assertThat(Calls.get(client.get("read-" + i))).isEmpty();
    }
  }
}
