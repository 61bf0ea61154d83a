package io.quorate.mvcc;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdException;
import io.quorate.script.Script;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Runs transcripts of requests on a {@link Shelf}. */
public final class StoreScript {
  private static final Bytes ZERO = Bytes.wrap(new byte[1]);

  /** What happens between two commands. */
  public enum Between {
    /** Everything stays in memory until a compaction. */
    NOTHING,
    /** Now and then a half is frozen, written, and dropped. */
    STEPS,
    /** Everything is on disk at all times. */
    FLUSH
  }

  private final Shelf shelf;
  private final Between between;
  private int commands;

  /** Runs on {@code shelf}. */
  public StoreScript(Shelf shelf, Between between) {
    this.shelf = shelf;
    this.between = between;
  }

  /** What {@code command} prints. */
  public String run(Script.Command command) {
    String printed;
    try {
      printed = answer(command);
    } catch (EtcdException refusal) {
      printed = refusal.text();
    }
    commands++;
    switch (between) {
      case NOTHING -> {}
      case STEPS -> step(commands % 3);
      case FLUSH -> shelf.flush();
    }
    return printed;
  }

  private void step(int part) {
    switch (part) {
      case 0 -> shelf.freeze();
      case 1 -> shelf.writeFrozen();
      default -> shelf.drop();
    }
  }

  private String answer(Script.Command command) {
    switch (command.name()) {
      case "put", "delete" -> {
        return text(shelf.write(op(words(command))).result(), "");
      }
      case "range" -> {
        return text(shelf.range((Op.Range) op(words(command))), "");
      }
      case "txn" -> {
        Op.Txn txn = txn(new ArrayDeque<>(command.input()));
        return text(txn.isReadOnly() ? shelf.read(txn) : shelf.write(txn).result(), "");
      }
      case "grant" -> shelf.grant(Long.parseLong(command.at(0)));
      case "compact" -> {
        shelf.compact(Long.parseLong(command.at(0)));
        shelf.removeRows(Integer.MAX_VALUE);
      }
      case "restart" -> shelf.restart();
      case "hash" -> {
        return hash(command.arguments().isEmpty() ? 0 : Long.parseLong(command.at(0)));
      }
      case "watch" -> {
        return watch(Long.parseLong(command.at(0)));
      }
      default -> throw new IllegalArgumentException("unknown command " + command.name());
    }
    return "";
  }

  private String hash(long asked) {
    long newest = shelf.store().revision();
    Op.Range check = (Op.Range) op(List.of("range", "a", "rev=" + asked));
    shelf.range(check);
    StoreHash hash = asked == 0 ? shelf.hash(newest) : shelf.toldHash(asked);
    return String.format(
        "%08x compacted=%d revision=%d", hash.hash(), hash.compactRevision(), hash.revision());
  }

  private String watch(long from) {
    if (from < shelf.store().compacted()) {
      return "compacted at " + shelf.store().compacted();
    }
    StringBuilder out = new StringBuilder();
    long to = shelf.store().revision();
    for (long next = from; next <= to; ) {
      EventReader.Slice slice = shelf.events(next, to, 1);
      for (Event event : slice.events()) {
        out.append(text(event.kv()));
        KeyValue previous = event.previous();
        out.append(previous == null ? "\n" : " before " + text(previous) + "\n");
      }
      next = slice.next();
    }
    return out.toString();
  }

  private static List<String> words(Script.Command command) {
    List<String> words = new ArrayList<>(List.of(command.name()));
    words.addAll(command.arguments());
    return words;
  }

  private static Op.Txn txn(Deque<String> lines) {
    List<Op.Compare> compares = new ArrayList<>();
    List<Op> success = new ArrayList<>();
    List<Op> failure = new ArrayList<>();
    while (!lines.isEmpty()) {
      List<String> words = List.of(lines.remove().trim().split(" "));
      if (words.get(0).equals("}")) {
        break;
      }
      List<String> rest = words.subList(1, words.size());
      switch (words.get(0)) {
        case "if" -> compares.add(compare(rest));
        case "then" -> success.add(rest.get(0).equals("txn") ? txn(lines) : op(rest));
        case "else" -> failure.add(rest.get(0).equals("txn") ? txn(lines) : op(rest));
        default -> throw new IllegalArgumentException("unknown line " + words);
      }
    }
    return new Op.Txn(compares, success, failure);
  }

