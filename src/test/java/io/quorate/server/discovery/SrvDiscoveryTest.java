package io.quorate.server.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over real DNS messages; the texts are those that etcd 3.7.3 gave to the same records. */
class SrvDiscoveryTest {
  private static final Own OWN =
      new Own("http", "h1.hosts.test", 2380, "http://h1.hosts.test:2380");

  private StubDns dns;

  @BeforeEach
  void know() throws IOException {
    dns = new StubDns();
    dns.a("h1.hosts.test", "10.0.0.1").a("h2.hosts.test", "10.0.0.2");
    for (String service :
        List.of("_etcd-server._tcp.hosts.test", "_etcd-server-ssl._tcp.mix.test")) {
      dns.srv(service, 0, "h1.hosts.test.", 2380).srv(service, 0, "h2.hosts.test.", 2380);
    }
  }

  @AfterEach
  void close() {
    dns.close();
  }

  @Test
  void namesThisMemberAndNumbersTheOthers() throws Exception {
    assertThat(find("m1", "hosts.test", "", OWN))
        .containsExactly("m1=http://h1.hosts.test:2380", "0=http://h2.hosts.test:2380");
    assertThat(find("m2", "hosts.test", "", new Own("http", "10.0.0.2", 2380, "")))
        .as("matched by address")
        .containsExactly("0=http://h1.hosts.test:2380", "m2=http://h2.hosts.test:2380");
  }

  @Test
  void takesTlsAndPlainServicesTogether() throws Exception {
    dns.srv("_etcd-server-ssl._tcp.both.test", 1, "h2.hosts.test.", 2380)
        .srv("_etcd-server._tcp.both.test", 1, "h1.hosts.test.", 2380);
    assertThat(find("m1", "both.test", "", OWN))
        .containsExactly("0=https://h2.hosts.test:2380", "m1=http://h1.hosts.test:2380");
  }

  @Test
  void asksForTheServiceWithTheSuffix() throws Exception {
    dns.srv("_etcd-server-foo._tcp.hosts.test", 0, "h1.hosts.test.", 2380);
    assertThat(find("m1", "hosts.test", "foo", OWN))
        .containsExactly("m1=http://h1.hosts.test:2380");
  }

  @Test
  void leavesOutWhomNobodyCanResolveAndWhoeverSpeaksTheOtherScheme() throws Exception {
    dns.srv("_etcd-server._tcp.hosts.test", 0, "h3.hosts.test.", 2380);
    assertThat(find("m1", "hosts.test", "", OWN)).hasSize(2);
    refused("m1", "mix.test", "", OWN, "cannot find local etcd member \"m1\" in SRV records");
  }

  @Test
  void refusesAsEtcdDoes() throws IOException {
    refused(
        "m9",
        "hosts.test",
        "",
        new Own("http", "10.0.0.9", 2380, ""),
        "cannot find local etcd member \"m9\" in SRV records");
    refused(
        "m1",
        "none.test",
        "",
        OWN,
        "error querying DNS SRV records for _etcd-server-ssl lookup"
            + " _etcd-server-ssl._tcp.none.test on SERVER: no such host\n"
            + "error querying DNS SRV records for _etcd-server lookup"
            + " _etcd-server._tcp.none.test on SERVER: no such host");
    refused(
        "m1",
        "hosts.test",
        "",
        new Own("http", "nope.hosts.test", 2380, ""),
        "lookup nope.hosts.test on SERVER: no such host\n"
            + "lookup nope.hosts.test on SERVER: no such host");
    dns.srv("_etcd-server-ssl._tcp.tls.test", 0, "h1.hosts.test.", 2380);
    refused(
        "m1",
        "tls.test",
        "",
        OWN,
        "error querying DNS SRV records for _etcd-server-ssl bootstrap at"
            + " https://h1.hosts.test:2380 from DNS for etcd-server-ssl has scheme mismatch with"
            + " expected peer http://h1.hosts.test:2380\n"
            + "error querying DNS SRV records for _etcd-server lookup"
            + " _etcd-server._tcp.tls.test on SERVER: no such host");
  }

  @Test
  void saysThatAServerDoesNotAnswer() {
    String gone = dns.server();
    dns.close();
    assertThatThrownBy(() -> find(gone, "m1", "hosts.test", "", new Own("http", "::1", 2380, "")))
        .isInstanceOf(DiscoveryException.class)
        .hasMessageContaining("_etcd-server._tcp.hosts.test on " + gone + ": ");
  }

  private void refused(String name, String domain, String suffix, Own own, String text) {
    assertThatThrownBy(() -> find(name, domain, suffix, own))
        .isInstanceOf(DiscoveryException.class)
        .hasMessage(text.replace("SERVER", dns.server()));
  }

  private List<String> find(String name, String domain, String suffix, Own own)
      throws DiscoveryException {
    return find(dns.server(), name, domain, suffix, own);
  }

  private static List<String> find(
      String server, String name, String domain, String suffix, Own own) throws DiscoveryException {
    DiscoverySettings settings =
        new DiscoverySettings(
            server, Duration.ofSeconds(5), Duration.ofMillis(100), ConfigFactory.empty());
    return new SrvDiscovery(settings, name, List.of(own))
        .find(domain, suffix).stream().map(Peer::toString).toList();
  }
}
