package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With members that are shell scripts and only say that they are ready. */
class MemberTest {
  private static final String READY = "echo '{\"msg\":\"" + Member.READY + "\"}'; ";

  @TempDir Path folder;

  private LocalCluster cluster;

  private LocalCluster cluster(int members, String script) throws IOException {
    Program program =
        new Program(List.of("sh", "-c", script, "sh"), Program.Kind.QUORATE, "of a test");
    cluster = LocalCluster.create(folder, LocalCluster.Setup.of(program, members, 1).withDisks(0));
    return cluster;
  }

  @AfterEach
  void close() throws IOException {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void isStartedWithTheFlagsOfEtcdAndTheDoorsOfTheNetwork() throws IOException {
    List<Member> members = cluster(2, "echo \"$@\"; " + READY + "exec sleep 1000").members();
    cluster.startAll();
    Member first = members.get(0);
    assertThat(first.logEnd())
        .contains("--name m1 --data-dir " + first.dataDir())
        .contains("--listen-client-urls " + first.directEndpoint())
        .contains("--advertise-client-urls " + first.endpoint())
        .contains("--initial-advertise-peer-urls " + first.peerUrl())
        .contains("m1=" + first.peerUrl() + ",m2=" + members.get(1).peerUrl())
        .contains("--initial-cluster-state new")
        .contains("--fleet-port ");
    assertThat(first.endpoint()).isNotEqualTo(first.directEndpoint());
  }

  @Test
  void pauseIsSeenAndTakenBack() throws IOException {
    Member member = cluster(1, READY + "exec sleep 1000").members().get(0);
    member.start();
    assertThat(member.isPaused()).isFalse();
    member.pause();
    assertThat(member.isPaused()).isTrue();
    assertThat(Processes.states(member.pid())).containsOnly("T");
    member.resume();
    assertThat(member.isPaused()).isFalse();
    assertThat(member.isAlive()).isTrue();
  }

  @Test
  void killEndsOneThatIsPausedAndTerminateOneThatIsNot() throws IOException {
    Member member = cluster(1, READY + "exec sleep 1000").members().get(0);
    member.start();
    member.pause();
    member.kill();
    assertThat(member.isAlive()).isFalse();
    assertThat(member.exitStatus()).hasValue(128 + 9);
    member.start();
    member.terminate();
    assertThat(member.exitStatus()).hasValue(128 + 15);
  }

  @Test
  void saysWhatItPrintedWhenItEndsBeforeItIsReady() throws IOException {
    Member member = cluster(1, "echo it is broken; exit 3").members().get(0);
    assertThatThrownBy(member::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("m1 ended before it was ready")
        .hasMessageContaining("it is broken");
    assertThat(member.exitStatus()).hasValue(3);
  }

  @Test
  void readyOfAnEarlierRunDoesNotCount() throws IOException {
    String once = "[ -e \"$4\" ] && exit 4; mkdir -p \"$4\"; " + READY + "exec sleep 1000";
    Member member = cluster(1, once).members().get(0);
    member.start();
    member.kill();
    assertThatThrownBy(member::start).hasMessageContaining("ended before it was ready");
  }

  @Test
  void saysThatItIsNotReadyInTime() throws IOException {
    Member member = cluster(1, "exec sleep 1000").members().get(0);
    member.launch();
    assertThatThrownBy(() -> member.awaitReady(Duration.ofMillis(100)))
        .hasMessageContaining("m1 is not ready within PT0.1S");
    assertThatThrownBy(member::launch).hasMessage("m1 runs already");
  }

  @Test
  void filesAreNotTurnedUnderAMemberThatRuns() throws IOException {
    Member member = cluster(1, READY + "exec sleep 1000").members().get(0);
    member.start();
    assertThatThrownBy(() -> member.flip(BitFlip.Where.LOG, new SeededRandom(1)))
        .hasMessageContaining("m1 runs");
  }

  @Test
  void plainFoldersSayWhatTheyCannotDo() throws IOException {
    Member member = cluster(1, READY + "exec sleep 1000").members().get(0);
    String why = "the disk is a plain folder: none was asked for";
    assertThat(member.disk().missing()).hasValue(why);
    assertThatThrownBy(() -> member.disk().fill()).hasMessage(why);
    assertThatThrownBy(() -> member.disk().freeze(Duration.ofSeconds(1))).hasMessage(why);
    assertThatThrownBy(() -> cluster.cutPower(List.of(member))).hasMessage(why);
  }

  @Test
  void membersComeAndGo() throws IOException {
    cluster(2, "echo \"$@\"; " + READY + "exec sleep 1000");
    cluster.startAll();
    Member third = cluster.add();
    third.start();
    assertThat(third.name()).isEqualTo("m3");
    assertThat(third.logEnd())
        .contains("--initial-cluster-state existing")
        .contains("m1=" + cluster.member("m1").peerUrl())
        .contains("m3=" + third.peerUrl());
    cluster.forget(third);
    assertThat(third.isAlive()).isFalse();
    assertThat(cluster.members()).extracting(Member::name).containsExactly("m1", "m2");
    assertThatThrownBy(() -> cluster.network().block("m1", "m3"))
        .hasMessageContaining("m3 is not in the network");
  }

  @Test
  void closeLeavesNothingAndIsFinal() throws IOException {
    cluster(2, READY + "exec sleep 1000");
    cluster.startAll();
    List<Member> members = cluster.members();
    cluster.close();
    assertThat(members).noneMatch(Member::isAlive);
    assertThatThrownBy(members.get(0)::launch).hasMessage("m1 is closed");
  }

  @Test
  void sweepEndsWhatAKilledHarnessLeft() throws Exception {
    Member member = cluster(1, READY + "exec sleep 1000").members().get(0);
    member.start();
    // To the sweep it makes no difference whether the harness that started it is still there.
    assertThat(LocalCluster.sweep(folder)).containsExactly("killed process " + member.pid());
    Awaitility.await().until(() -> !member.isAlive());
    assertThat(LocalCluster.sweep(folder)).isEmpty();
  }

  @Test
  void sweepSparesAnotherProcessOfThatPid() throws Exception {
    Member member = cluster(1, READY + "exec sleep 1000").members().get(0);
    member.start();
    Path file = folder.resolve("m1").resolve(Member.PID_FILE);
    Files.writeString(file, member.pid() + " 1");
    assertThat(LocalCluster.sweep(folder)).isEmpty();
    assertThat(member.isAlive()).isTrue();
  }
}
