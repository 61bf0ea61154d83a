package io.quorate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EventCodecTest {
  private static final Membership JOINT =
      new Membership(
          new TreeSet<>(Set.of(1L, 2L)),
          new TreeSet<>(Set.of(2L, -3L)),
          new TreeSet<>(Set.of(4L)),
          new TreeSet<>(Set.of(-3L)),
          true);

  @Test
  void writesTheBytesOfVersionOne() {
    LogEvent appended =
        new LogEvent.EntriesAppended(
            7,
            new HardState(5, 2, 9),
            10,
            List.of(
                new Entry(5, 10, Entry.Kind.NORMAL, Bytes.utf8("ab")),
                new Entry(4, 11, Entry.Kind.CONF_CHANGE, Bytes.EMPTY)));
    assertBytes(
        appended,
        "01"
            + "01"
            + "00000007"
            + "0000000000000005"
            + "0000000000000002"
            + "0000000000000009"
            + "000000000000000a"
            + "00000002"
            + "0000000000000004"
            + "00"
            + "02"
            + "6162"
            + "81"
            + "0000000000000004"
            + "00");
    assertBytes(
        new LogEvent.MembersChanged(0, 3, Membership.of(Set.of(1L))),
        "01"
            + "02"
            + "00000000"
            + "0000000000000003"
            + "01"
            + "0000000000000001"
            + "000000"
            + "00");
    assertBytes(
        new LogEvent.LogReset(1, new HardState(1, -1, 4), 4, 1, 2, null),
        "01"
            + "03"
            + "00000001"
            + "0000000000000001"
            + "ffffffffffffffff"
            + "0000000000000004"
            + "0000000000000004"
            + "0000000000000001"
            + "0000000000000002"
            + "00");
  }

  @Test
  void readsWhatItWrote() {
    Random random = new Random(42);
    for (int round = 0; round < 500; round++) {
      List<Entry> entries = new ArrayList<>();
      long first = 1 + random.nextInt(1000);
      for (int i = 0; i < random.nextInt(8); i++) {
        byte[] data = new byte[random.nextInt(round % 50 == 0 ? 70_000 : 300)];
        random.nextBytes(data);
        Entry.Kind kind = random.nextBoolean() ? Entry.Kind.NORMAL : Entry.Kind.CONF_CHANGE;
        entries.add(new Entry(1 + random.nextInt(3), first + i, kind, Bytes.wrap(data)));
      }
      HardState state = new HardState(random.nextInt(4), random.nextLong(), random.nextInt());
      assertRoundTrip(new LogEvent.EntriesAppended(random.nextInt(), state, first, entries));
    }
    assertRoundTrip(new LogEvent.MembersChanged(3, 17, JOINT));
    assertRoundTrip(new LogEvent.LogReset(3, new HardState(1, 2, 3), 17, 4, 16, JOINT));
  }

  @Test
  void refusesEveryCutEvent() {
    for (LogEvent event :
        List.of(
            JournalFixture.append(2, 5, 7),
            new LogEvent.MembersChanged(3, 17, JOINT),
            new LogEvent.LogReset(3, new HardState(1, 2, 3), 17, 4, 16, JOINT))) {
      byte[] bytes = EventCodec.toArray(event);
      for (int length = 0; length < bytes.length; length++) {
        ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
        assertThatThrownBy(() -> EventCodec.decode(cut))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void refusesAnotherVersionAndTrailingBytes() {
    byte[] bytes = EventCodec.toArray(JournalFixture.append(2, 5, 7));
    bytes[0] = 2;
    assertThatThrownBy(() -> EventCodec.decode(ByteBuffer.wrap(bytes)))
        .hasMessage("event has version 2, this program reads 1");
    bytes[0] = 1;
    ByteBuffer longer = ByteBuffer.allocate(bytes.length + 1).put(bytes).rewind();
    assertThatThrownBy(() -> EventCodec.decode(longer)).hasMessage("1 bytes after the event");
  }

  @Test
  void peeksWithoutReadingEntries() {
    LogEvent.EntriesAppended event = JournalFixture.append(2, 5, 7);
    ByteBuffer bytes = ByteBuffer.wrap(EventCodec.toArray(event));
    assertThat(EventCodec.peekAppended(bytes)).isEqualTo(EventCodec.Appended.of(event));
    assertThat(bytes.position()).isZero();
    assertThat(EventCodec.Appended.of(event).lastIndex()).isEqualTo(7);
  }

  @Test
  void serializerOfPekkoWritesTheSameBytes() throws Exception {
    LogEventSerializer serializer = new LogEventSerializer();
    LogEvent event = JournalFixture.append(2, 5, 7);
    byte[] bytes = serializer.toBinary(event);
    assertThat(bytes).isEqualTo(EventCodec.toArray(event));
    assertThat(serializer.fromBinary(bytes, serializer.manifest(event))).isEqualTo(event);
  }

  private static void assertBytes(LogEvent event, String hex) {
    assertThat(HexFormat.of().formatHex(EventCodec.toArray(event))).isEqualTo(hex);
    assertThat(EventCodec.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex)))).isEqualTo(event);
  }

  private static void assertRoundTrip(LogEvent event) {
    ByteBuffer bytes = ByteBuffer.allocate(EventCodec.sizeOf(event));
    EventCodec.encode(event, bytes);
    assertThat(bytes.hasRemaining()).isFalse();
    assertThat(EventCodec.decode(bytes.flip())).isEqualTo(event);
  }
}
