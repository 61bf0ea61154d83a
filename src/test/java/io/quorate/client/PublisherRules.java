package io.quorate.client;

import java.util.concurrent.Flow.Publisher;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.AfterMethod;
import org.testng.annotations.BeforeMethod;

/** The rules of Reactive Streams, for publishers of a client before one fake member. */
abstract class PublisherRules<T> extends FlowPublisherVerification<T> {
  private static final long TIMEOUT_MILLIS = 2_000;

  /** How long nothing has to happen where nothing may. */
  private static final long SILENCE_MILLIS = 50;

  private static final long COLLECTED_MILLIS = 2_000;

  private FakeStore store = new FakeStore();
  private FakeMember member = new FakeMember(store);
  private Client client = Client.at(member.endpoint()).open();

  PublisherRules() {
    super(new TestEnvironment(TIMEOUT_MILLIS, SILENCE_MILLIS), COLLECTED_MILLIS);
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

  abstract @Nullable Publisher<T> failed(Client closed);

  @Override
  public @Nullable Publisher<T> createFailedFlowPublisher() {
    return failed(closed());
  }
}
