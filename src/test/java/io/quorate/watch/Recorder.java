package io.quorate.watch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An outlet that keeps what it was given, one response a line, and is as full as it is told. */
final class Recorder implements Outlet {
  /** One event that one watch was sent. */
  record Seen(long watchId, long revision, String text) {}

  final List<String> lines = new ArrayList<>();
  final List<Seen> seen = new ArrayList<>();
  final List<Delivery> deliveries = new ArrayList<>();
  long room = Long.MAX_VALUE;
  long response = Long.MAX_VALUE;
  // Answered that it is full: only then is the hub owed a call when there is room again.
  boolean armed;

  @Override
  public long roomBytes() {
    armed |= room <= 0;
    return room;
  }

  @Override
  public long responseBytes() {
    return response;
  }

  @Override
  public void send(Delivery delivery) {
    deliveries.add(delivery);
    if (delivery instanceof Delivery.Events batch) {
      for (long id : Arrays.copyOf(batch.watchIds(), batch.count())) {
        StringBuilder line = new StringBuilder("events " + id + " @" + batch.revision());
        for (var event : batch.events()) {
          String text = (event.isDelete() ? "-" : "+") + event.kv().key() + "@" + event.revision();
          line.append(' ').append(text);
          seen.add(new Seen(id, event.revision(), text));
        }
        if (batch.previous()) {
          line.append(" prev");
        }
        lines.add(line.toString());
        room -= room == Long.MAX_VALUE ? 0 : 64 + Change.sizeBytes(batch.events());
      }
    } else if (delivery instanceof Delivery.Created d) {
      lines.add("created " + d.watchId() + " @" + d.revision());
    } else if (delivery instanceof Delivery.Refused d) {
      lines.add("refused @" + d.revision() + " " + d.reason());
    } else if (delivery instanceof Delivery.Canceled d) {
      lines.add("canceled " + d.watchId() + " @" + d.revision());
    } else if (delivery instanceof Delivery.Compacted d) {
      lines.add("compacted " + d.watchId() + " at " + d.compactRevision());
    } else if (delivery instanceof Delivery.Progress d) {
      lines.add("progress " + d.watchId() + " @" + d.revision());
    }
  }

  /** Makes room, and tells the hub if it has to be told. */
  void makeRoom(long bytes, WatchHub hub, long streamId) {
    room = bytes;
    if (armed && room > 0) {
      armed = false;
      hub.onWritable(streamId);
    }
  }

  /** The lines since the last call. */
  List<String> take() {
    List<String> taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }
}
