package io.quorate.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InboundTest {
  private static ByteBuf frame(byte[] message) {
    return Unpooled.buffer().writeByte(0).writeInt(message.length).writeBytes(message);
  }

  private static byte[] bytes(int length, int value) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void nothingIsGivenBeforeItIsAskedFor() throws Exception {
    Inbound inbound = new Inbound();
    List<byte[]> told = new ArrayList<>();
    inbound.add(frame(bytes(10, 1)), 0);
    assertThat(inbound.give(told::add)).isZero();
    assertThat(told).isEmpty();
    inbound.want(1);
    assertThat(inbound.give(told::add)).isEqualTo(15);
    assertThat(told).containsExactly(bytes(10, 1));
  }

  @Test
  void windowOpensForTheMessageThatIsAskedFor() throws Exception {
    Inbound inbound = new Inbound();
    List<byte[]> told = new ArrayList<>();
    ByteBuf whole = frame(bytes(100, 7));
    inbound.want(1);
    inbound.add(whole.readRetainedSlice(60), 3);
    // Not there yet, but it has to get through: larger than the window it may be.
    assertThat(inbound.give(told::add)).isEqualTo(63);
    inbound.add(whole, 0);
    assertThat(inbound.give(told::add)).isEqualTo(45);
    assertThat(told).containsExactly(bytes(100, 7));
  }

  @Test
  void whoAsksWhileBeingToldIsToldInOrder() throws Exception {
    Inbound inbound = new Inbound();
    List<Integer> told = new ArrayList<>();
    int all = 0;
    for (int i = 0; i < 5; i++) {
      ByteBuf frame = frame(bytes(i + 1, i));
      all += frame.readableBytes();
      inbound.add(frame, 0);
    }
    int[] back = new int[1];
    Inbound.Sink sink =
        new Inbound.Sink() {
          @Override
          public void message(byte[] message) {
            told.add((int) message[0]);
            inbound.want(1);
            int more = inbound.give(this);
            back[0] += more;
          }
        };
    inbound.want(1);
    int first = inbound.give(sink);
    back[0] += first;
    assertThat(told).containsExactly(0, 1, 2, 3, 4);
    assertThat(back[0]).isEqualTo(all);
  }

  @Test
  void anyCutsOfAnyMessagesGiveTheMessages() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      ByteBuf wire = Unpooled.buffer();
      List<byte[]> sent = new ArrayList<>();
      for (int i = random.nextInt(20); i >= 0; i--) {
        byte[] message =
            bytes(random.nextInt(3) == 0 ? random.nextInt(5_000) : random.nextInt(9), i);
        sent.add(message);
        wire.writeBytes(frame(message));
      }
      int all = wire.readableBytes();
      Inbound inbound = new Inbound();
      List<byte[]> told = new ArrayList<>();
      int wanted = 0;
      int back = 0;
      while (wire.isReadable()) {
        if (random.nextBoolean()) {
          int more = random.nextInt(3);
          wanted += more;
          inbound.want(more);
        }
        int length = Math.min(wire.readableBytes(), 1 + random.nextInt(1_500));
        inbound.add(wire.readRetainedSlice(length), 0);
        back += inbound.give(told::add);
        assertThat(told.size()).isLessThanOrEqualTo(wanted);
        assertThat(back).isLessThanOrEqualTo(all - wire.readableBytes());
      }
      inbound.want(Integer.MAX_VALUE);
      back += inbound.give(told::add);
      assertThat(told).as("seed %d", seed).containsExactlyElementsOf(sent);
      assertThat(back).as("seed %d", seed).isEqualTo(all);
    }
  }

  @Test
  void whatIsNotGivenOnGoesBackAtTheEnd() throws Exception {
    Inbound inbound = new Inbound();
    inbound.add(frame(bytes(10, 1)), 0);
    inbound.add(frame(bytes(100, 1)).slice(0, 50), 0);
    assertThat(inbound.isWaiting()).isTrue();
    assertThat(inbound.end()).isEqualTo(65);
    assertThat(inbound.isWaiting()).isFalse();
    assertThat(inbound.end()).isZero();
  }

  @Test
  void compressedAndImpossibleMessagesAreRefused() {
    ByteBuf compressed = Unpooled.buffer().writeByte(1).writeInt(0);
    assertThatThrownBy(() -> new Inbound().add(compressed, 0))
        .hasMessage("a message is compressed, which nobody asked for");
    ByteBuf endless = Unpooled.buffer().writeByte(0).writeInt(-1);
    assertThatThrownBy(() -> new Inbound().add(endless, 0))
        .hasMessage("a message of 4294967295 bytes");
  }
}
