package io.quorate.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Bytes;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random watches, changes, stalls, cancels, compactions, restores and late answers of history. What
 * each watch was sent must be its part of the history, in order, once, with no revision split; all
 * of it in the end, unless it was cancelled. No progress may run ahead of an event.
 */
class WatchHubModelTest {
  private static final int STREAMS = 5;
  private static final int STEPS = 4000;

  private static final class Model {
    final long stream;
    final long id;
    final WatchRequest request;
    final long from;
    final List<String> got = new ArrayList<>();
    long covered;
    boolean ended;
    boolean compacted;

    Model(long stream, long id, WatchRequest request, long from) {
      this.stream = stream;
      this.id = id;
      this.request = request;
      this.from = from;
      this.covered = from - 1;
    }
  }

  private static final class Run {
    final Random random;
    final FakeHistory history = new FakeHistory();
    final WatchHub hub;
    final Map<Long, Recorder> outs = new LinkedHashMap<>();
    final List<Model> models = new ArrayList<>();
    final Map<Long, Map<Long, Model>> live = new LinkedHashMap<>();
    HistoryRead reading;
    int replayed;
    int parked;
    int compactions;
    int progress;

    Run(long seed) {
      random = new Random(seed);
      hub = new WatchHub(new WatchLimits(400, 300, 250, 3, 50), 0, 0, bound -> bound / 2);
      for (long stream = 0; stream < STREAMS; stream++) {
        outs.put(stream, new Recorder());
        live.put(stream, new LinkedHashMap<>());
        hub.open(stream, outs.get(stream), 0);
      }
    }

    void step(int step) {
      long stream = random.nextInt(STREAMS);
      Recorder out = outs.get(stream);
      switch (random.nextInt(16)) {
        case 0, 1 -> create(stream);
        case 2 -> cancel(stream);
        case 3 -> hub.requestProgress(stream);
        case 4 -> {
          out.room = random.nextInt(1000) - 200;
          out.response = random.nextInt(600);
        }
        case 5 ->
            out.makeRoom(random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(2000), hub, stream);
        case 6 -> {
          if (random.nextInt(8) == 0 && history.revision() > 0) {
            history.compacted =
                Math.max(history.compacted, 1 + random.nextLong(history.revision()));
            if (random.nextBoolean()) {
              hub.onCompacted(history.compacted);
            }
          }
        }
        case 7 -> hub.catchUp();
        case 8 -> read();
        case 9 -> answer();
        case 10 -> hub.tick(step);
        case 11 -> restore();
        default -> apply();
      }
      collect();
    }

    private void apply() {
      List<Change> changes = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        changes.add(change());
      }
      hub.onApplied(changes);
    }

    private Change change() {
      List<String> keys = new ArrayList<>();
      for (char key = 'a'; key < 'f'; key++) {
        if (random.nextInt(4) == 0) {
          keys.add((random.nextInt(3) == 0 ? "-" : "") + key);
        }
      }
      return history.change(keys.isEmpty() ? new String[] {"z"} : keys.toArray(new String[0]));
    }

    private void restore() {
      if (random.nextInt(10) == 0) {
        for (int i = random.nextInt(10); i >= 0; i--) {
          change();
        }
        hub.onRestored(history.revision(), history.compacted);
      }
    }

    private void create(long stream) {
      String from = String.valueOf((char) ('a' + random.nextInt(5)));
      KeyRange range =
          switch (random.nextInt(4)) {
            case 0 -> KeyRange.ofRequest(Bytes.utf8(from), Bytes.utf8("\0"));
            case 1 -> KeyRange.ofRequest(Bytes.utf8(from), Bytes.utf8(from + "~"));
            case 2 -> KeyRange.ofRequest(Bytes.utf8(from), Bytes.utf8("f"));
            default -> KeyRange.single(Bytes.utf8(from));
          };
      long start = random.nextInt(3) == 0 ? 0 : random.nextLong(hub.revision() + 6);
      WatchRequest request =
          new WatchRequest(
              0, range, start, random.nextBoolean() ? WatchRequest.Options.NONE : options());
      long first = start == 0 ? hub.revision() + 1 : start;
      int before = outs.get(stream).deliveries.size();
      hub.create(stream, request);
      Delivery.Created created = (Delivery.Created) outs.get(stream).deliveries.get(before);
      Model model = new Model(stream, created.watchId(), request, first);
      if (start > 0 && start <= hub.revision()) {
        replayed++;
      }
      models.add(model);
      live.get(stream).put(model.id, model);
    }

