package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.client.Change;
import io.quorate.client.KeyValue;
import io.quorate.client.Lease;
import io.quorate.client.LeaseState;
import io.quorate.client.Put;
import io.quorate.client.PutResult;
import io.quorate.client.Range;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import io.quorate.client.pekko.Streams;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The client in streams of Pekko, against a real server. */
class PekkoStreamsIT extends OneServer {
  private static final int PUTS = 200;
  private static final int PARALLELISM = 8;

  private static ActorSystem system;

  @BeforeAll
  static void open() {
    system = ActorSystem.create("streams");
  }

  @AfterAll
  static void close() {
    Stages.get(scala.jdk.javaapi.FutureConverters.asJava(system.terminate()));
  }

  private static String key(int i) {
    return String.format("stream/%03d", i);
  }

  @Test
  void putsAndReadsAndTellsInOrder() {
    long before = Stages.get(client.put("before", "")).revision();
    List<String> keys = IntStream.range(0, PUTS).mapToObj(PekkoStreamsIT::key).toList();
    List<PutResult> answers =
        Stages.get(
            Source.range(0, PUTS - 1)
                .map(i -> Put.of(key(i), "v" + i))
                .via(Streams.puts(client, PARALLELISM))
                .runWith(Sink.seq(), system));
    List<KeyValue> read =
        Stages.get(Streams.range(client, Range.prefix("stream/")).runWith(Sink.seq(), system));
    assertThat(read).extracting(KeyValue::keyText).containsExactlyElementsOf(keys);
    assertThat(answers)
        .extracting(PutResult::revision)
        .containsExactlyElementsOf(read.stream().map(KeyValue::modRevision).toList());
    List<Change> changes =
        Stages.get(
            Streams.changes(client, Watch.prefix("stream/").at(before + 1))
                .take(PUTS)
                .runWith(Sink.seq(), system));
    assertThat(changes).extracting(Change::revision).isSorted().hasSize(PUTS);
    assertThat(changes)
        .extracting(change -> change.kv().keyText())
        .containsExactlyInAnyOrderElementsOf(keys);
    WatchSignal first =
        Stages.get(
            Streams.watch(client, Watch.prefix("stream/").withList()).runWith(Sink.head(), system));
    assertThat(first).isInstanceOf(WatchSignal.Listing.class);
    Watch withList = Watch.prefix("stream/").withList();
    assertThatThrownBy(() -> Streams.changes(client, withList))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tellsTheStatesOfALease() {
    Lease lease = Stages.get(client.lease(Duration.ofSeconds(60)));
    CompletionStage<List<LeaseState>> states =
        Streams.states(lease).toMat(Sink.seq(), Keep.right()).run(system);
    Stages.get(lease.revoke());
    List<LeaseState> told = Stages.get(states);
    assertThat(told.get(told.size() - 1)).isInstanceOf(LeaseState.Lost.class);
  }
}
