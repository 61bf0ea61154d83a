package io.quorate.client;

import java.time.Duration;
import java.util.concurrent.Flow.Publisher;
import org.jspecify.annotations.Nullable;
import org.testng.annotations.Test;

/**
 * The rules of Reactive Streams for {@link Lease#states()}, which tells the newest state only: of a
 * lease that is lost that is one.
 */
@Test
public class LeaseRulesTest extends PublisherRules<LeaseState> {
  @Override
  public long maxElementsFromPublisher() {
    return 1;
  }

  @Override
  public Publisher<LeaseState> createFlowPublisher(long elements) {
    Lease lease = Calls.get(client().lease(Duration.ofSeconds(60)));
    lease.abandon();
    return lease.states();
  }

  /** There is none: that a lease is lost is no failure. */
  @Override
  @Nullable Publisher<LeaseState> failed(Client closed) {
    return null;
  }
}
