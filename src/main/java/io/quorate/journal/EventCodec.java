package io.quorate.journal;

import com.google.errorprone.annotations.FormatMethod;
import io.quorate.base.Bytes;
import io.quorate.base.Check;
import io.quorate.base.Membership;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link LogEvent}. Numbers are big-endian; every event starts with a version and a
 * kind. The fixed part of {@link LogEvent.EntriesAppended} comes first, so that a scan can follow
 * the log without touching its entries.
 *
 * <pre>
 * appended: version:1 kind:1 group:4 term:8 vote:8 commit:8 first:8 count:4 lastTerm:8 entry*
 * entry:    kind:1 (| 0x80 if its term differs from the one before) [term:8] length:varint data
 * members:  version:1 kind:1 group:4 index:8 membership
 * reset:    version:1 kind:1 group:4 term:8 vote:8 commit:8 prev:8 prevTerm:8 membersIndex:8
 *           present:1 [membership]
 * membership: 4 x (count:varint id:8*) autoLeave:1
 * </pre>
 *
 * <p>The first entry is compared with the term of the hard state. Stateless; safe from any thread.
 */
public final class EventCodec {
  /** The version that {@link #encode} writes. */
  public static final int VERSION = 1;

  private static final int KIND_APPENDED = 1;
  private static final int KIND_MEMBERS = 2;
  private static final int KIND_RESET = 3;

  private static final int APPENDED_FIXED_BYTES = 50;
  private static final int TERM_FOLLOWS = 0x80;
  private static final int MEMBERS_MAX = 1 << 16;

  /**
   * The fixed part of an {@link LogEvent.EntriesAppended}.
   *
   * @param group the Raft group
   * @param hardState the hard state after it
   * @param firstIndex the first index
   * @param count the number of entries
   * @param lastTerm the term of the last entry, 0 without entries
   */
  record Appended(int group, HardState hardState, long firstIndex, int count, long lastTerm) {
    static Appended of(LogEvent.EntriesAppended event) {
      List<Entry> entries = event.entries();
      long lastTerm = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).term();
      return new Appended(
          event.group(), event.hardState(), event.firstIndex(), entries.size(), lastTerm);
    }

