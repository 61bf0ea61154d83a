package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.tls.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Endpoints that speak TLS. */
class CertificatesTest {
  @TempDir private Path dir;
  private final TestAuthority authority = new TestAuthority("authority");
  private final FakeStore store = new FakeStore();
  private Path trusted = Path.of("");

  @BeforeEach
  void trust() throws IOException {
    trusted = authority.writeTo(dir.resolve("ca.pem"));
  }

  private static ClientBuilder at(FakeMember member) {
    return Client.at("https://" + member.endpoint())
        .withoutMemberSync()
        .callTimeout(Duration.ofSeconds(2));
  }

  private static void assertUnavailable(ClientBuilder builder, String why) {
    try (Client client = builder.open()) {
      assertThat(Calls.failure(client.put("k", "v")))
          .isExactlyInstanceOf(ClientException.Unavailable.class)
          .hasMessageContaining("https://127.0.0.1:")
          .hasMessageContaining(why);
    }
  }

  @Test
  void memberWithCertificateOfTrustedAuthorityIsAsked() throws IOException {
    try (FakeMember member =
            new FakeMember(store, authority.issue(dir.resolve("m"), "m", "127.0.0.1"));
        Client client = at(member).callTimeout(Calls.PATIENCE).trusting(trusted).open()) {
      Calls.get(client.put("k", "v"));
    }
  }

  @Test
  void memberOfAnotherAuthorityIsNot() throws IOException {
    TestAuthority other = new TestAuthority("other");
    try (FakeMember member =
        new FakeMember(store, other.issue(dir.resolve("m"), "m", "127.0.0.1"))) {
      assertUnavailable(at(member).trusting(trusted), "TLS handshake failed");
      assertUnavailable(at(member), "TLS handshake failed");
    }
  }

  @Test
  void memberWithAnotherNameIsNotUnlessThatIsExpected() throws IOException {
    try (FakeMember member =
        new FakeMember(store, authority.issue(dir.resolve("m"), "m", "etcd.example"))) {
      assertUnavailable(at(member).trusting(trusted), "TLS handshake failed");
      try (Client client =
          at(member)
              .callTimeout(Calls.PATIENCE)
              .trusting(trusted)
              .expecting("etcd.example")
              .open()) {
        Calls.get(client.put("k", "v"));
      }
      assertUnavailable(
          at(member).trusting(trusted).expecting("other.example"), "TLS handshake failed");
    }
  }

  @Test
  void memberThatSpeaksInTheClearIsNot() {
    try (FakeMember member = new FakeMember(store)) {
      assertUnavailable(at(member).trusting(trusted), "");
    }
  }

  @Test
  void memberThatSpeaksTlsIsNotAskedInTheClear() throws IOException {
    try (FakeMember member =
            new FakeMember(store, authority.issue(dir.resolve("m"), "m", "127.0.0.1"));
        Client client =
            Client.at(member.endpoint())
                .withoutMemberSync()
                .callTimeout(Duration.ofSeconds(1))
                .open()) {
      assertThat(Calls.failure(client.get("k")))
          .isExactlyInstanceOf(ClientException.Unavailable.class);
    }
  }

  @Test
  void filesThatAreOfNoUseAreRefusedAtOnce() throws IOException {
    Path empty = Files.writeString(dir.resolve("empty.pem"), "");
    Path absent = dir.resolve("absent.pem");
    for (Path file : new Path[] {absent, empty}) {
      assertThatThrownBy(() -> Client.at("https://127.0.0.1:1").trusting(file).open().close())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(file.toString());
      assertThatThrownBy(() -> Client.at("https://127.0.0.1:1").showing(file, file).open().close())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(file.toString());
    }
  }
}
