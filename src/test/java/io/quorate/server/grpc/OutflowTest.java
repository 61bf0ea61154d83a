package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is counted of answers, when they are refused, and whose connection is closed. */
class OutflowTest {
  private static final int BUDGET = 1 << 20;
  private static final int LARGE = 1 << 18;
  private static final int OVERHEAD = Flight.CHUNK_OVERHEAD_BYTES;

  private final Outflow outflow = new Outflow(BUDGET);
  private final List<String> aborted = new ArrayList<>();

  private Connection connection(String name, int port) {
    return outflow.open(new InetSocketAddress("127.0.0.1", port), () -> aborted.add(name));
  }

  private static Flight flight(Connection connection, int stream) {
    connection.onClientFrame(FrameHeads.HEADERS, 4, stream, 20);
    return Objects.requireNonNull(connection.flight(stream));
  }

  private static void data(Connection connection, int stream, int length) {
    connection.onServerFrame(FrameHeads.DATA, 0, stream, length);
  }

  @Test
  void aWholeAnswerCountsUntilItsLastByteHasLeft() {
    Connection a = connection("a", 1);
    assertThat(flight(a, 1).whole(60_000)).isTrue();
    assertThat(outflow.heldBytes()).isEqualTo(60_000 + OVERHEAD);
    data(a, 1, 59_999);
    assertThat(outflow.heldBytes()).isEqualTo(60_000 + OVERHEAD);
    data(a, 1, 1);
    assertThat(outflow.heldBytes()).isZero();
  }

  @Test
  void aQueueCountsWhatWaitsAndWhatTheTransportHas() {
    Connection a = connection("a", 1);
    Flight flight = flight(a, 1);
    flight.queue(100);
    flight.queue(200);
    flight.queue(50);
    assertThat(outflow.heldBytes()).isEqualTo(350);
    flight.take(300);
    flight.take(50);
    assertThat(outflow.heldBytes()).isEqualTo(350 + 2 * OVERHEAD);
    data(a, 1, 320);
    assertThat(outflow.heldBytes()).isEqualTo(50 + OVERHEAD);
    flight.queue(70);
    flight.drop();
    assertThat(outflow.heldBytes()).isEqualTo(50 + OVERHEAD);
    data(a, 1, 30);
    assertThat(outflow.heldBytes()).isZero();
    assertThat(flight.isHeld()).isFalse();
  }

  @Test
  void nothingOfAStreamIsHeldOnceItIsClosed() {
    Connection a = connection("a", 1);
    int stream = 1;
    for (int end = 0; end < 4; end++, stream += 2) {
      Flight flight = flight(a, stream);
      flight.queue(500);
      flight.take(300);
      switch (end) {
        case 0 -> a.onClientFrame(FrameHeads.RST_STREAM, 0, stream, 4);
        case 1 -> a.onServerFrame(FrameHeads.RST_STREAM, 0, stream, 4);
        case 2 -> a.onServerFrame(FrameHeads.HEADERS, FrameHeads.END_STREAM, stream, 4);
        default -> a.onServerFrame(FrameHeads.DATA, FrameHeads.END_STREAM, stream, 4);
      }
      // What comes later belongs to nobody.
      flight.take(200);
      assertThat(flight.whole(100)).isTrue();
      flight.drop();
      assertThat(outflow.heldBytes()).isZero();
      assertThat(a.streams()).isZero();
    }
    a.onClientFrame(FrameHeads.HEADERS, FrameHeads.END_STREAM, 1, 4);
    assertThat(a.streams()).as("headers behind the end").isZero();
  }

  @Test
  void aClosedConnectionHoldsNothing() {
    Connection a = connection("a", 1);
    Flight flight = flight(a, 1);
    flight.whole(1000);
    outflow.closed(a);
    flight.queue(1000);
    assertThat(outflow.heldBytes()).isZero();
    assertThat(outflow.from(a.remote())).isNull();
    a.onClientFrame(FrameHeads.HEADERS, 4, 3, 20);
    assertThat(a.flight(3)).isNull();
  }

  @Test
  void theNextConnectionFromAnAddressIsNotTakenForTheLast() {
    Connection first = connection("first", 1);
    Connection second = connection("second", 1);
    outflow.closed(first);
    assertThat(outflow.from(second.remote())).isSameAs(second);
  }

  @Test
  void beyondTheBudgetWhoHoldsMuchIsRefusedAndBeyondHalfAsMuchAgainEverybody() {
    Connection greedy = connection("greedy", 1);
    Connection modest = connection("modest", 2);
    int stream = 1;
    while (flight(greedy, stream).whole(LARGE)) {
      stream += 2;
    }
    assertThat(outflow.heldBytes()).isBetween((long) BUDGET - LARGE, (long) BUDGET);
    assertThat(flight(greedy, stream + 2).whole(Outflow.ALWAYS_BYTES_MAX)).isTrue();
    assertThat(flight(modest, 1).whole(BUDGET / 32)).isTrue();
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      Connection other = connection("other" + i, 10 + i);
      refused += flight(other, 1).whole(BUDGET / 32) ? 0 : 1;
    }
    assertThat(refused).isPositive();
    assertThat(outflow.heldBytes())
        .isBetween(BUDGET * 5L / 4, BUDGET + BUDGET / 2 + 100L * OVERHEAD);
  }

  @Test
  void closesThoseThatHoldMostAndDoNotReadUntilTheRestFits() {
    Connection reads = connection("reads", 1);
    Connection most = connection("most", 2);
    Connection more = connection("more", 3);
    Connection little = connection("little", 4);
    flight(reads, 1).whole(LARGE * 2);
    flight(most, 1).whole(LARGE);
    flight(more, 1).whole(LARGE / 2);
    flight(little, 1).whole(2000);
    outflow.sweep();
    outflow.sweep();
    assertThat(aborted).as("within the budget").isEmpty();
    flight(little, 3).whole(LARGE / 2 - 10_000);
    data(reads, 1, LARGE / 4);
    outflow.sweep();
    assertThat(aborted).containsExactly("most");
  }

  @Test
  void whoWasGivenMuchJustNowIsNotTakenForOneThatDoesNotRead() {
    Connection a = connection("a", 1);
    int stream = 1;
    outflow.sweep();
    while (flight(a, stream).whole(LARGE / 8)) {
      stream += 2;
    }
    outflow.sweep();
    assertThat(aborted).isEmpty();
    outflow.sweep();
    assertThat(aborted).containsExactly("a");
  }
}
