package io.quorate.examples;

import io.quorate.client.Client;
import io.quorate.client.Maintenance.Status;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

class Leader {
  /** The endpoint whose member leads, asked one after the other. */
  static Optional<String> find(List<String> endpoints) {
    return endpoints.stream()
        .filter(endpoint -> status(endpoint).filter(Status::isLeader).isPresent())
        .findFirst();
  }

  /** What the member at {@code endpoint} says about itself, if it says anything. */
  static Optional<Status> status(String endpoint) {
    try (Client client =
        Client.at(endpoint).withoutMemberSync().callTimeout(Duration.ofSeconds(2)).open()) {
      return Optional.of(client.maintenance().status().toCompletableFuture().join());
    } catch (CompletionException e) {
      return Optional.empty();
    }
  }
}
