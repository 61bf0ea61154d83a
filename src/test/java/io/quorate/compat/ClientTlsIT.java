package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.client.Client;
import io.quorate.client.ClientBuilder;
import io.quorate.client.ClientException;
import io.quorate.tls.TestAuthority;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that speak TLS with a server, and those that it does not let in. */
class ClientTlsIT {
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final String HOST = "127.0.0.1";

  @TempDir Path folder;

  private final TestAuthority authority = new TestAuthority("authority");
  private Path trusted;
  private Tls.KeyFiles own;
  private Optional<ServerProcess> server = Optional.empty();

  @BeforeEach
  void issue() throws IOException {
    trusted = authority.writeTo(folder.resolve("ca.pem"));
    own = authority.issue(folder.resolve("server"), "server", HOST);
  }

  @AfterEach
  void stop() {
    server.ifPresent(ServerProcess::close);
  }

  private ServerProcess start(String... more) {
    List<String> flags = new ArrayList<>();
    flags.addAll(List.of("--cert-file", own.certificate().toString()));
    flags.addAll(List.of("--key-file", own.key().toString()));
    flags.addAll(List.of(more));
    ServerProcess started = ServerProcess.start(Servers.underTest(), folder, flags);
    server = Optional.of(started);
    return started;
  }

  private ClientBuilder client(ServerProcess to) {
    return Client.at(to.clientUrl()).callTimeout(Duration.ofSeconds(5)).trusting(trusted);
  }

  private ClientBuilder client(ServerProcess to, Tls.KeyFiles shown) {
    return client(to).showing(shown.certificate(), shown.key());
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(WITHIN.toSeconds(), TimeUnit.SECONDS);
  }

  private static void assertServed(ClientBuilder builder) throws Exception {
    try (Client client = builder.open()) {
      get(client.put("k", "v"));
      assertThat(get(client.get("k"))).isPresent();
    }
  }

  private static void assertRefused(ClientBuilder builder) {
    try (Client client = builder.open()) {
      assertThatThrownBy(() -> get(client.put("k", "v")))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(ClientException.Unavailable.class);
    }
  }

  private static void awaitLine(ServerProcess of, String text) {
    Awaitility.await(text)
        .atMost(WITHIN)
        .until(() -> Files.readString(of.logFile()).contains(text));
  }

  @Test
  void whoTrustsTheServerIsServedAndWhoSpeaksInTheClearIsNot() throws Exception {
    ServerProcess plain = start();
    assertServed(client(plain));
    assertRefused(Client.at("http://" + plain.endpoint()).callTimeout(Duration.ofSeconds(2)));
    awaitLine(plain, "rejected connection on client endpoint");
    assertServed(client(plain));
  }

  @Test
  void withAnAuthorityClientsShowACertificateOfIt() throws Exception {
    Tls.KeyFiles good = authority.issue(folder.resolve("good"), "good");
    Tls.KeyFiles gone = authority.issue(folder.resolve("gone"), "gone");
    Tls.KeyFiles strange = new TestAuthority("other").issue(folder.resolve("strange"), "strange");
    Path list = authority.revoke(folder.resolve("revoked.crl"));
    ServerProcess asking =
        start("--trusted-ca-file", trusted.toString(), "--client-crl-file", list.toString());
    assertServed(client(asking, good));
    assertServed(client(asking, gone));
    assertRefused(client(asking));
    awaitLine(asking, "no certificate was given");
    assertRefused(client(asking, strange));
    awaitLine(asking, "signed by an unknown authority");
    // While it runs; who is connected stays so, as with etcd.
    authority.revoke(list, gone);
    assertRefused(client(asking, gone));
    awaitLine(asking, "revoked");
    assertServed(client(asking, good));
  }

  @Test
  void aRenewedCertificateIsShownToWhoComesNext() throws Exception {
    ServerProcess renewing = start();
    try (Client before = client(renewing).open()) {
      get(before.put("k", "v"));
      TestAuthority next = new TestAuthority("next");
      Tls.KeyFiles renewed = next.issue(folder.resolve("renewed"), "server", HOST);
      Path theirs = next.writeTo(folder.resolve("next.pem"));
      Files.move(renewed.key(), own.key(), StandardCopyOption.REPLACE_EXISTING);
      Files.move(renewed.certificate(), own.certificate(), StandardCopyOption.REPLACE_EXISTING);
      assertRefused(client(renewing));
      assertServed(client(renewing).trusting(theirs));
      get(before.put("k", "w"));
    }
  }

  private int status(ServerProcess of, HttpClient.Version version, String... protocols)
      throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (var in = Files.newInputStream(trusted)) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(protocols);
    HttpClient http =
        HttpClient.newBuilder()
            .sslContext(context)
            .sslParameters(parameters)
            .version(version)
            .build();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(of.clientUrl() + "/health")).timeout(WITHIN).build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.version()).isEqualTo(version);
    return answer.statusCode();
  }

  @Test
  void plainHttpOfBothVersionsIsServedOnTheSamePort() throws Exception {
    ServerProcess both = start();
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      assertThat(status(both, HttpClient.Version.HTTP_1_1, protocol)).isEqualTo(200);
      assertThat(status(both, HttpClient.Version.HTTP_2, protocol)).isEqualTo(200);
    }
  }

  @Test
  void versionsAndSuitesAreThoseOfTheFlags() throws Exception {
    ServerProcess modern = start("--tls-min-version", "TLS1.3");
    assertThat(status(modern, HttpClient.Version.HTTP_2, "TLSv1.3")).isEqualTo(200);
    assertThatThrownBy(() -> status(modern, HttpClient.Version.HTTP_2, "TLSv1.2"))
        .isInstanceOf(IOException.class);
    modern.close();
    ServerProcess old =
        start(
            "--tls-max-version",
            "TLS1.2",
            "--cipher-suites",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_RC4_128_SHA");
    assertThat(status(old, HttpClient.Version.HTTP_2, "TLSv1.2")).isEqualTo(200);
    assertThatThrownBy(() -> status(old, HttpClient.Version.HTTP_2, "TLSv1.3"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void etcdctlIsServed() throws Exception {
    Optional<Path> etcdctl = Servers.peer("etcdctl");
    if (etcdctl.isEmpty()) {
      Servers.leftOut("etcdctl over TLS", "QUORATE_PEERS is not set");
      return;
    }
    Tls.KeyFiles good = authority.issue(folder.resolve("good"), "good");
    ServerProcess asking = start("--client-cert-auth", "--trusted-ca-file", trusted.toString());
    List<String> line =
        List.of(
            etcdctl.get().toString(),
            "--endpoints=" + asking.clientUrl(),
            "--cacert=" + trusted,
            "--cert=" + good.certificate(),
            "--key=" + good.key(),
            "endpoint",
            "health");
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(said).contains("is healthy");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void aServerMakesItsCertificateWhereItIsAskedTo() throws Exception {
    ServerProcess made = ServerProcess.start(Servers.underTest(), folder, List.of("--auto-tls"));
    server = Optional.of(made);
    trusted = made.dataDir().resolve("fixtures/client/cert.pem");
    assertServed(client(made));
  }
}
