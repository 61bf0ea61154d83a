package io.quorate.client;

import io.quorate.client.flow.Emission;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.Flow.Subscriber;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.Test;

/** The rules of Reactive Streams for {@link Emission}, before a source that counts. */
@Test
public class EmissionRulesTest extends FlowPublisherVerification<Long> {
  private static final long SILENCE_MILLIS = 50;

  public EmissionRulesTest() {
    super(new TestEnvironment(1_000, SILENCE_MILLIS), 2_000);
  }

  /** Says the next number whenever it is wanted. */
  private static final class Counting extends Emission<Long> {
    private final long end;
    private long next;

    Counting(Subscriber<? super Long> subscriber, long end) {
      super(subscriber);
      this.end = end;
    }

    @Override
    protected void onWanted() {
      if (next < end) {
        offer(next++);
      }
      if (next == end) {
        complete();
      }
    }

    @Override
    protected void onOver() {}
  }

  @Override
  public Publisher<Long> createFlowPublisher(long elements) {
    return subscriber -> new Counting(subscriber, elements).begin();
  }

  @Override
  public Publisher<Long> createFailedFlowPublisher() {
    return subscriber -> {
      Counting failing = new Counting(subscriber, 0);
      failing.begin();
      failing.fail(new ClientException.Closed());
    };
  }
}
