package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.EtcdError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {
  private static final Limits LIMITS =
      new Limits(1, 1, 200_000, 50_000, Duration.ofSeconds(1), Duration.ofSeconds(1), 2048);

  private final List<String> told = new ArrayList<>();
  private final OutboundQueue queue =
      new OutboundQueue(
          LIMITS,
          Flight.UNCOUNTED,
          new OutboundQueue.Owner() {
            @Override
            public void onGone() {
              told.add("gone");
            }

            @Override
            public void onOver(EtcdError.Code code) {
              told.add("over");
            }
          });

  private static Framed bytes(int count) {
    return Framed.raw(new byte[count]);
  }

  @Test
  void putsManyMessagesIntoOneChunkUpToTheBatch() {
    for (int i = 0; i < 100; i++) {
      assertThat(queue.offer(bytes(1000))).isTrue();
    }
    assertThat(queue.poll().size()).isEqualTo(65_000);
    assertThat(queue.queuedBytes()).isEqualTo(35_000);
    assertThat(queue.poll().size()).isEqualTo(35_000);
    assertThat(queue.poll()).isNull();
  }

  @Test
  void sendsALargeMessageAloneAndWithoutACopy() {
    queue.offer(bytes(10));
    byte[] large = new byte[100_000];
    queue.offer(Framed.raw(large));
    queue.offer(bytes(10));
    assertThat(queue.poll().size()).isEqualTo(10);
    assertThat(queue.poll().toArrayUnsafe()).isSameAs(large);
    assertThat(queue.poll().size()).isEqualTo(10);
  }

  @Test
  void refusesAboveItsBoundUnlessEmpty() {
    assertThat(queue.offer(bytes(300_000))).isTrue();
    assertThat(queue.offer(bytes(1))).isFalse();
    assertThat(queue.poll().size()).isEqualTo(300_000);
    assertThat(queue.offer(bytes(150_000))).isTrue();
    assertThat(queue.offer(bytes(50_001))).isFalse();
    assertThat(queue.offer(bytes(50_000))).isTrue();
  }

  @Test
  void tellsTheProducerOnceAtTheLowWaterMark() {
    queue.onWritable(() -> told.add("at once"));
    for (int i = 0; i < 3; i++) {
      queue.offer(bytes(50_000));
    }
    queue.onWritable(() -> told.add("replaced"));
    queue.onWritable(() -> told.add("low"));
    queue.poll();
    assertThat(told).containsExactly("at once");
    queue.poll();
    queue.poll();
    assertThat(told).containsExactly("at once", "low");
  }

  @Test
  void wakesTheStageOnlyWhenItFoundNothing() {
    queue.attach(() -> told.add("wake"));
    queue.offer(bytes(1));
    assertThat(told).isEmpty();
    queue.poll();
    assertThat(queue.poll()).isNull();
    queue.offer(bytes(1));
    queue.offer(bytes(1));
    assertThat(told).containsExactly("wake");
  }

  @Test
  void endsAfterAllThatWasTaken() {
    queue.offer(bytes(1));
    queue.close(EtcdError.NO_LEADER);
    queue.close();
    assertThat(queue.offer(bytes(1))).isFalse();
    assertThat(queue.finish()).isNull();
    assertThat(queue.poll().size()).isEqualTo(1);
    assertThat(queue.finish())
        .isEqualTo(new OutboundQueue.End(EtcdError.Code.UNAVAILABLE, "etcdserver: no leader"));
    queue.gone();
    assertThat(told).containsExactly("over");
  }

  @Test
  void forgetsAllWhenTheClientIsGone() {
    queue.offer(bytes(100_000));
    queue.onWritable(() -> told.add("writable"));
    queue.gone();
    queue.gone();
    queue.close();
    assertThat(queue.queuedBytes()).isZero();
    assertThat(queue.poll()).isNull();
    assertThat(queue.isOver()).isTrue();
    assertThat(told).containsExactly("gone", "over");
  }

  @Test
  void holdsRequestsOnlyWhileItIsOpen() {
    queue.attach(() -> told.add("wake"));
    queue.holdRequests();
    assertThat(queue.isHeld()).isTrue();
    queue.resumeRequests();
    assertThat(queue.isHeld()).isFalse();
    assertThat(told).containsExactly("wake");
    queue.holdRequests();
    queue.close();
    assertThat(queue.isHeld()).isFalse();
  }
}
