package io.quorate.client;

import io.quorate.client.recipe.Election;
import io.quorate.client.recipe.Election.Leader;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.testng.annotations.AfterMethod;
import org.testng.annotations.Test;

/** The rules of Reactive Streams for {@link Election#observe()} of a leader that talks on. */
@Test
public class ObserveRulesTest extends PublisherRules<Leader> {
  private static final Duration TTL = Duration.ofSeconds(60);

  private @Nullable ScheduledExecutorService leader;

  @Override
  public long maxElementsFromPublisher() {
    return publisherUnableToSignalOnComplete();
  }

  @Override
  public Publisher<Leader> createFlowPublisher(long elements) {
    FakeStore store = store();
    AtomicInteger words = new AtomicInteger();
    ScheduledExecutorService begun = Executors.newSingleThreadScheduledExecutor();
    leader = begun;
    begun.scheduleAtFixedRate(
        () -> store.put("e/1", "word " + words.incrementAndGet()), 0, 1, TimeUnit.MILLISECONDS);
    return Election.of(client(), "e", TTL).observe();
  }

  /** Before the client goes. */
  @AfterMethod(alwaysRun = true)
  public void silence() {
    ScheduledExecutorService begun = leader;
    if (begun != null) {
      begun.shutdownNow();
      leader = null;
    }
  }

  @Override
  Publisher<Leader> failed(Client closed) {
    return Election.of(closed, "e", TTL).observe();
  }
}
