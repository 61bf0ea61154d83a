package io.quorate.node;

import static io.quorate.journal.RecoveredLogTest.entries;
import static io.quorate.journal.RecoveredLogTest.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.quorate.base.Membership;
import io.quorate.journal.CorruptJournalException;
import io.quorate.journal.FileJournals;
import io.quorate.journal.LogContent;
import io.quorate.journal.LogReader;
import io.quorate.journal.SegmentedLog;
import io.quorate.raft.HardState;
import io.quorate.raft.LogOutline;
import io.quorate.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorIdentity;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Identify;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.pattern.Patterns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalActorTest {
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final String PLUGIN = "quorate.journal";
  private static final long NO_BOUND = Long.MAX_VALUE;

  @TempDir Path directory;

  /** One life of a member. */
  private final class Member {
    private final ActorSystem system;
    private final TestProbe<JournalActor.Notice> probe;
    private final ActorRef actor;

    Member(ActorSystem system, long appliedIndex, long tailBytesMax) {
      this.system = system;
      this.probe = TestProbe.create(Adapter.toTyped(system));
      JournalActor.Settings settings = new JournalActor.Settings(0, appliedIndex, tailBytesMax);
      this.actor = system.actorOf(JournalActor.props(settings, probe.getRef()), "journal-0");
    }

    LogContent recovered() {
      return probe.expectMessageClass(JournalActor.Recovered.class, WAIT).log();
    }

    void tell(JournalActor.Request request) {
      actor.tell(request, ActorRef.noSender());
    }

    void append(long ticket, long term, long first, long last) {
      tell(
          new JournalActor.Append(
              ticket, new HardState(term, 1, 0), first, entries(term, first, last)));
    }

    void expectPersisted(long ticket) {
      assertThat(probe.receiveMessage(WAIT)).isEqualTo(new JournalActor.Persisted(ticket));
    }

    SegmentedLog log() {
      SegmentedLog log = journals().log(PLUGIN);
      assertThat(log).isNotNull();
      return log;
    }

    FileJournals journals() {
      return FileJournals.get(system);
    }

    /** Returns once the actor has taken all messages sent so far. */
    void awaitTaken() throws Exception {
      Object answer = Patterns.ask(actor, new Identify(1), WAIT).toCompletableFuture().get();
      assertThat(answer).isInstanceOf(ActorIdentity.class);
    }
  }

  @Test
  void recoversNothingFromNothing() {
    run(
        member ->
            assertThat(member.recovered())
                .isEqualTo(
                    new LogContent(HardState.INITIAL, LogOutline.of(0, 0), List.of(), null, 0)));
  }

  @Test
  void recoversWhatWasConfirmed() {
    Membership members = Membership.of(Set.of(1L, 2L, 3L));
    run(
        member -> {
          member.recovered();
          member.append(1, 1, 1, 5);
          member.tell(new JournalActor.NoteMembers(2, members));
          member.append(2, 2, 4, 6);
          member.tell(new JournalActor.Append(3, new HardState(3, 2, 5), 7, List.of()));
          member.expectPersisted(1);
          member.expectPersisted(2);
          member.expectPersisted(3);
        });
    run(
        member -> {
          LogContent recovered = member.recovered();
          assertThat(recovered.hardState()).isEqualTo(new HardState(3, 2, 5));
          assertThat(recovered.entries())
              .isEqualTo(
                  Stream.concat(entries(1, 1, 3).stream(), entries(2, 4, 6).stream()).toList());
          assertThat(recovered.members()).isEqualTo(members);
          assertThat(recovered.membersIndex()).isEqualTo(2);
        });
  }

  @Test
  void takesASnapshotInPlaceOfTheLog() {
    Membership members = Membership.of(Set.of(7L));
    run(
        member -> {
          member.recovered();
          member.append(1, 1, 1, 5);
          member.tell(
              new JournalActor.Reset(2, new HardState(4, 0, 90), new SnapshotMeta(90, 3, members)));
          member.append(3, 4, 91, 92);
          member.expectPersisted(1);
          member.expectPersisted(2);
          member.expectPersisted(3);
        });
    run(
        member ->
            assertThat(member.recovered())
                .isEqualTo(
                    new LogContent(
                        new HardState(4, 1, 0),
                        LogOutline.of(90, 3),
                        entries(4, 91, 92),
                        members,
                        90)));
  }

  @Test
  void whatArrivesDuringAWriteGoesIntoTheNextOne() {
    run(
        member -> {
          member.recovered();
          AtomicInteger syncs = new AtomicInteger();
          CountDownLatch firstSynced = new CountDownLatch(1);
          CountDownLatch goOn = new CountDownLatch(1);
          member
              .log()
              .observeSyncs(
                  nanos -> {
                    syncs.incrementAndGet();
                    firstSynced.countDown();
                    awaitLatch(goOn);
                  });
          member.append(1, 1, 1, 1);
          awaitLatch(firstSynced);
          for (int index = 2; index <= 200; index++) {
            member.append(index, 1, index, index);
          }
          try {
            member.awaitTaken();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          goOn.countDown();
          for (int ticket = 1; ticket <= 200; ticket++) {
            member.expectPersisted(ticket);
          }
          assertThat(syncs).hasValue(2);
        });
    run(member -> assertThat(member.recovered().entries()).isEqualTo(entries(1, 1, 200)));
  }

  @Test
  void compactsWholeSegmentsAndReadsTheRestBack() {
    run(
        member -> {
          member.recovered();
          for (int index = 1; index <= 500; index++) {
            member.append(index, 1, index, index);
            member.expectPersisted(index);
          }
          member.tell(new JournalActor.CompactTo(300));
          LogReader reader = member.journals().reader(PLUGIN, 0);
          assertThat(reader).isNotNull();
          await()
              .atMost(WAIT)
              .untilAsserted(() -> assertThat(reader.firstIndex()).isBetween(200L, 301L));
          await()
              .atMost(WAIT)
              .until(() -> Files.exists(directory.resolve("journal").resolve("synced")));
          try {
            assertThat(reader.read(301, 500, NO_BOUND)).isEqualTo(entries(1, 301, 500));
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    run(
        300,
        NO_BOUND,
        member -> {
          LogContent recovered = member.recovered();
          assertThat(recovered.prevIndex()).isBetween(200L, 300L);
          assertThat(recovered.before().prevTerm()).isEqualTo(1);
          assertThat(recovered.entries()).isEqualTo(entries(1, recovered.prevIndex() + 1, 500));
          member.append(1, 1, 501, 501);
          member.expectPersisted(1);
        });
  }

  @Test
  void recoversOnlyTheTailOfALongLog() {
    run(
        member -> {
          member.recovered();
          member.append(1, 1, 1, 100_000);
          member.append(2, 1, 100_001, 200_000);
          member.expectPersisted(1);
          member.expectPersisted(2);
        });
    run(
        199_000,
        3200,
        member -> {
          LogContent recovered = member.recovered();
          assertThat(recovered.prevIndex()).isEqualTo(199_000);
          assertThat(recovered.lastIndex()).isEqualTo(200_000);
          assertThat(recovered.entries()).hasSizeBetween(1, 100).endsWith(entry(1, 200_000));
        });
  }

  @Test
  void saysWhyTheJournalCannotBeRead() throws IOException {
    run(
        member -> {
          member.recovered();
          member.append(1, 1, 1, 5);
          member.expectPersisted(1);
          member.append(2, 1, 6, 6);
          member.expectPersisted(2);
        });
    Path segment;
    try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
      segment = files.filter(file -> file.toString().endsWith(".log")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(segment);
    bytes[200] ^= 1;
    Files.write(segment, bytes);
    run(
        member -> {
          Throwable cause =
              member.probe.expectMessageClass(JournalActor.Failed.class, WAIT).cause();
          assertThat(cause)
              .isInstanceOf(CorruptJournalException.class)
              .hasMessageContaining(segment.toString());
          member.probe.expectTerminated(Adapter.toTyped(member.actor), WAIT);
        });
  }

  @Test
  void stopsWhenAWriteFails() {
    run(
        member -> {
          member.recovered();
          member.append(1, 1, 1, 1);
          member.expectPersisted(1);
          try {
            member.log().close();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
          member.append(2, 1, 2, 2);
          member.append(3, 1, 3, 3);
          assertThat(member.probe.receiveMessage(WAIT)).isInstanceOf(JournalActor.Failed.class);
          member.probe.expectTerminated(Adapter.toTyped(member.actor), WAIT);
        });
  }

  @Test
  void stopsWhenAWriteIsTooLarge() {
    run(
        member -> {
          member.recovered();
          member.append(1, 1, 1, 2_000_000);
          JournalActor.Failed failed =
              member.probe.expectMessageClass(JournalActor.Failed.class, WAIT);
          assertThat(failed.cause()).hasMessageContaining("at most");
          member.probe.expectTerminated(Adapter.toTyped(member.actor), WAIT);
        });
  }

  private void run(Consumer<Member> life) {
    run(0, NO_BOUND, life);
  }

  private void run(long appliedIndex, long tailBytesMax, Consumer<Member> life) {
    ActorSystem system = ActorSystem.create("journal-actor", config());
    try {
      life.accept(new Member(system, appliedIndex, tailBytesMax));
    } finally {
      ActorTestKit.shutdown(Adapter.toTyped(system));
    }
  }

  private Config config() {
    return ConfigFactory.parseMap(
            Map.of(
                "quorate.journal.dir", directory.resolve("journal").toString(),
                // A thread besides the writer's, so that the actor answers while a write waits.
                "quorate.journal.actor-dispatcher", "pekko.actor.default-dispatcher",
                "quorate.journal.segment-size", "8 KiB",
                "quorate.journal.record-size-max", "8 MiB",
                "pekko.loglevel", "WARNING"))
        .withFallback(ConfigFactory.load());
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(WAIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