  private static Op.Compare compare(List<String> words) {
    Op.Target target = Op.Target.valueOf(words.get(0).toUpperCase(java.util.Locale.ROOT));
    Bytes end = words.size() == 5 ? bytes(words.get(2)) : Bytes.EMPTY;
    Op.Relation relation =
        switch (words.get(words.size() - 2)) {
          case "=" -> Op.Relation.EQUAL;
          case ">" -> Op.Relation.GREATER;
          case "<" -> Op.Relation.LESS;
          default -> Op.Relation.NOT_EQUAL;
        };
    String operand = words.get(words.size() - 1);
    boolean value = target == Op.Target.VALUE;
    return new Op.Compare(
        KeyRange.ofRequest(bytes(words.get(1)), end),
        target,
        relation,
        value ? 0 : Long.parseLong(operand),
        value ? bytes(operand) : null);
  }

  private static Op op(List<String> words) {
    Script.Command options = new Script.Command("", words, List.of());
    List<String> flags = List.of("prev", "ignore-value", "ignore-lease", "keys-only", "count-only");
    List<String> places =
        words.stream().skip(1).filter(w -> !w.contains("=") && !flags.contains(w)).toList();
    Bytes key = bytes(places.get(0));
    Bytes second = places.size() > 1 ? bytes(places.get(1)) : Bytes.EMPTY;
    boolean previous = options.has("prev");
    return switch (words.get(0)) {
      case "put" ->
          new Op.Put(
              key,
              second,
              options.number("lease", 0),
              previous,
              options.has("ignore-value"),
              options.has("ignore-lease"));
      case "delete" -> new Op.DeleteRange(KeyRange.ofRequest(key, second), previous);
      default ->
          new Op.Range(
              KeyRange.ofRequest(key, second),
              options.number("limit", 0),
              options.number("rev", 0),
              new Op.Sort(
                  Op.SortOrder.valueOf(options.value("order", "NONE")),
                  Op.SortTarget.valueOf(options.value("by", "KEY"))),
              options.has("keys-only"),
              options.has("count-only"),
              new Op.RevisionBounds(
                  options.number("min-mod", 0),
                  options.number("max-mod", 0),
                  options.number("min-create", 0),
                  options.number("max-create", 0)));
    };
  }

  /** The bytes of {@code text}, in which {@code \xNN} is one byte. */
  static Bytes bytes(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\\x", i)) {
        out.write(Integer.parseInt(text.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        out.write(text.charAt(i));
      }
    }
    return out.size() == 1 && out.toByteArray()[0] == 0 ? ZERO : Bytes.wrap(out.toByteArray());
  }

  private static String text(OpResult result, String indent) {
    StringBuilder out = new StringBuilder(indent);
    if (result instanceof OpResult.Put put) {
      out.append("put rev=").append(put.revision()).append('\n');
      append(out, put.previous() == null ? List.of() : List.of(put.previous()), indent);
    } else if (result instanceof OpResult.DeleteRange delete) {
      out.append("delete rev=").append(delete.revision());
      out.append(" deleted=").append(delete.deleted()).append('\n');
      append(out, delete.previous(), indent);
    } else if (result instanceof OpResult.Range range) {
      out.append("range rev=").append(range.revision()).append(" count=").append(range.count());
      out.append(range.more() ? " more\n" : "\n");
      append(out, range.kvs(), indent);
    } else if (result instanceof OpResult.Txn txn) {
      out.append("txn ").append(indent.isEmpty() ? "rev=" + txn.revision() + " " : "");
      out.append(txn.succeeded() ? "succeeded\n" : "failed\n");
      txn.results().forEach(each -> out.append(text(each, indent + "  ")));
    }
    return out.toString();
  }

  private static void append(StringBuilder out, List<KeyValue> kvs, String indent) {
    kvs.forEach(kv -> out.append(indent).append("  ").append(text(kv)).append('\n'));
  }

  private static String text(KeyValue kv) {
    if (kv.isDeleted()) {
      return kv.key() + " deleted mod=" + kv.modRevision();
    }
    String numbers =
        String.format(
            " create=%d mod=%d version=%d", kv.createRevision(), kv.modRevision(), kv.version());
    String lease = kv.lease() == 0 ? "" : " lease=" + kv.lease();
    return kv.key() + " = " + kv.value() + numbers + lease;
  }
}
