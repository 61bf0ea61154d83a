package io.quorate.server.http;

import io.quorate.fleet.FleetView;
import io.quorate.fleet.Status;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What {@code /fleet} answers: one JSON object, with ids as etcd prints them. Stateless. */
final class FleetPage {
  private FleetPage() {}

  /** The page of {@code view}; the age of what was told is counted until {@code nowNanos}. */
  static String render(FleetView view, long nowNanos) {
    return "{\"running\":"
        + view.running()
        + ",\"member_id\":"
        + id(view.self())
        + ",\"raft_term\":"
        + view.term()
        + ",\"leader\":"
        + id(view.leader())
        + ",\"members\":["
        + view.members().stream()
            .map(seen -> member(view, seen, nowNanos))
            .collect(Collectors.joining(","))
        + "]}";
  }

  private static String member(FleetView view, FleetView.Seen seen, long nowNanos) {
    StringBuilder out = new StringBuilder(512).append("{\"id\":").append(id(seen.id()));
    field(out, "name", quote(seen.name()));
    field(out, "address", quote(seen.address()));
    field(out, "reach", quote(seen.reach().name().toLowerCase(Locale.ROOT)));
    field(out, "leads", seen.id() == view.leader());
    Status last = seen.last();
    if (last != null) {
      field(out, "age_ms", TimeUnit.NANOSECONDS.toMillis(nowNanos - seen.heardNanos()));
      status(out, last);
    }
    return out.append('}').toString();
  }

  private static void status(StringBuilder out, Status last) {
    field(out, "version", quote(last.version()));
    field(out, "raft_term", last.raft().term());
    field(out, "leader", id(last.raft().leader()));
    field(out, "learner", last.raft().learner());
    field(out, "applied_index", last.raft().applied());
    field(out, "revision", last.store().revision());
    field(out, "db_size", last.store().fileBytes());
    field(out, "db_size_in_use", last.store().usedBytes());
    field(out, "serving", last.health().serving());
    field(out, "quarantined", last.health().quarantined());
    List<String> alarms = last.health().alarms().stream().map(FleetPage::quote).toList();
    field(out, "alarms", "[" + String.join(",", alarms) + "]");
    field(out, "heap_bytes", last.load().heapBytes());
    field(out, "uptime_seconds", last.load().uptimeSeconds());
  }

  private static void field(StringBuilder out, String name, Object value) {
    out.append(",\"").append(name).append("\":").append(value);
  }

  private static String id(long id) {
    return '"' + Long.toHexString(id) + '"';
  }

  private static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
