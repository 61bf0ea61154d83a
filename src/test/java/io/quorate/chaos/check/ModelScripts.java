package io.quorate.chaos.check;

import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiConsumer;

/** What the clients of a {@link ModelRun} ask, one request after the other. */
final class ModelScripts {
  /** What one client asks. */
  interface Script {
    Request next();

    /** What became of the last request; nothing if it was refused or nobody said. */
    default void told(Optional<Reply> reply) {}

    /** Whether the last request may be refused, or may not be answered. */
    default boolean mayFail() {
      return true;
    }
  }

  private ModelScripts() {}

  /** Reads, writes, compares and removes a few keys. */
  static Script registers(String client, Random random) {
    return new Script() {
      private int count;

      @Override
      public Request next() {
        String key = "r/" + random.nextInt(4);
        String value = client + "." + count++;
        return switch (random.nextInt(6)) {
          case 0, 1 -> Request.of(new Step.Read(key));
          case 2 -> Request.of(new Step.Remove(key));
          case 3 ->
              Request.when(
                  new Guard(key, Guard.Field.VERSION, "" + random.nextInt(3)),
                  new Step.Write(key, value, 0));
          default -> Request.of(new Step.Write(key, value, 0));
        };
      }
    };
  }

  /** Reads some lists, then appends to those that are still the same. */
  static Script lists(String client, Random random) {
    return new Script() {
      private final Map<String, Row> found = new HashMap<>();
      private List<String> keys = List.of();
      private boolean hasRead;
      private int count;

      @Override
      public Request next() {
        if (!hasRead) {
          // New lists from time to time, so that none grows long.
          String era = "a/" + count / 20 + "/";
          keys = List.of(era + random.nextInt(3), era + (3 + random.nextInt(3)));
          return Request.of(new Step.Read(keys.get(0)), new Step.Read(keys.get(1)));
        }
        List<Guard> guards = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        for (String key : keys) {
          Row row = found.get(key);
          long modified = row == null ? 0 : row.modified();
          guards.add(new Guard(key, Guard.Field.MODIFIED, "" + modified));
          steps.add(new Step.Read(key));
        }
        boolean isBoth = random.nextBoolean();
        for (String key : isBoth ? keys : keys.subList(0, 1)) {
          Row row = found.get(key);
          String element = client + "." + count++;
          String list = row == null ? element : row.value() + "," + element;
          steps.add(new Step.Write(key, list, 0));
        }
        return new Request(guards, steps, List.of(), false);
      }

      @Override
      public void told(Optional<Reply> reply) {
        found.clear();
        if (!hasRead && reply.isPresent()) {
          reply.get().results().forEach(it -> it.rows().forEach(r -> found.put(r.key(), r)));
          hasRead = true;
        } else {
          hasRead = false;
        }
      }
    };
  }

  /** Takes a lock, writes under it, and gives it back. */
  static Script locks(String client, BiConsumer<Long, Boolean> holds) {
    return new Script() {
      private static final int WRITES = 3;
      private static final String LOCK = "lock/l";
      private long fence;
      private int writes;

      @Override
      public Request next() {
        if (fence == 0) {
          return Request.when(
              new Guard(LOCK, Guard.Field.CREATED, "0"), new Step.Write(LOCK, client, 0));
        }
        Guard guard = new Guard(LOCK, Guard.Field.CREATED, "" + fence);
        if (writes < WRITES) {
          return Request.when(guard, new Step.Write("guarded/x", client + "." + fence, 0));
        }
        holds.accept(fence, false);
        return Request.when(guard, new Step.Remove(LOCK));
      }

      @Override
      public void told(Optional<Reply> reply) {
        if (fence == 0) {
          if (reply.map(Reply::succeeded).orElse(false)) {
            fence = reply.orElseThrow().revision();
            writes = 0;
            holds.accept(fence, true);
          }
        } else if (writes++ >= WRITES) {
          fence = 0;
        }
      }

      @Override
      public boolean mayFail() {
        return fence != 0 && writes < WRITES;
      }
    };
  }
}
