package io.quorate.server.discovery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import io.quorate.base.OneLine;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many pods a StatefulSet is to have, as the API of Kubernetes says: the subresource {@code
 * scale}, for which a service account needs no more than {@code get} on it. Where the API is and
 * who asks, it knows from what Kubernetes puts into every pod; the same settings as for Pekko
 * Discovery say where that lies. Any thread.
 */
public final class StatefulSetApi {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of what the API says beside its answer, as many characters are repeated. */
  private static final int SHOWN_MAX = 200;

  private static final int OK = 200;

  private final Config settings;
  private final Map<String, String> env;
  private final String name;
  // Made anew after a failure: the authorities may have changed.
  private @Nullable HttpClient client;

  /**
   * Asks for the set {@code name} in the namespace of this pod.
   *
   * @param env the variables of the process
   */
  public StatefulSetApi(DiscoverySettings settings, Map<String, String> env, String name) {
    this.settings = settings.all().getConfig("pekko.discovery.kubernetes-api");
    this.env = env;
    this.name = name;
  }

  /** Asks; fails with {@link DiscoveryException}, whose text is one line. */
  public CompletionStage<Integer> replicas() {
    CompletableFuture<HttpResponse<String>> answer;
    try {
      answer = open().sendAsync(request(), BodyHandlers.ofString());
    } catch (DiscoveryException e) {
      return CompletableFuture.failedFuture(e);
    }
    return answer
        .orTimeout(2 * ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (response, failure) -> {
              try {
                if (failure == null) {
                  return replicas(response);
                }
                forget();
                throw failed(OneLine.of(String.valueOf(cause(failure))));
              } catch (DiscoveryException e) {
                throw new CompletionException(e);
              }
            });
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private int replicas(HttpResponse<String> response) throws DiscoveryException {
    String body = response.body();
    if (response.statusCode() != OK) {
      String shown = body.substring(0, Math.min(body.length(), SHOWN_MAX));
      throw failed(response.statusCode() + " " + OneLine.of(shown));
    }
    try {
      JsonNode spec = JSON.readTree(body).path("spec");
      // Zero is left out.
      JsonNode replicas = spec.path("replicas");
      if (spec.isObject() && (replicas.isMissingNode() || replicas.canConvertToInt())) {
        return replicas.asInt(0);
      }
    } catch (JsonProcessingException e) {
      throw failed(OneLine.of(e.getOriginalMessage()));
    }
    throw failed("it says nothing of replicas");
  }

  private HttpRequest request() throws DiscoveryException {
    String host = variable("api-service-host-env-name");
    String port = variable("api-service-port-env-name");
    String namespace = text("pod-namespace-path").orElse("default").strip();
    String token = text("api-token-path").orElse("").strip();
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  new URI(
                      "https://"
                          + (host.contains(":") ? "[" + host + "]" : host)
                          + ":"
                          + port
                          + "/apis/apps/v1/namespaces/"
                          + namespace
                          + "/statefulsets/"
                          + name
                          + "/scale"))
              .timeout(ANSWER_WITHIN)
              .header("Accept", "application/json");
      if (!token.isEmpty()) {
        request.header("Authorization", "Bearer " + token);
      }
      return request.GET().build();
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw failed(OneLine.of(String.valueOf(e.getMessage())));
    }
  }

  private String variable(String setting) throws DiscoveryException {
    String variable = settings.getString(setting);
    String value = env.getOrDefault(variable, "");
    if (value.isEmpty()) {
      throw failed(variable + " is not set, as it is in every pod");
    }
    return value;
  }

  private Optional<String> text(String setting) {
    try {
      return Optional.of(Files.readString(Path.of(settings.getString(setting))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private synchronized HttpClient open() throws DiscoveryException {
    HttpClient known = client;
    if (known == null) {
      Path authorities = Path.of(settings.getString("api-ca-path"));
      try {
        Tls tls = Tls.open(Tls.Settings.believing(authorities));
        known =
            HttpClient.newBuilder()
                .sslContext(tls.context(variable("api-service-host-env-name")))
                .connectTimeout(ANSWER_WITHIN)
                .build();
        client = known;
      } catch (IOException e) {
        throw failed(OneLine.of(String.valueOf(e.getMessage())));
      }
    }
    return known;
  }

  private synchronized void forget() {
    client = null;
  }

  private DiscoveryException failed(String why) {
    return new DiscoveryException(
        "cannot ask Kubernetes for the scale of StatefulSet " + name + ": " + why);
  }
}
