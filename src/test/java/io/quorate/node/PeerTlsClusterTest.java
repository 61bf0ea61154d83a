package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.tls.TestAuthority;
import io.quorate.tls.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whole members that only believe whom their authority vouches for. */
class PeerTlsClusterTest extends Members {
  private static final String HERE = "127.0.0.1";

  private TestAuthority authority = new TestAuthority("ours");
  private Path trusted = Path.of("");

  @BeforeEach
  void found() throws IOException {
    trusted = authority.writeTo(dir.resolve("ca.pem"));
    found(3);
  }

  @Override
  String scheme() {
    return "https";
  }

  @Override
  Tls tls(long id) throws IOException {
    return Tls.open(
        TestAuthority.mutual(authority.issue(dir.resolve("tls" + id), "m" + id, HERE), trusted));
  }

  @Test
  void membersElectReplicateAndTakeOthersIn() throws IOException {
    for (Node node : nodes.values()) {
      put(node, "k" + node.memberId(), "v");
    }
    members.put(4L, member(4, false));
    join(leader().cluster().changes().add(members.get(4L)));
    Node fourth = start(4, new ArrayList<>(members.values()), true);
    await().until(fourth::hasLeader);
    for (Node node : nodes.values()) {
      assertThat(keys(node)).containsExactly("k1=v", "k2=v", "k3=v");
    }
    long old = leader().memberId();
    stop(old);
    put(leader(), "k4", "v");
    assertThat(keys(leader())).hasSize(4);
  }

  @Test
  void anotherAuthorityTakesOverWithoutARestart() throws IOException {
    put(leader(), "a", "v");
    TestAuthority next = new TestAuthority("next");
    Path nextTrusted = next.writeTo(dir.resolve("next.pem"));
    // First all believe both, then all show the new one, then nobody believes the old one.
    Path both = dir.resolve("both.pem");
    Files.writeString(both, Files.readString(trusted) + Files.readString(nextTrusted));
    Files.copy(both, trusted, StandardCopyOption.REPLACE_EXISTING);
    authority = next;
    for (long id = 1; id <= 3; id++) {
      next.issue(dir.resolve("tls" + id), "m" + id, HERE);
    }
    Files.copy(nextTrusted, trusted, StandardCopyOption.REPLACE_EXISTING);
    long restarted = leader().memberId();
    stop(restarted);
    put(leader(), "b", "v");
    Node back = start(restarted, List.of(), false);
    await().until(back::hasLeader);
    assertThat(keys(back)).containsExactly("a=v", "b=v");
  }

  @Test
  void whoAsksTheRosterNeedsACertificateToo() throws IOException {
    List<String> urls = members.get(1L).peerUrls();
    Duration patience = Duration.ofSeconds(5);
    assertThat(Roster.fetch(urls, new Roster.Way(tls(9), patience)).orElseThrow().members())
        .hasSize(3);
    assertThat(Roster.fetch(urls, new Roster.Way(Tls.none(), patience))).isEmpty();
  }
}
