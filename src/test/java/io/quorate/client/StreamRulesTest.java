package io.quorate.client;

import java.util.concurrent.Flow.Publisher;
import java.util.stream.LongStream;
import org.testng.annotations.Test;

/** The rules of Reactive Streams for {@link Client#stream}. */
@Test
public class StreamRulesTest extends PublisherRules<KeyValue> {
  private static final long KEYS_MAX = 1_000;

  @Override
  public long maxElementsFromPublisher() {
    return KEYS_MAX;
  }

  @Override
  public Publisher<KeyValue> createFlowPublisher(long elements) {
    store().putAll(LongStream.range(0, elements).mapToObj(i -> "k" + i).toList(), "v");
    return client().stream(Range.prefix("k"));
  }

  @Override
  Publisher<KeyValue> failed(Client closed) {
    return closed.stream(Range.prefix("k"));
  }
}
