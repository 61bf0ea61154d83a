package io.quorate.fleet;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.fleet.FleetCommand.Leads;
import io.quorate.fleet.FleetCommand.Message;
import io.quorate.fleet.FleetCommand.Report;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of what members tell each other over the fleet. What a later version adds stands at the
 * end, where this one does not look. Stateless.
 */
final class FleetCodec {
  /** The bytes of one text, such as a name; what is longer is cut. */
  static final int TEXT_BYTES_MAX = 512;

  private static final String REPORT = "report";
  private static final String LEADS = "leads";

  private FleetCodec() {}

  /** What tells the kinds of messages apart on the wire; never changes. */
  static String manifest(Message message) {
    return message instanceof Report ? REPORT : LEADS;
  }

  static Bytes encode(Message message) {
    ByteWriter out = new ByteWriter(256).putLong(message.member());
    if (message instanceof Leads leads) {
      return out.putVar(leads.term()).toBytes();
    }
    Report report = (Report) message;
    out.putVar(report.life()).putVar(report.number()).put(report.joined());
    Status status = report.status();
    putText(out, status.name());
    putText(out, status.version());
    Status.Raft raft = status.raft();
    out.putVar(raft.term()).putLong(raft.leader()).put(raft.learner()).putVar(raft.applied());
    Status.Store store = status.store();
    out.putVar(store.revision()).putVar(store.fileBytes()).putVar(store.usedBytes());
    Status.Health health = status.health();
    out.put(health.serving()).put(health.quarantined()).putVar(health.alarms().size());
    health.alarms().forEach(alarm -> putText(out, alarm));
    return out.putVar(status.load().heapBytes()).putVar(status.load().uptimeSeconds()).toBytes();
  }

  /** Reads what {@link #encode} gave; {@link IllegalArgumentException} for anything else. */
  static Message decode(String manifest, Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    long member = in.getLong();
    return switch (manifest) {
      case LEADS -> new Leads(member, in.getVar());
      case REPORT -> new Report(member, in.getVar(), in.getVar(), in.getBoolean(), status(in));
      default -> throw new IllegalArgumentException("unknown message of the fleet: " + manifest);
    };
  }

  private static Status status(ByteReader in) {
    return new Status(
        text(in),
        text(in),
        new Status.Raft(in.getVar(), in.getLong(), in.getBoolean(), in.getVar()),
        new Status.Store(in.getVar(), in.getVar(), in.getVar()),
        new Status.Health(in.getBoolean(), in.getBoolean(), alarms(in)),
        new Status.Load(in.getVar(), in.getVar()));
  }

  private static List<String> alarms(ByteReader in) {
    int count = in.getVarInt();
    if (count > Status.ALARMS_MAX) {
      throw new IllegalArgumentException(count + " alarms, at most " + Status.ALARMS_MAX);
    }
    List<String> alarms = new ArrayList<>();
    for (int left = count; left > 0; left--) {
      alarms.add(text(in));
    }
    return alarms;
  }

  private static void putText(ByteWriter out, String text) {
    Bytes bytes = Bytes.utf8(text);
    out.putBytes(bytes.size() <= TEXT_BYTES_MAX ? bytes : bytes.slice(0, TEXT_BYTES_MAX));
  }

  private static String text(ByteReader in) {
    int size = in.getVarInt();
    if (size > TEXT_BYTES_MAX) {
      throw new IllegalArgumentException("text of " + size + " bytes, at most " + TEXT_BYTES_MAX);
    }
    return in.getRaw(size).utf8();
  }
}
