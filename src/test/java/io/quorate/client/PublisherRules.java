package io.quorate.client;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.Flow.Publisher;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.TestEnvironment.ManualSubscriber;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.AfterMethod;
import org.testng.annotations.BeforeMethod;
import org.testng.annotations.Test;

/** The rules of Reactive Streams, for publishers of a client before one fake member. */
abstract class PublisherRules<T> extends FlowPublisherVerification<T> {
  private static final long TIMEOUT_MILLIS = 2_000;

  /** How long nothing has to happen where nothing may. */
  private static final long SILENCE_MILLIS = 50;

  private static final Duration COLLECTED_WITHIN = Duration.ofSeconds(60);

  private final TestEnvironment environment;

  private FakeStore store = new FakeStore();
  private FakeMember member = new FakeMember(store);
  private Client client = Client.at(member.endpoint()).open();

  PublisherRules() {
    this(new TestEnvironment(TIMEOUT_MILLIS, SILENCE_MILLIS));
  }

  private PublisherRules(TestEnvironment environment) {
    super(environment);
    this.environment = environment;
    stop();
  }

  /** Begins anew for each rule. */
  @BeforeMethod
  public void start() {
    store = new FakeStore();
    member = new FakeMember(store);
    client = Client.at(member.endpoint()).open();
  }

  @AfterMethod(alwaysRun = true)
  public void stop() {
    client.close();
    member.close();
  }

  FakeStore store() {
    return store;
  }

  FakeMember member() {
    return member;
  }

  Client client() {
    return client;
  }

  /** What fails before anything is told: a client that is closed. */
  Client closed() {
    Client closed = Client.at(member.endpoint()).open();
    closed.close();
    return closed;
  }

  /**
   * As the one it replaces, which looks once, at a time by which a busy machine may not be there.
   */
  @Override
  @Test
  public void
      required_spec313_cancelMustMakeThePublisherEventuallyDropAllReferencesToTheSubscriber()
          throws Throwable {
    activePublisherTest(
        3,
        false,
        publisher -> {
          WeakReference<?> subscriber = cancelled(publisher);
          Awaitility.await("the subscriber is dropped")
              .atMost(COLLECTED_WITHIN)
              .until(
                  () -> {
                    System.gc();
                    return subscriber.get() == null;
                  });
        });
  }

  /** In a frame of its own, which holds nothing when it is over. */
  private WeakReference<?> cancelled(org.reactivestreams.Publisher<T> publisher) throws Exception {
    ManualSubscriber<T> subscriber = environment.newManualSubscriber(publisher);
    subscriber.request(1);
    subscriber.nextElement();
    subscriber.cancel();
    return new WeakReference<>(subscriber);
  }

  abstract @Nullable Publisher<T> failed(Client closed);

  @Override
  public @Nullable Publisher<T> createFailedFlowPublisher() {
    return failed(closed());
  }
}
