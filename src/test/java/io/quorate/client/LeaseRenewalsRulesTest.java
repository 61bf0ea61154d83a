package io.quorate.client;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.testng.annotations.AfterMethod;
import org.testng.annotations.Test;

/**
 * The rules of Reactive Streams for {@link Lease#states()} of a lease that is renewed all the time:
 * who is slow is told the newest only, so there is no end and no common sequence.
 */
@Test
public class LeaseRenewalsRulesTest extends PublisherRules<LeaseState> {
  private static final Duration TTL = Duration.ofSeconds(60);

  private @Nullable ScheduledExecutorService renewals;

  @Override
  public long maxElementsFromPublisher() {
    return publisherUnableToSignalOnComplete();
  }

  @Override
  public Publisher<LeaseState> createFlowPublisher(long elements) {
    Lease lease = Calls.get(client().lease(TTL));
    ScheduledExecutorService begun = Executors.newSingleThreadScheduledExecutor();
    renewals = begun;
    begun.scheduleAtFixedRate(
        () -> lease.renewed(TTL, System.nanoTime() + TTL.toNanos()), 0, 1, TimeUnit.MILLISECONDS);
    return lease.states();
  }

  /** Before the client goes. */
  @AfterMethod(alwaysRun = true)
  public void stopRenewals() {
    ScheduledExecutorService begun = renewals;
    if (begun != null) {
      begun.shutdownNow();
      renewals = null;
    }
  }

  /** There is none: that a lease is lost is no failure. */
  @Override
  @Nullable Publisher<LeaseState> failed(Client closed) {
    return null;
  }
}
