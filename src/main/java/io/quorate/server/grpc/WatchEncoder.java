package io.quorate.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.quorate.base.Bytes;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyValue;
import io.quorate.node.MemberFacts;
import io.quorate.watch.Delivery;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Encodes deliveries of events by hand: an event once for all its watches, a list of them once for
 * all that share it, and the responses of one delivery one behind the other in one array, each with
 * its gRPC prefix. The field numbers are those of {@code watch.proto} and {@code mvcc.proto}.
 *
 * <p>Belongs to the one thread that owns the hub.
 */
final class WatchEncoder {
  /** How many bytes of encoded events are remembered, beside the list at hand. */
  private static final int REMEMBERED_BYTES_MAX = 1 << 20;

  /** From this size on the events of a response are not copied for each watch. */
  private static final int SHARED_BYTES_MIN = 8 << 10;

  private static final int VARINT = 0;
  private static final int DELIMITED = 2;
  private static final byte[] NONE = {};
  private static final byte[] FRAGMENT = {7 << 3 | VARINT, 1};

  private final MemberFacts facts;
  private final int requestBytesMax;
  // Events are equal only to themselves.
  private final Map<Event, byte[]> plain = new HashMap<>();
  private final Map<Event, byte[]> withPrevious = new HashMap<>();
  private long remembered;

  private @Nullable List<Event> list;
  private boolean listPrevious;
  private byte[] listBytes = NONE;

  private byte[] header = NONE;
  private long headerRevision = -1;
  private long headerTerm = -1;

  /**
   * An encoder for the responses of this member.
   *
   * @param requestBytesMax responses of this size and above are cut where the client allows it
   */
  WatchEncoder(MemberFacts facts, int requestBytesMax) {
    this.facts = facts;
    this.requestBytesMax = requestBytesMax;
  }

  /** Hands all responses of {@code delivery} to {@code out}, ready for the wire, in order. */
  void encode(Delivery.Events delivery, Consumer<Framed> out) {
    byte[] head = header(delivery.revision());
    byte[] events = list(delivery.events(), delivery.previous());
    if (delivery.fragment()
        && delivery.events().size() > 1
        && head.length + idSize(Long.MAX_VALUE) + events.length >= requestBytesMax) {
      out.accept(fragments(delivery, head));
    } else if (events.length >= SHARED_BYTES_MIN) {
      share(delivery, head, out);
    } else {
      out.accept(together(delivery, head, events));
    }
  }

  /** Small responses one behind the other in one array. */
  private static Framed together(Delivery.Events delivery, byte[] head, byte[] events) {
    long[] ids = delivery.watchIds();
    long total = 0;
    for (int i = 0; i < delivery.count(); i++) {
      total += Framed.PREFIX_BYTES + head.length + idSize(ids[i]) + events.length;
    }
    Sheet sheet = new Sheet(total);
    for (int i = 0; i < delivery.count(); i++) {
      sheet.begin(head.length + idSize(ids[i]) + events.length);
      sheet.put(head);
      sheet.putId(ids[i]);
      sheet.put(events);
    }
    return sheet.framed();
  }

  /** Large events once in memory for all watches of all streams, behind small heads. */
  private void share(Delivery.Events delivery, byte[] head, Consumer<Framed> out) {
    Framed events = Framed.raw(listBytes);
    for (int i = 0; i < delivery.count(); i++) {
      long id = delivery.watchIds()[i];
      Sheet sheet = new Sheet(Framed.PREFIX_BYTES + head.length + idSize(id));
      sheet.begin(head.length + idSize(id) + events.length());
      sheet.put(head);
      sheet.putId(id);
      out.accept(sheet.framed());
      out.accept(events);
    }
  }

  /**
   * As etcd cuts: a part takes events while it stays below the bound, at least one; all parts but
   * the last one say that more follow.
   */
  private Framed fragments(Delivery.Events delivery, byte[] head) {
    int base = head.length + idSize(Long.MAX_VALUE) + FRAGMENT.length;
    List<Event> events = delivery.events();
    int[] ends = new int[events.size()];
    int parts = 0;
    int from = 0;
    long total = 0;
    while (from < events.size()) {
      long bytes = base;
      int to = from;
      do {
        bytes += event(events.get(to++), delivery.previous()).length;
      } while (to < events.size()
          && bytes + event(events.get(to), delivery.previous()).length < requestBytesMax);
      ends[parts++] = to;
      total += Framed.PREFIX_BYTES + bytes;
      from = to;
    }
    Sheet sheet = new Sheet(total * delivery.count());
    for (int i = 0; i < delivery.count(); i++) {
      from = 0;
      for (int part = 0; part < parts; part++) {
        sheet.putPart(
            head,
            delivery.watchIds()[i],
            part < parts - 1 ? FRAGMENT : NONE,
            encoded(events.subList(from, ends[part]), delivery.previous()));
        from = ends[part];
      }
    }
    return sheet.framed();
  }

  private byte[][] encoded(List<Event> events, boolean previous) {
    byte[][] all = new byte[events.size()][];
    for (int i = 0; i < all.length; i++) {
      all[i] = event(events.get(i), previous);
    }
    return all;
  }

  private static int idSize(long id) {
    return id == 0 ? 0 : CodedOutputStream.computeInt64Size(2, id);
  }

