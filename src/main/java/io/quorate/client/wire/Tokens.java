package io.quorate.client.wire;

import io.quorate.client.wire.WireSettings.Credentials;
import io.quorate.proto.etcd.AuthenticateRequest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The token that calls carry where users are known. Those that find it too old ask for a new one
 * together, by one call.
 */
final class Tokens {
  private final Optional<Credentials> credentials;
  private final Wire wire;
  private volatile @Nullable String token;
  private @Nullable CompletableFuture<String> renewal;

  Tokens(Optional<Credentials> credentials, Wire wire) {
    this.credentials = credentials;
    this.wire = wire;
  }

  /** Whether there is a user at all. */
  boolean isUsed() {
    return credentials.isPresent();
  }

  /** Whether a call has to wait for the first token. */
  boolean isMissing() {
    return token == null && isUsed();
  }

  /** What a call carries now, if anything. */
  @Nullable String token() {
    return token;
  }

  /**
   * A token other than {@code old}: the one there is now, since others found that too old before;
   * the one that is under way; or else a new one.
   */
  synchronized CompletionStage<String> renew(@Nullable String old) {
    String now = token;
    if (now != null && !now.equals(old)) {
      return CompletableFuture.completedFuture(now);
    }
    CompletableFuture<String> running = renewal;
    if (running != null && !running.isDone()) {
      return running;
    }
    Credentials known = credentials.orElseThrow();
    AuthenticateRequest request =
        AuthenticateRequest.newBuilder()
            .setName(known.user())
            .setPassword(known.password())
            .build();
    token = null;
    CompletableFuture<String> begun =
        wire.call(
            Methods.AUTHENTICATE,
            request,
            answer -> {
              token = answer.getToken();
              return answer.getToken();
            });
    renewal = begun;
    return begun;
  }
}
