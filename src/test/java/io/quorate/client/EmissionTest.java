package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.client.flow.Emission;
import io.quorate.client.wire.Methods;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EmissionTest {
  private final AtomicInteger ends = new AtomicInteger();

  /** What a test offers. */
  private final class Offered extends Emission<Long> {
    Offered(Subscriber<? super Long> subscriber) {
      super(subscriber);
    }

    @Override
    protected void onWanted() {}

    @Override
    protected void onOver() {
      ends.incrementAndGet();
    }
  }

  @Test
  void saysNothingBeforeSubscriberHasSubscription() {
    Told<Long> told = new Told<>(5);
    Offered offered = new Offered(told);
    offered.offer(1L);
    offered.fail(new ClientException.Closed());
    assertThat(told.isOver()).isFalse();
    offered.begin();
    assertThat(told.items()).containsExactly(1L);
    assertThat(told.failure()).isInstanceOf(ClientException.Closed.class);
    assertThat(told.isBroken()).isFalse();
    assertThat(ends).hasValue(1);
  }

  @Test
  void subscriberThatThrowsAnythingIsLeft() {
    for (Throwable thrown : List.of(new IllegalStateException("x"), new AssertionError("x"))) {
      ends.set(0);
      Told<Long> told = new Told<>(5);
      told.onItem = item -> sneak(thrown);
      Offered offered = new Offered(told);
      offered.begin();
      offered.offer(1L);
      offered.offer(2L);
      offered.complete();
      assertThat(told.items()).containsExactly(1L);
      assertThat(told.isOver()).isFalse();
      assertThat(ends).hasValue(1);
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneak(Throwable thrown) throws E {
    throw (E) thrown;
  }

  @Test
  void saysWhatManyThreadsOfferOneByOne() throws InterruptedException {
    Told<Long> told = new Told<>(0);
    Offered offered = new Offered(told);
    offered.begin();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(
                n ->
                    new Thread(
                        () ->
                            LongStream.range(0, 5_000).forEach(i -> offered.offer(n * 10_000 + i))))
            .toList();
    threads.forEach(Thread::start);
    Thread asking = new Thread(() -> IntStream.range(0, 20_000).forEach(i -> offered.request(1)));
    asking.start();
    for (Thread thread : threads) {
      thread.join();
    }
    asking.join();
    offered.complete();
    await().until(told::isComplete);
    assertThat(told.isBroken()).isFalse();
    assertThat(told.items()).hasSize(20_000);
    for (int n = 0; n < 4; n++) {
      long begin = n * 10_000L;
      assertThat(told.items().stream().filter(i -> i >= begin && i < begin + 10_000))
          .containsExactlyElementsOf(LongStream.range(begin, begin + 5_000).boxed().toList());
    }
  }

  @Test
  void whatWaitsIsSaidBeforeTheEnd() {
    Told<Long> told = new Told<>(1);
    Offered offered = new Offered(told);
    offered.begin();
    LongStream.range(0, 3).forEach(offered::offer);
    offered.complete();
    assertThat(told.isOver()).isFalse();
    told.request(2);
    assertThat(told.items()).containsExactly(0L, 1L, 2L);
    assertThat(told.isComplete()).isTrue();
  }

  /** Leaves in the moment it comes. */
  private static <T> WeakReference<Subscription> comeAndGo(Publisher<T> publisher) {
    Told<T> told =
        new Told<>(0) {
          @Override
          public void onSubscribe(Subscription to) {
            super.onSubscribe(to);
            to.cancel();
          }
        };
    publisher.subscribe(told);
    return new WeakReference<>(told.subscription());
  }

  private static <T> WeakReference<Subscription> comeAndGoLater(Publisher<T> publisher) {
    Told<T> told = new Told<>(1);
    publisher.subscribe(told);
    await().until(() -> !told.items().isEmpty());
    told.cancel();
    return new WeakReference<>(told.subscription());
  }

  private static void awaitForgotten(WeakReference<?> reference) {
    await()
        .until(
            () -> {
              System.gc();
              return reference.get() == null;
            });
  }

  @Test
  void clientForgetsWhoeverHasLeft() {
    FakeStore store = new FakeStore();
    store.put("k", "v");
    try (FakeMember member = new FakeMember(store);
        Client client = Client.at(member.endpoint()).open()) {
      Watch watch = Watch.of("k").at(1).quiet(Duration.ofHours(1));
      awaitForgotten(comeAndGo(client.watch(watch)));
      awaitForgotten(comeAndGo(client.stream(Range.of("k"))));
      awaitForgotten(comeAndGoLater(client.watch(watch)));
      awaitForgotten(comeAndGoLater(client.stream(Range.of("k"))));
      assertThat(member.count(Methods.RANGE)).isPositive();
    }
  }
}
