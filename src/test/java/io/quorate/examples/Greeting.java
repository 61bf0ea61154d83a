package io.quorate.examples;

import io.quorate.client.Client;
import io.quorate.client.KeyValue;

class Greeting {
  static String greet(String... endpoints) throws Exception {
    try (Client client = Client.at(endpoints).open()) {
      return client
          .put("greeting", "hello")
          .thenCompose(written -> client.get("greeting"))
          .thenApply(found -> found.map(KeyValue::valueText).orElse("nothing"))
          .toCompletableFuture()
          .get();
    }
  }
}