  private byte[] header(long revision) {
    long term = facts.term();
    if (revision != headerRevision || term != headerTerm) {
      header = HeaderCodec.field(facts, revision, term);
      headerRevision = revision;
      headerTerm = term;
    }
    return header;
  }

  private byte[] list(List<Event> events, boolean previous) {
    if (events == list && previous == listPrevious) {
      return listBytes;
    }
    int size = 0;
    for (int i = 0; i < events.size(); i++) {
      size = Math.addExact(size, event(events.get(i), previous).length);
    }
    byte[] bytes = new byte[size];
    int at = 0;
    for (int i = 0; i < events.size(); i++) {
      byte[] event = event(events.get(i), previous);
      System.arraycopy(event, 0, bytes, at, event.length);
      at += event.length;
    }
    list = events;
    listPrevious = previous;
    listBytes = bytes;
    return bytes;
  }

  /** One event as a field of a response, tag and length included. */
  private byte[] event(Event event, boolean previous) {
    boolean shows = previous && event.previous() != null;
    Map<Event, byte[]> known = shows ? withPrevious : plain;
    byte[] bytes = known.get(event);
    if (bytes == null) {
      bytes = encode(event, shows);
      remembered += bytes.length;
      if (remembered > REMEMBERED_BYTES_MAX) {
        plain.clear();
        withPrevious.clear();
        remembered = bytes.length;
      }
      known.put(event, bytes);
    }
    return bytes;
  }

  private static byte[] encode(Event event, boolean previous) {
    KeyValue before = previous ? event.previous() : null;
    int kvSize = size(event.kv());
    int beforeSize = before == null ? 0 : size(before);
    int body = (event.isDelete() ? 2 : 0) + delimited(kvSize);
    if (before != null) {
      body += delimited(beforeSize);
    }
    byte[] bytes = new byte[delimited(body)];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      out.writeTag(11, DELIMITED);
      out.writeUInt32NoTag(body);
      if (event.isDelete()) {
        out.writeEnum(1, 1);
      }
      out.writeTag(2, DELIMITED);
      out.writeUInt32NoTag(kvSize);
      write(out, event.kv());
      if (before != null) {
        out.writeTag(3, DELIMITED);
        out.writeUInt32NoTag(beforeSize);
        write(out, before);
      }
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("event does not fit its size", e);
    }
    return bytes;
  }

  /** A field number below 16, a length and that many bytes. */
  private static int delimited(int size) {
    return 1 + CodedOutputStream.computeUInt32SizeNoTag(size) + size;
  }

  private static int size(KeyValue kv) {
    return bytesSize(kv.key())
        + longSize(2, kv.createRevision())
        + longSize(3, kv.modRevision())
        + longSize(4, kv.version())
        + bytesSize(kv.value())
        + longSize(6, kv.lease());
  }

  private static int bytesSize(Bytes bytes) {
    return bytes.isEmpty() ? 0 : delimited(bytes.size());
  }

  private static int longSize(int field, long value) {
    return value == 0 ? 0 : CodedOutputStream.computeInt64Size(field, value);
  }

  private static void write(CodedOutputStream out, KeyValue kv) throws IOException {
    write(out, 1, kv.key());
    write(out, 2, kv.createRevision());
    write(out, 3, kv.modRevision());
    write(out, 4, kv.version());
    write(out, 5, kv.value());
    write(out, 6, kv.lease());
  }

  private static void write(CodedOutputStream out, int field, Bytes bytes) throws IOException {
    if (!bytes.isEmpty()) {
      out.writeByteArray(field, bytes.unsafeArray());
    }
  }

  private static void write(CodedOutputStream out, int field, long value) throws IOException {
    if (value != 0) {
      out.writeInt64(field, value);
    }
  }

  /** The array that responses are laid out in. */
  private static final class Sheet {
    private final byte[] array;
    private int at;

    Sheet(long bytesMax) {
      if (bytesMax > Framed.MESSAGE_BYTES_MAX) {
        throw Framed.tooLarge(bytesMax);
      }
      array = new byte[(int) bytesMax];
    }

    void begin(int size) {
      array[at] = 0;
      array[at + 1] = (byte) (size >>> 24);
      array[at + 2] = (byte) (size >>> 16);
      array[at + 3] = (byte) (size >>> 8);
      array[at + 4] = (byte) size;
      at += Framed.PREFIX_BYTES;
    }

    void put(byte[] bytes) {
      System.arraycopy(bytes, 0, array, at, bytes.length);
      at += bytes.length;
    }

    /** The field of the watch id; left out when it is 0, as protobuf does. */
    void putId(long id) {
      if (id == 0) {
        return;
      }
      array[at++] = 2 << 3 | VARINT;
      long rest = id;
      while ((rest & ~0x7fL) != 0) {
        array[at++] = (byte) ((rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      array[at++] = (byte) rest;
    }

    void putPart(byte[] head, long id, byte[] fragment, byte[][] events) {
      int size = head.length + idSize(id) + fragment.length;
      for (byte[] event : events) {
        size += event.length;
      }
      begin(size);
      put(head);
      putId(id);
      put(fragment);
      for (byte[] event : events) {
        put(event);
      }
    }

    Framed framed() {
      return Framed.raw(at == array.length ? array : Arrays.copyOf(array, at));
    }
  }
}
