package io.quorate.server.discovery;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.quorate.tls.TestAuthority;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Stands in for the API of Kubernetes, over TLS, with what every pod is given to ask it. Whoever
 * comes without the token is refused as Kubernetes refuses.
 */
public final class StubKubernetes implements AutoCloseable {
  /** Where its pods live. */
  public static final String NAMESPACE = "quorate-ns";

  private static final String TOKEN = "secret";

  private final Path folder;
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Supplier<String>> answers = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();

  /** Listens; {@code folder} is made for the files of a service account. */
  public StubKubernetes(Path folder) throws Exception {
    this.folder = Files.createDirectories(folder);
    TestAuthority authority = new TestAuthority("cluster");
    authority.writeTo(folder.resolve("ca.crt"));
    Files.writeString(folder.resolve("token"), TOKEN);
    Files.writeString(folder.resolve("namespace"), NAMESPACE);
    server = listen(authority.issue(folder.resolve("api"), "api", "127.0.0.1"));
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  /** From now on {@code path}, with its query, has this answer. */
  public void answers(String path, Supplier<String> json) {
    answers.put(path, json);
  }

  /** How often it has answered. */
  public int asked() {
    return asked.get();
  }

  /** What says where the service account lies. */
  public List<String> properties() {
    String prefix = "-Dpekko.discovery.kubernetes-api.";
    return List.of(
        prefix + "api-ca-path=" + folder.resolve("ca.crt"),
        prefix + "api-token-path=" + folder.resolve("token"),
        prefix + "pod-namespace-path=" + folder.resolve("namespace"));
  }

  /** What says where the API is. */
  public List<String> variables() {
    return List.of(
        "KUBERNETES_SERVICE_HOST=127.0.0.1",
        "KUBERNETES_SERVICE_PORT=" + server.getAddress().getPort());
  }

  private void answer(HttpExchange call) throws IOException {
    try (call) {
      String token = call.getRequestHeaders().getFirst("Authorization");
      Supplier<String> json = answers.get(call.getRequestURI().toString());
      if (!("Bearer " + TOKEN).equals(token)) {
        send(call, 401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}");
      } else if (json == null) {
        send(call, 403, "{\"kind\":\"Status\",\"message\":\"forbidden\"}");
      } else {
        asked.incrementAndGet();
        send(call, 200, json.get());
      }
    }
  }

  private static void send(HttpExchange call, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    call.getResponseHeaders().set("Content-Type", "application/json");
    call.sendResponseHeaders(status, body.length);
    call.getResponseBody().write(body);
  }

  private static HttpsServer listen(Tls.KeyFiles files) throws Exception {
    Certificate[] chain;
    try (InputStream in = Files.newInputStream(files.certificate())) {
      chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(in)
              .toArray(Certificate[]::new);
    }
    String pem = Files.readString(files.key()).replaceAll("-----[^-]*-----|\\s", "");
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    char[] none = {};
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, none);
    store.setKeyEntry("api", key, none, chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, none);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return server;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