    private WatchRequest.Options options() {
      return new WatchRequest.Options(
          random.nextInt(4) == 0,
          random.nextInt(4) == 0,
          random.nextBoolean(),
          random.nextBoolean(),
          false);
    }

    private void cancel(long stream) {
      if (!live.get(stream).isEmpty() && random.nextInt(3) == 0) {
        List<Model> list = List.copyOf(live.get(stream).values());
        Model model = list.get(random.nextInt(list.size()));
        hub.cancel(stream, model.id);
      }
    }

    private void read() {
      HistoryRead read = hub.nextRead();
      if (read != null) {
        assertThat(reading).isNull();
        reading = read;
      }
    }

    private void answer() {
      if (reading != null) {
        HistoryRead read = reading;
        reading = null;
        if (random.nextInt(10) == 0) {
          hub.onHistoryFailed(read);
        } else {
          hub.onHistory(read, history.read(read));
        }
      }
    }

    private void collect() {
      for (Map.Entry<Long, Recorder> entry : outs.entrySet()) {
        Map<Long, Model> watches = live.get(entry.getKey());
        for (Delivery delivery : entry.getValue().deliveries) {
          if (delivery instanceof Delivery.Events batch) {
            for (int i = 0; i < batch.count(); i++) {
              take(watches.get(batch.watchIds()[i]), batch);
            }
          } else if (delivery instanceof Delivery.Canceled canceled) {
            watches.remove(canceled.watchId()).ended = true;
          } else if (delivery instanceof Delivery.Compacted compacted) {
            Model model = watches.get(compacted.watchId());
            assertThat(model.ended).isFalse();
            assertThat(compacted.compactRevision()).isGreaterThan(model.covered);
            model.ended = true;
            model.compacted = true;
            compactions++;
          } else if (delivery instanceof Delivery.Progress told) {
            progress++;
            for (Model model : watches.values()) {
              if (told.watchId() == model.id || (told.watchId() == -1 && !model.compacted)) {
                assertThat(told.revision()).isGreaterThanOrEqualTo(model.from - 1);
                assertThat(model.got).isEqualTo(expected(model, told.revision()));
                model.covered = told.revision();
              }
            }
          }
        }
        entry.getValue().deliveries.clear();
      }
      parked = Math.max(parked, hub.stats().slow());
    }

    private void take(Model model, Delivery.Events batch) {
      assertThat(model.ended).isFalse();
      assertThat(batch.previous()).isEqualTo(model.request.options().previous());
      for (Event event : batch.events()) {
        assertThat(event.revision()).isGreaterThan(model.covered);
        model.got.add(event.toString());
      }
      model.covered = batch.revision();
      assertThat(model.got).as("up to the revision told").isEqualTo(expected(model, model.covered));
    }

    private List<String> expected(Model model, long upTo) {
      List<String> expected = new ArrayList<>();
      for (Change change : history.changes) {
        if (change.revision() < model.from || change.revision() > upTo) {
          continue;
        }
        for (Event event : change.events()) {
          boolean filtered =
              event.isDelete()
                  ? model.request.options().noDelete()
                  : model.request.options().noPut();
          if (!filtered && model.request.range().contains(event.kv().key())) {
            expected.add(event.toString());
          }
        }
      }
      return expected;
    }

    void finish() {
      answer();
      if (reading != null) {
        hub.onHistoryFailed(reading);
      }
      for (Map.Entry<Long, Recorder> entry : outs.entrySet()) {
        entry.getValue().makeRoom(Long.MAX_VALUE, hub, entry.getKey());
      }
      history.settle(hub);
      collect();
      for (Model model : models) {
        if (!model.ended) {
          assertThat(model.got).isEqualTo(expected(model, Long.MAX_VALUE));
        }
      }
      assertThat(hub.stats().slow()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyWatchSeesItsPartOfHistoryOnceAndInOrder(long seed) {
    Run run = new Run(seed);
    for (int step = 0; step < STEPS && run.models.size() < 400; step++) {
      run.step(step);
    }
    run.finish();
    // A fault that never took effect would prove nothing.
    assertThat(run.replayed).isPositive();
    assertThat(run.parked).isPositive();
    assertThat(run.compactions).isPositive();
    assertThat(run.progress).isPositive();
  }
}
