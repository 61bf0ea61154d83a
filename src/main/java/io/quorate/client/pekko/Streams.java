package io.quorate.client.pekko;

import io.quorate.client.Change;
import io.quorate.client.Client;
import io.quorate.client.KeyValue;
import io.quorate.client.Lease;
import io.quorate.client.LeaseState;
import io.quorate.client.Put;
import io.quorate.client.PutResult;
import io.quorate.client.Range;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import java.util.List;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.JavaFlowSupport;
import org.apache.pekko.stream.javadsl.Source;

/**
 * What a client reads, watches and writes, as parts of a stream of Pekko. Each may be used many
 * times: a source asks anew whenever it is run. Backpressure reaches as far as the member that
 * sends. What fails, fails with a {@link io.quorate.client.ClientException}.
 */
public final class Streams {
  private Streams() {}

  /** As {@link Client#stream}: the keys of a range, all as of one revision. */
  public static Source<KeyValue, NotUsed> range(Client client, Range range) {
    return JavaFlowSupport.Source.fromPublisher(client.stream(range));
  }

  /** As {@link Client#watch}. */
  public static Source<WatchSignal, NotUsed> watch(Client client, Watch watch) {
    return JavaFlowSupport.Source.fromPublisher(client.watch(watch));
  }

  /**
   * What happens to some keys, one by one; what else a watch tells is left out. Fails with {@link
   * io.quorate.client.ClientException.Compacted} where changes are missing.
   *
   * @throws IllegalArgumentException if {@code watch} begins with a list, which is no change
   */
  public static Source<Change, NotUsed> changes(Client client, Watch watch) {
    if (watch.begin() instanceof Watch.Begin.List) {
      throw new IllegalArgumentException(
          "a list is no change: watch from a revision on, or take all signals");
    }
    return watch(client, watch)
        .mapConcat(
            signal ->
                signal instanceof WatchSignal.Changes changes ? changes.changes() : List.of());
  }

  /** As {@link Lease#states}: ends after {@link LeaseState.Lost}. */
  public static Source<LeaseState, NotUsed> states(Lease lease) {
    return JavaFlowSupport.Source.fromPublisher(lease.states());
  }

  /**
   * Puts, and passes the answers on in the order of the puts. With more than one under way they may
   * be done in another order than they came, so no key should be among them twice.
   *
   * @param parallelism how many are under way at most, 1 or more
   */
  public static Flow<Put, PutResult, NotUsed> puts(Client client, int parallelism) {
    return Flow.of(Put.class).mapAsync(parallelism, client::put);
  }
}
