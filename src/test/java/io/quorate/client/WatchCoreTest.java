package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.proto.etcd.Event;
import io.quorate.proto.etcd.KeyValue;
import io.quorate.proto.etcd.ResponseHeader;
import io.quorate.proto.etcd.WatchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WatchCoreTest {
  private static WatchResponse.Builder at(long revision) {
    return WatchResponse.newBuilder().setHeader(ResponseHeader.newBuilder().setRevision(revision));
  }

  private static WatchResponse created(long revision) {
    return at(revision).setCreated(true).build();
  }

  private static Event event(long revision, String key) {
    return Event.newBuilder()
        .setKv(KeyValue.newBuilder().setKey(ByteString.copyFromUtf8(key)).setModRevision(revision))
        .build();
  }

  private static WatchResponse events(Event... events) {
    return at(events[events.length - 1].getKv().getModRevision())
        .addAllEvents(List.of(events))
        .build();
  }

  private static WatchResponse fragment(Event... events) {
    return events(events).toBuilder().setFragment(true).build();
  }

  /** What is told of {@code responses}, as text. */
  private static String told(WatchCore core, WatchResponse... responses) {
    List<String> told = new ArrayList<>();
    for (WatchResponse response : responses) {
      core.take(response).ifPresent(signal -> told.add(text(signal)));
    }
    return String.join(" ", told);
  }

  private static String text(WatchSignal signal) {
    if (signal instanceof WatchSignal.Changes changes) {
      StringBuilder text = new StringBuilder("changes@" + changes.revision());
      changes.changes().forEach(c -> text.append(",").append(c.kv().keyText()));
      return text.toString();
    }
    return signal.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)
        + "@"
        + signal.revision();
  }

  @Test
  void tellsWhereNowIsAndGoesOnThere() {
    WatchCore core = new WatchCore(Watch.of("k"));
    assertThat(core.request().getStartRevision()).isZero();
    assertThat(told(core, created(7))).isEqualTo("bookmark@7");
    assertThat(core.request().getStartRevision()).isEqualTo(8);
    assertThat(told(core, created(20), events(event(8, "a")))).isEqualTo("changes@8,a");
  }

  @Test
  void beginsAtRevisionWithoutBookmark() {
    WatchCore core = new WatchCore(Watch.of("k").at(5));
    assertThat(core.request().getStartRevision()).isEqualTo(5);
    assertThat(told(core, created(7), events(event(5, "a")))).isEqualTo("changes@5,a");
  }

  @Test
  void goesOnBehindList() {
    WatchCore core = new WatchCore(Watch.of("k").withList());
    core.listed(9);
    assertThat(core.request().getStartRevision()).isEqualTo(10);
  }

  @Test
  void tellsFragmentsOfOneRevisionAtOnce() {
    WatchCore core = new WatchCore(Watch.of("k").at(5));
    assertThat(
            told(
                core,
                created(9),
                fragment(event(5, "a"), event(6, "b")),
                fragment(event(6, "c")),
                fragment(event(6, "d"), event(7, "e")),
                events(event(7, "f"))))
        .isEqualTo("changes@5,a changes@6,b,c,d changes@7,e,f");
  }

  @Test
  void forgetsHalfOfRevisionWhenConnectionBreaks() {
    WatchCore core = new WatchCore(Watch.of("k").at(5));
    assertThat(told(core, created(9), fragment(event(5, "a"), event(6, "b"))))
        .isEqualTo("changes@5,a");
    assertThat(core.request().getStartRevision()).isEqualTo(6);
    assertThat(told(core, created(9), events(event(6, "b"), event(6, "c"))))
        .isEqualTo("changes@6,b,c");
  }

  @Test
  void leavesOutWhatWasTold() {
    WatchCore core = new WatchCore(Watch.of("k").at(5));
    assertThat(
            told(
                core,
                created(9),
                events(event(4, "x"), event(5, "a")),
                events(event(5, "a"), event(6, "b")),
                events(event(6, "b"))))
        .isEqualTo("changes@5,a changes@6,b");
  }

  @Test
  void tellsProgressOnceAndGoesOnBehindIt() {
    WatchCore core = new WatchCore(Watch.of("k").at(5));
    assertThat(told(core, created(9), at(9).build(), at(9).build(), at(11).build()))
        .isEqualTo("bookmark@9 bookmark@11");
    assertThat(core.request().getStartRevision()).isEqualTo(12);
  }

  @Test
  void progressAmidFragmentsIsNotTold() {
    WatchCore core = new WatchCore(Watch.of("k").at(5));
    assertThat(
            told(core, created(9), fragment(event(5, "a")), at(9).build(), events(event(5, "b"))))
        .isEqualTo("changes@5,a,b");
  }

  @Test
  void progressBeforeWatchStandsIsNotTold() {
    WatchCore core = new WatchCore(Watch.of("k"));
    core.request();
    assertThat(told(core, at(9).build(), created(12), events(event(13, "a"))))
        .isEqualTo("bookmark@12 changes@13,a");
    core.request();
    assertThat(told(core, at(20).build(), created(20), events(event(14, "b"))))
        .isEqualTo("changes@14,b");
  }

  @Test
  void memberThatLagsIsHeardFromWhereItIsNew() {
    WatchCore core = new WatchCore(Watch.of("k").at(50));
    assertThat(told(core, created(40), at(45).build(), events(event(50, "a"))))
        .isEqualTo("changes@50,a");
  }

  @Test
  void asksForWhatIsLeft() {
    assertThat(new WatchCore(Watch.of("k").without(Watch.Filter.PUTS)).request().getFiltersList())
        .containsExactly(io.quorate.proto.etcd.WatchCreateRequest.FilterType.NOPUT);
    assertThat(
            new WatchCore(Watch.of("k").without(Watch.Filter.DELETES)).request().getFiltersList())
        .containsExactly(io.quorate.proto.etcd.WatchCreateRequest.FilterType.NODELETE);
  }

  // A random history, told by members that break at any message.

  /** Some revisions, with gaps where other keys were written. */
  private static List<Event> history(Random luck) {
    List<Event> events = new ArrayList<>();
    long revision = 1;
    for (int i = 0; i < 30; i++) {
      revision += 1 + (luck.nextInt(4) == 0 ? luck.nextInt(3) : 0);
      for (int more = luck.nextInt(4); more >= 0; more--) {
        events.add(event(revision, "k" + events.size()));
      }
    }
    return events;
  }

  private static long revision(Event event) {
    return event.getKv().getModRevision();
  }

  /** What a member sends that is asked from {@code start} on. */
  private static List<WatchResponse> sent(List<Event> all, long start, long last, Random luck) {
    List<WatchResponse> sent = new ArrayList<>();
    sent.add(created(last));
    List<Event> due = all.stream().filter(event -> revision(event) >= start).toList();
    int from = 0;
    while (from < due.size()) {
      int to = endOfRevision(due, from + luck.nextInt(8));
      int at = from;
      while (at < to) {
        int end = luck.nextBoolean() ? to : Math.min(to, at + 1 + luck.nextInt(3));
        sent.add(at(last).addAllEvents(due.subList(at, end)).setFragment(end < to).build());
        at = end;
      }
      if (luck.nextInt(3) == 0) {
        long known = to == due.size() ? last : revision(due.get(to)) - 1;
        sent.add(at(known).build());
      }
      from = to;
    }
    sent.add(at(last).build());
    return sent;
  }

  private static int endOfRevision(List<Event> events, int index) {
    int end = Math.min(index, events.size() - 1) + 1;
    while (end < events.size() && revision(events.get(end)) == revision(events.get(end - 1))) {
      end++;
    }
    return end;
  }

  @Test
  void tellsExactlyTheHistoryWhereverConnectionsBreak() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random luck = new Random(seed);
      List<Event> all = history(luck);
      long last = revision(all.get(all.size() - 1)) + luck.nextInt(3);
      long start = 1 + luck.nextInt(10);
      WatchCore core = new WatchCore(Watch.of("k").at(start));
      List<Change> told = new ArrayList<>();
      long known = start - 1;
      while (known < last) {
        List<WatchResponse> sent = sent(all, core.request().getStartRevision(), last, luck);
        int kept = luck.nextInt(3) == 0 ? sent.size() : luck.nextInt(sent.size() + 1);
        for (WatchResponse response : sent.subList(0, kept)) {
          WatchSignal signal = core.take(response).orElse(null);
          if (signal != null) {
            assertThat(signal.revision()).as("seed %s", seed).isGreaterThan(known);
            known = signal.revision();
            if (signal instanceof WatchSignal.Changes changes) {
              told.addAll(changes.changes());
            }
            assertTold(all, start, known, told, seed);
          }
        }
      }
    }
  }

  /** After a signal of {@code known}, all up to there was told and nothing else. */
  private static void assertTold(
      List<Event> all, long start, long known, List<Change> told, int seed) {
    List<Change> due =
        all.stream()
            .filter(event -> revision(event) >= start && revision(event) <= known)
            .map(Answers::change)
            .toList();
    assertThat(told).as("seed %s up to %s", seed, known).isEqualTo(due);
  }
}
