package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.quorate.proto.etcd.CompactionRequest;
import io.quorate.proto.etcd.HashKVRequest;
import io.quorate.proto.etcd.HashKVResponse;
import io.quorate.proto.etcd.RangeRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same random operations on the server under test and on the reference: every answer is equal,
 * and so is HashKV at several revisions, below, at and above compactions and after a restart.
 *
 * <p>{@code -Dcompat.seeds=100} runs so many seeds, {@code -Dcompat.seed=7} begins at this one,
 * {@code -Dcompat.operations} sets how many operations a seed is.
 */
class HashKvDifferentialIT {
  private static final int CHECK_EVERY = 500;

  /** Pairs of servers at a time: most of a seed is waiting for disks. */
  private static final int BESIDE = 4;

  @TempDir Path folder;

  private final ExecutorService pool = Executors.newFixedThreadPool(BESIDE);

  @AfterEach
  void end() {
    pool.shutdownNow();
  }

  @TestFactory
  List<DynamicTest> answersAndHashesAreTheReferences() {
    if (Servers.reference().isEmpty()) {
      Servers.leftOut("HashKV beside the reference's", "QUORATE_PEERS is not set");
      return List.of();
    }
    int first = Servers.number("compat.seed", 1);
    List<DynamicTest> tests = new ArrayList<>();
    for (int seed = first; seed < first + Servers.number("compat.seeds", 1); seed++) {
      long current = seed;
      Future<Void> running = pool.submit(() -> run(current));
      tests.add(DynamicTest.dynamicTest("seed " + seed, running::get));
    }
    return tests;
  }

  private @Nullable Void run(long seed) throws Exception {
    Path ours = Files.createDirectories(folder.resolve("ours-" + seed));
    Path theirs = Files.createDirectories(folder.resolve("reference-" + seed));
    try (ServerProcess tested = ServerProcess.start(Servers.underTest(), ours, List.of());
        ServerProcess reference =
            ServerProcess.start(Servers.reference().orElseThrow(), theirs, List.of())) {
      try (EtcdClient left = new EtcdClient(tested.endpoint());
          EtcdClient right = new EtcdClient(reference.endpoint())) {
        operate(seed, left, right);
      }
      // Both, as a start forgets the hash that the last compaction took.
      tested.kill();
      tested.start();
      reference.kill();
      reference.start();
      try (EtcdClient left = new EtcdClient(tested.endpoint());
          EtcdClient right = new EtcdClient(reference.endpoint())) {
        compareHashes(seed, -1, left, right);
      }
    }
    return null;
  }

  private static void operate(long seed, EtcdClient left, EtcdClient right) {
    RandomOperations operations = new RandomOperations(seed);
    long revision = 1;
    int count = Servers.number("compat.operations", 10_000);
    for (int i = 0; i < count; i++) {
      RandomOperations.Operation operation = operations.next(revision);
      CompletableFuture<String> ours = answer(left, operation);
      String theirs = answer(right, operation).join();
      assertThat(ours.join())
          .as("seed %d operation %d: %s", seed, i, operation.request())
          .isEqualTo(theirs);
      if (i % CHECK_EVERY == CHECK_EVERY - 1) {
        revision = compareHashes(seed, i, left, right);
      }
    }
    // A compaction at the newest revision, and the hash that it took.
    CompactionRequest last =
        CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build();
    var compaction = new RandomOperations.Operation(EtcdClient.COMPACT, last);
    assertThat(answer(left, compaction).join()).isEqualTo(answer(right, compaction).join());
    compareHashes(seed, count, left, right);
  }

  /** Hashes at the newest revision and at some below it; returns the newest. */
  private static long compareHashes(long seed, int at, EtcdClient left, EtcdClient right) {
    HashKVResponse newest = left.call(EtcdClient.HASH_KV, HashKVRequest.getDefaultInstance());
    long revision = newest.getHeader().getRevision();
    long compacted = Math.max(1, newest.getCompactRevision());
    List<Long> revisions = new ArrayList<>(List.of(0L, revision, revision - 1, revision - 20));
    revisions.addAll(List.of(compacted + 1, (compacted + revision) / 2, compacted));
    for (long asked : revisions) {
      HashKVRequest request = HashKVRequest.newBuilder().setRevision(Math.max(0, asked)).build();
      var hash = new RandomOperations.Operation(EtcdClient.HASH_KV, request);
      assertThat(answer(left, hash).join())
          .as("seed %d after operation %d: hash at %d of %d", seed, at, asked, revision)
          .isEqualTo(answer(right, hash).join());
    }
    RangeRequest all = RangeRequest.newBuilder().setKey(Bytes.ZERO).setRangeEnd(Bytes.ZERO).build();
    var range = new RandomOperations.Operation(EtcdClient.RANGE, all);
    assertThat(answer(left, range).join()).isEqualTo(answer(right, range).join());
    return revision;
  }

  /** What a server answers, without the ids that differ: the message as text, or the status. */
  @SuppressWarnings("unchecked")
  private static CompletableFuture<String> answer(
      EtcdClient client, RandomOperations.Operation operation) {
    return client
        .start((MethodDescriptor<Message, Message>) operation.method(), operation.request())
        .thenApply(message -> withoutIds(message).toString())
        .exceptionally(HashKvDifferentialIT::refusal);
  }

  private static String refusal(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof StatusRuntimeException refused) {
      return refused.getStatus().getCode() + " " + refused.getStatus().getDescription();
    }
    throw new CompletionException(cause);
  }

  private static Message withoutIds(Message message) {
    FieldDescriptor header = message.getDescriptorForType().findFieldByName("header");
    Message.Builder builder = message.toBuilder();
    Message.Builder own = builder.getFieldBuilder(header);
    for (String name : List.of("cluster_id", "member_id", "raft_term")) {
      own.clearField(own.getDescriptorForType().findFieldByName(name));
    }
    return builder.build();
  }

  /** Keys with a meaning. */
  private static final class Bytes {
    static final com.google.protobuf.ByteString ZERO =
        com.google.protobuf.ByteString.copyFrom(new byte[1]);
  }
}
