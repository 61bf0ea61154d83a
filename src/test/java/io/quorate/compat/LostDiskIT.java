package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member of three whose data directory is emptied, while clients go on writing. */
class LostDiskIT {
  private static final int MEMBERS = 3;
  private static final Duration WITHIN = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong written = new AtomicLong();

  @Test
  void isRefusedUnderItsIdAndReplacedWhereThatIsAskedFor() throws Exception {
    List<ServerProcess> servers =
        ServerProcess.cluster(
            MEMBERS, Servers.underTest(), folder, List.of("--replace-lost-member"));
    Thread writer = new Thread(() -> write(servers.get(0)));
    try {
      ServerProcess.startAll(servers);
      writer.start();
      awaitWritten(100);
      ServerProcess lost = servers.get(MEMBERS - 1);
      long id = Calls.memberId(lost);
      lost.kill();
      empty(lost.dataDir());
      assertThatThrownBy(lost.withFlags(List.of("--replace-lost-member=false"))::start)
          .hasMessageContaining(
              "member " + Long.toHexString(id) + " has already been bootstrapped");
      assertThat(Files.exists(lost.dataDir().resolve("member/identity"))).isFalse();
      awaitWritten(written.get() + 100);
      lost.start();
      assertThat(Calls.memberId(lost)).isNotEqualTo(id);
      Awaitility.await("promotion").atMost(WITHIN).until(() -> !Calls.isLearner(lost));
      awaitWritten(written.get() + 100);
      over.set(true);
      writer.join();
      assertThat(Calls.hash(lost)).isEqualTo(Calls.hash(servers.get(0)));
      // It votes: with one of the others gone there is still a quorum.
      servers.get(1).kill();
      put(lost, "after", "that");
      lost.terminate();
      lost.start();
      put(lost, "after", "a restart");
    } finally {
      over.set(true);
      servers.forEach(ServerProcess::close);
    }
  }

  /** It begins as a founder, since nobody is there who could tell it otherwise. */
  @Test
  void isReplacedAlsoWhenItIsBackBeforeTheOthers() throws Exception {
    List<ServerProcess> servers =
        ServerProcess.cluster(
            MEMBERS, Servers.underTest(), folder, List.of("--replace-lost-member"));
    try {
      ServerProcess.startAll(servers);
      put(servers.get(0), "k", "v");
      ServerProcess lost = servers.get(MEMBERS - 1);
      long id = Calls.memberId(lost);
      servers.forEach(ServerProcess::kill);
      empty(lost.dataDir());
      CompletableFuture<Void> back = CompletableFuture.runAsync(lost::start);
      Awaitility.await("its beginning")
          .atMost(WITHIN)
          .until(() -> Files.exists(lost.dataDir().resolve("member/identity")));
      ServerProcess.startAll(servers.subList(0, MEMBERS - 1));
      back.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
      assertThat(Calls.memberId(lost)).isNotEqualTo(id);
      Awaitility.await("promotion").atMost(WITHIN).until(() -> !Calls.isLearner(lost));
      assertThat(Calls.hash(lost)).isEqualTo(Calls.hash(servers.get(0)));
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  private void awaitWritten(long least) {
    Awaitility.await(least + " writes").atMost(WITHIN).until(() -> written.get() >= least);
  }

  private void write(ServerProcess server) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      for (int i = 0; !over.get(); i++) {
        try {
          client.call(EtcdClient.PUT, Calls.putOf("k" + i % 100, "v" + i));
          written.incrementAndGet();
        } catch (StatusRuntimeException e) {
          // The leader was lost; the next one is tried.
        }
      }
    }
  }

  private static void put(ServerProcess server, String key, String value) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      Awaitility.await("a write at " + server.endpoint())
          .atMost(WITHIN)
          .ignoreException(StatusRuntimeException.class)
          .until(() -> client.call(EtcdClient.PUT, Calls.putOf(key, value)).hasHeader());
    }
  }

  private static void empty(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
