package io.quorate.chaos.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.client.Client;
import io.quorate.client.Range;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@ChaosTest
class OrdersIT {
  @Test
  @Timeout(300)
  void everyOrderThatWasTakenIsThere(Chaos chaos) throws InterruptedException {
    Set<String> taken = new HashSet<>();
    try (Client client = Client.at(chaos.endpoints()).open()) {
      for (int i = 0; chaos.done().size() < 3; i++) {
        String order = "orders/" + i;
        try {
          client.put(order, "taken").toCompletableFuture().join();
          taken.add(order);
        } catch (CompletionException unknown) {
          // Nobody was told that it was taken: it may be there or not.
        }
      }
      chaos.rest();
      client
          .range(Range.prefix("orders/"))
          .toCompletableFuture()
          .join()
          .kvs()
          .forEach(found -> taken.remove(found.keyText()));
    }
    assertThat(taken).as("orders that are lost").isEmpty();
  }
}
