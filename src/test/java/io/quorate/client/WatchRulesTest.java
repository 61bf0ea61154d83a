package io.quorate.client;

import java.util.concurrent.Flow.Publisher;
import org.testng.annotations.Test;

/** The rules of Reactive Streams for {@link Client#watch}, which never ends by itself. */
@Test
public class WatchRulesTest extends PublisherRules<WatchSignal> {
  private static final int REVISIONS = 100;

  @Override
  public long maxElementsFromPublisher() {
    return publisherUnableToSignalOnComplete();
  }

  @Override
  public Publisher<WatchSignal> createFlowPublisher(long elements) {
    for (int i = 0; i < Math.min(elements, REVISIONS); i++) {
      store().put("k", "v" + i);
    }
    return client().watch(Watch.of("k").at(1));
  }

  @Override
  Publisher<WatchSignal> failed(Client closed) {
    return closed.watch(Watch.of("k"));
  }
}
