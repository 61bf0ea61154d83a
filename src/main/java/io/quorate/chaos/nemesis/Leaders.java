package io.quorate.chaos.nemesis;

import io.quorate.chaos.cluster.Seat;
import io.quorate.chaos.history.Fact;
import io.quorate.chaos.workload.Recorder;
import io.quorate.client.Client;
import io.quorate.client.Maintenance;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks each member again and again whom it takes for the leader, past all faults of the network,
 * and writes down what changes. Safe for threads.
 */
final class Leaders implements AutoCloseable {
  private static final Duration ASK_EVERY = Duration.ofMillis(100);
  private static final Duration ANSWER_WITHIN = Duration.ofMillis(400);

  /** What a member said last. */
  private record Said(long memberId, boolean isLearner, Maintenance.Raft raft) {
    boolean leads() {
      return raft.leaderId() != 0 && raft.leaderId() == memberId;
    }

    boolean saysOtherThan(@Nullable Said before) {
      return before == null
          || before.raft().leaderId() != raft.leaderId()
          || before.raft().term() != raft.term();
    }
  }

  private final Supplier<List<Seat>> members;
  private final Recorder recorder;
  private final Map<String, Client> clients = new HashMap<>();
  private final Map<String, Said> said = new ConcurrentHashMap<>();
  private final Map<Long, String> names = new ConcurrentHashMap<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread thread;

  Leaders(Supplier<List<Seat>> members, Recorder recorder) {
    this.members = members;
    this.recorder = recorder;
    this.thread = new Thread(this::work, "chaos-leaders");
    thread.setDaemon(true);
    thread.start();
  }

  private void work() {
    try {
      do {
        for (Seat member : members.get()) {
          ask(member);
        }
      } while (!over.await(ASK_EVERY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    clients.values().forEach(Client::close);
  }

  private void ask(Seat member) {
    Client client =
        clients.computeIfAbsent(
            member.name(),
            name ->
                Client.at(member.endpoint())
                    .withoutMemberSync()
                    .callTimeout(ANSWER_WITHIN)
                    .attemptTimeout(ANSWER_WITHIN)
                    .open());
    try {
      Maintenance.Status status = client.maintenance().status().toCompletableFuture().join();
      names.put(status.memberId(), member.name());
      said(member.name(), new Said(status.memberId(), status.isLearner(), status.raft()));
    } catch (CompletionException silent) {
      said.remove(member.name());
    }
  }

  private void said(String member, Said now) {
    if (now.saysOtherThan(said.put(member, now))) {
      String leader = names.getOrDefault(now.raft().leaderId(), "");
      recorder.tell(new Fact.Leader(recorder.now(), member, leader, now.raft().term()));
    }
  }

  /** The member that says of itself that it leads, in the newest term; it may be out of date. */
  Optional<String> leader() {
    return said.entrySet().stream()
        .filter(each -> each.getValue().leads())
        .max(
            Map.Entry.comparingByValue(Comparator.comparingLong((Said each) -> each.raft().term())))
        .map(Map.Entry::getKey);
  }

  /** The newest entry that any member knows to be committed. */
  long newestIndex() {
    return said.values().stream().mapToLong(each -> each.raft().index()).max().orElse(0);
  }

  /**
   * Whether all these members answer, vote, agree about who leads, and have applied all up to
   * {@code index}: only then another one of them may be lost.
   */
  boolean areWell(List<String> all, long index) {
    List<Said> answers = all.stream().map(said::get).filter(Objects::nonNull).toList();
    return answers.size() == all.size()
        && answers.stream().map(each -> each.raft().leaderId()).distinct().count() == 1
        && answers.get(0).raft().leaderId() != 0
        && answers.stream().noneMatch(Said::isLearner)
        && answers.stream().allMatch(each -> each.raft().appliedIndex() >= index);
  }

  /** The id by which the members know one of them, if it has said it. */
  Optional<Long> id(String member) {
    return Optional.ofNullable(said.get(member)).map(Said::memberId);
  }

  @Override
  public void close() {
    over.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