    long lastIndex() {
      return firstIndex + count - 1;
    }
  }

  private EventCodec() {}

  /** The number of bytes that {@link #encode} will write. */
  public static int sizeOf(LogEvent event) {
    if (event instanceof LogEvent.EntriesAppended appended) {
      return sizeOfAppended(appended);
    } else if (event instanceof LogEvent.MembersChanged changed) {
      return 14 + sizeOf(changed.members());
    } else if (event instanceof LogEvent.LogReset reset) {
      return 55 + (reset.members() == null ? 0 : sizeOf(reset.members()));
    }
    throw Check.unreachable(event);
  }

  /** Writes {@code event} at the position of {@code to}, which must have room for it. */
  public static void encode(LogEvent event, ByteBuffer to) {
    to.put((byte) VERSION);
    if (event instanceof LogEvent.EntriesAppended appended) {
      encodeAppended(appended, to);
    } else if (event instanceof LogEvent.MembersChanged changed) {
      to.put((byte) KIND_MEMBERS).putInt(changed.group()).putLong(changed.index());
      putMembership(changed.members(), to);
    } else if (event instanceof LogEvent.LogReset reset) {
      to.put((byte) KIND_RESET).putInt(reset.group());
      putHardState(reset.hardState(), to);
      to.putLong(reset.prevIndex()).putLong(reset.prevTerm()).putLong(reset.membersIndex());
      to.put((byte) (reset.members() == null ? 0 : 1));
      if (reset.members() != null) {
        putMembership(reset.members(), to);
      }
    } else {
      throw Check.unreachable(event);
    }
  }

  /** {@code event} as an array of its own. */
  public static byte[] toArray(LogEvent event) {
    ByteBuffer buffer = ByteBuffer.allocate(sizeOf(event));
    encode(event, buffer);
    return buffer.array();
  }

  /**
   * The event whose bytes are the rest of {@code from}; nothing may remain. Throws {@link
   * IllegalArgumentException} for anything that {@link #encode} does not write.
   */
  public static LogEvent decode(ByteBuffer from) {
    try {
      LogEvent event = decodeAny(from);
      require(!from.hasRemaining(), "%d bytes after the event", from.remaining());
      return event;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("event is cut short", e);
    }
  }

  /** The fixed part of the event in {@code from}, without moving it; null for another kind. */
  static @Nullable Appended peekAppended(ByteBuffer from) {
    ByteBuffer copy = from.duplicate();
    try {
      if (readKind(copy) != KIND_APPENDED) {
        return null;
      }
      return readAppended(copy);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("event is cut short", e);
    }
  }

  private static LogEvent decodeAny(ByteBuffer from) {
    int kind = readKind(from);
    return switch (kind) {
      case KIND_APPENDED -> {
        Appended fixed = readAppended(from);
        yield new LogEvent.EntriesAppended(
            fixed.group(), fixed.hardState(), fixed.firstIndex(), readEntries(fixed, from));
      }
      case KIND_MEMBERS ->
          new LogEvent.MembersChanged(from.getInt(), from.getLong(), getMembership(from));
      case KIND_RESET ->
          new LogEvent.LogReset(
              from.getInt(),
              getHardState(from),
              from.getLong(),
              from.getLong(),
              from.getLong(),
              from.get() == 0 ? null : getMembership(from));
      default -> throw new IllegalArgumentException("unknown kind of event " + kind);
    };
  }

  private static int readKind(ByteBuffer from) {
    int version = from.get();
    require(version == VERSION, "event has version %d, this program reads %d", version, VERSION);
    return from.get();
  }

  private static int sizeOfAppended(LogEvent.EntriesAppended event) {
    int size = APPENDED_FIXED_BYTES;
    long term = event.hardState().term();
    for (Entry entry : event.entries()) {
      int length = entry.data().size();
      int entrySize = 1 + (entry.term() == term ? 0 : Long.BYTES) + sizeOfVarint(length) + length;
      size = Math.addExact(size, entrySize);
      term = entry.term();
    }
    return size;
  }

  private static void encodeAppended(LogEvent.EntriesAppended event, ByteBuffer to) {
    Appended fixed = Appended.of(event);
    to.put((byte) KIND_APPENDED).putInt(fixed.group());
    putHardState(fixed.hardState(), to);
    to.putLong(fixed.firstIndex()).putInt(fixed.count()).putLong(fixed.lastTerm());
    long term = fixed.hardState().term();
    long index = fixed.firstIndex();
    for (Entry entry : event.entries()) {
      Check.that(entry.index() == index, "entry has index %d, expected %d", entry.index(), index);
      if (entry.term() == term) {
        to.put((byte) entry.kind().code());
      } else {
        to.put((byte) (entry.kind().code() | TERM_FOLLOWS)).putLong(entry.term());
      }
      putVarint(entry.data().size(), to);
      to.put(entry.data().unsafeArray());
      term = entry.term();
      index++;
    }
  }

  private static Appended readAppended(ByteBuffer from) {
    Appended fixed =
        new Appended(
            from.getInt(), getHardState(from), from.getLong(), from.getInt(), from.getLong());
    require(fixed.firstIndex() >= 1, "first index %d is below 1", fixed.firstIndex());
    require(
        fixed.count() >= 0 && fixed.count() <= from.remaining(),
        "%d entries in %d bytes",
        fixed.count(),
        from.remaining());
    return fixed;
  }

  private static List<Entry> readEntries(Appended fixed, ByteBuffer from) {
    List<Entry> entries = new ArrayList<>(fixed.count());
    long term = fixed.hardState().term();
    for (int i = 0; i < fixed.count(); i++) {
      int kind = from.get();
      if ((kind & TERM_FOLLOWS) != 0) {
        term = from.getLong();
      }
      int length = getVarint(from);
      require(length <= from.remaining(), "entry of %d bytes in %d", length, from.remaining());
      byte[] data = new byte[length];
      from.get(data);
      entries.add(
          new Entry(
              term,
              fixed.firstIndex() + i,
              Entry.Kind.of(kind & ~TERM_FOLLOWS & 0xff),
              Bytes.wrap(data)));
    }
    return entries;
  }

  static void putHardState(HardState state, ByteBuffer to) {
    to.putLong(state.term()).putLong(state.vote()).putLong(state.commit());
  }

  static HardState getHardState(ByteBuffer from) {
    return new HardState(from.getLong(), from.getLong(), from.getLong());
  }

  static int sizeOf(Membership members) {
    return sizeOf(members.voters())
        + sizeOf(members.outgoing())
        + sizeOf(members.learners())
        + sizeOf(members.learnersNext())
        + 1;
  }

  static void putMembership(Membership members, ByteBuffer to) {
    putIds(members.voters(), to);
    putIds(members.outgoing(), to);
    putIds(members.learners(), to);
    putIds(members.learnersNext(), to);
    to.put((byte) (members.autoLeave() ? 1 : 0));
  }

  static Membership getMembership(ByteBuffer from) {
    return new Membership(getIds(from), getIds(from), getIds(from), getIds(from), from.get() != 0);
  }

  private static int sizeOf(SortedSet<Long> ids) {
    return sizeOfVarint(ids.size()) + ids.size() * Long.BYTES;
  }

  private static void putIds(SortedSet<Long> ids, ByteBuffer to) {
    putVarint(ids.size(), to);
    for (long id : ids) {
      to.putLong(id);
    }
  }

  private static SortedSet<Long> getIds(ByteBuffer from) {
    int count = getVarint(from);
    require(count <= MEMBERS_MAX, "%d members, at most %d", count, MEMBERS_MAX);
    SortedSet<Long> ids = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      ids.add(from.getLong());
    }
    return ids;
  }

  private static int sizeOfVarint(int value) {
    return value == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(value)) / 7;
  }

  private static void putVarint(int value, ByteBuffer to) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      to.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    to.put((byte) rest);
  }

  private static int getVarint(ByteBuffer from) {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int b = from.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        require(value <= Integer.MAX_VALUE, "length %d is above %d", value, Integer.MAX_VALUE);
        return (int) value;
      }
    }
    throw new IllegalArgumentException("length does not end within 5 bytes");
  }

  @FormatMethod
  private static void require(boolean condition, String format, Object... args) {
    if (!condition) {
      throw new IllegalArgumentException(String.format(format, args));
    }
  }
}
