package io.quorate.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.raft.Entry;
import io.quorate.raft.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

class SendQueueTest {
  private final SendQueue queue = new SendQueue();

  private static SendQueue.OfMessage frame(Message message) {
    return new SendQueue.OfMessage(message, MessageCodec.sizeBytes(message));
  }

  private static SendQueue.OfMessage heartbeat(long round) {
    return frame(new Message.Heartbeat(1, 2, 3, 4, round));
  }

  private static SendQueue.OfMessage append(int bytes) {
    Entry entry = new Entry(1, 1, Entry.Kind.NORMAL, Bytes.wrap(new byte[bytes]));
    return frame(new Message.Append(1, 2, 3, 0, 0, 0, List.of(entry)));
  }

  private List<Message> drain() {
    List<Message> messages = new ArrayList<>();
    for (ByteString batch = queue.poll(); batch != null; batch = queue.poll()) {
      ByteString rest = batch;
      while (rest.nonEmpty()) {
        int length = rest.asByteBuffer().getInt();
        ByteString one = rest.take(Frames.HEAD_BYTES + length).compact();
        messages.add(MessageCodec.decode(Frames.reader(one)));
        rest = rest.drop(Frames.HEAD_BYTES + length);
      }
    }
    return messages;
  }

  @Test
  void tooManyAppendsAreDroppedAndHeartbeatsAreNot() {
    int taken = 0;
    for (int i = 0; i < LinkLimits.LARGE_FRAMES_MAX + 100; i++) {
      taken += queue.offer(append(1)) ? 1 : 0;
    }
    assertThat(taken).isEqualTo(LinkLimits.LARGE_FRAMES_MAX);
    assertThat(queue.offer(heartbeat(7))).isTrue();
    List<Message> left = drain();
    assertThat(left).hasSize(taken + 1).endsWith(heartbeat(7).message());
    assertThat(queue.offer(append(1))).isTrue();
  }

  @Test
  void tooManyBytesOfAppendsAreDroppedAndHeartbeatsAreNot() {
    int mebibyte = 1024 * 1024;
    int taken = 0;
    while (queue.offer(append(mebibyte))) {
      taken++;
    }
    assertThat(taken).isEqualTo((int) (LinkLimits.LARGE_BYTES_MAX / mebibyte) - 1);
    assertThat(queue.offer(heartbeat(7))).isTrue();
    assertThat(drain()).hasSize(taken + 1);
  }

  @Test
  void heartbeatsHaveABoundAsWell() {
    int taken = 0;
    while (queue.offer(heartbeat(taken))) {
      taken++;
    }
    assertThat(taken).isEqualTo(LinkLimits.SMALL_FRAMES_MAX);
  }

  @Test
  void aFrameAboveTheBoundGoesAloneIfNothingWaits() {
    assertThat(queue.offer(append((int) LinkLimits.LARGE_BYTES_MAX))).isTrue();
    assertThat(queue.offer(append(1))).isFalse();
    assertThat(drain()).hasSize(1);
  }

  @Test
  void whatWaitsLeavesTogetherInOrderAndWakesOnce() {
    AtomicInteger wakes = new AtomicInteger();
    queue.attach(wakes::incrementAndGet);
    assertThat(queue.poll()).isNull();
    assertThat(queue.offer(List.of(heartbeat(1), append(5), heartbeat(2)))).isEqualTo(3);
    assertThat(queue.offer(heartbeat(3))).isTrue();
    assertThat(wakes).hasValue(1);
    ByteString batch = queue.poll();
    assertThat(batch).isNotNull();
    assertThat(queue.poll()).isNull();
    assertThat(batch.size()).isEqualTo(4 * 4 + 3 * 42 + append(5).sizeBytes());
  }

  @Test
  void aClosedQueueTakesNothing() {
    assertThat(queue.offer(heartbeat(1))).isTrue();
    queue.close();
    assertThat(queue.offer(heartbeat(2))).isFalse();
    assertThat(queue.poll()).isNull();
  }
}
