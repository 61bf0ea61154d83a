package io.quorate.client;

import io.quorate.client.recipe.Cache;
import io.quorate.client.recipe.Cache.Snapshot;
import java.util.concurrent.Flow.Publisher;
import org.jspecify.annotations.Nullable;
import org.testng.annotations.Test;

/**
 * The rules of Reactive Streams for {@link Cache#snapshots()}, which tells the newest one only: of
 * a cache that is closed that is one.
 */
@Test
public class SnapshotRulesTest extends PublisherRules<Snapshot> {
  @Override
  public long maxElementsFromPublisher() {
    return 1;
  }

  @Override
  public Publisher<Snapshot> createFlowPublisher(long elements) {
    store().put("k", "v");
    Cache cache = Calls.get(Cache.open(client(), "k"));
    cache.close();
    return cache.snapshots();
  }

  /** There is none: what the cache held is told before it is said how it ended. */
  @Override
  @Nullable Publisher<Snapshot> failed(Client closed) {
    return null;
  }
}
