package io.quorate.examples;

import io.quorate.client.Client;
import io.quorate.client.Lease;
import io.quorate.client.Put;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

class Presence {
  /** Says that this program is there, as long as it is. */
  static CompletionStage<Lease> announce(Client client, String name, String address) {
    return client
        .lease(Duration.ofSeconds(10))
        .thenCompose(
            lease ->
                client
                    .put(Put.of("services/" + name, address).withLease(lease.id()))
                    .thenApply(written -> lease));
  }
}
