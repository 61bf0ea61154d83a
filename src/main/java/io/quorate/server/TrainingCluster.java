package io.quorate.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The cluster that a member is trained in: itself and two more in the same process, so that the
 * archive also knows what followers do, and what members say to each other.
 */
final class TrainingCluster {
  private static final int MEMBERS = 3;

  private final List<String> given;
  private final List<Integer> peerPorts;
  private final List<Integer> fleetPorts;
  private final List<Started> started = new ArrayList<>();

  private record Started(RunningMember member, DataDir dataDir) {}

  /** The cluster of a member that was started with {@code given}. */
  TrainingCluster(List<String> given) {
    List<Integer> ports = freePorts(2 * MEMBERS);
    this.given = given;
    this.peerPorts = ports.subList(0, MEMBERS);
    this.fleetPorts = ports.subList(MEMBERS, 2 * MEMBERS);
  }

  private static List<Integer> freePorts(int count) {
    try {
      return FreePorts.find(count);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The arguments of the member that the process is about. */
  List<String> args() {
    return args(0);
  }

  private List<String> args(int member) {
    String cluster =
        IntStream.range(0, MEMBERS)
            .mapToObj(each -> "m" + each + "=" + peerUrl(each))
            .collect(Collectors.joining(","));
    return Stream.concat(
            given.stream(),
            Stream.of(
                "--name=m" + member,
                "--listen-peer-urls=" + peerUrl(member),
                "--initial-advertise-peer-urls=" + peerUrl(member),
                "--initial-cluster=" + cluster,
                "--fleet-port=" + fleetPorts.get(member)))
        .toList();
  }

  private String peerUrl(int member) {
    return "http://127.0.0.1:" + peerPorts.get(member);
  }

  /** Starts the others, whose data lies beside {@code dataDir}, with {@code starter}. */
  void start(MemberStarter starter, Path dataDir) throws ConfigException {
    for (int i = 1; i < MEMBERS; i++) {
      List<String> args = new ArrayList<>(args(i));
      args.add("--data-dir=" + dataDir.resolveSibling("m" + i));
      ServeConfig config =
          new ConfigResolver(CommandLine.parse(args).values(), false, dataDir).resolve();
      DataDir own = DataDir.open(config.dataDir());
      MemberStarter.Request request =
          new MemberStarter.Request(
              config, Serve.begin(config, own), own, new CompletableFuture<>());
      started.add(new Started(starter.start(request), own));
    }
  }

  /** Completes when the others are ready. */
  CompletionStage<Void> ready() {
    return all(started.stream().map(each -> each.member().ready()));
  }

  /** Where the others serve clients. */
  List<InetSocketAddress> clientAddresses() {
    return started.stream().flatMap(each -> each.member().clientAddresses().stream()).toList();
  }

  /** Stops the others; completes when that is done. */
  CompletionStage<Void> stop() {
    return all(
        started.stream().map(each -> each.member().stop().thenRun(() -> each.dataDir().close())));
  }

  private static CompletionStage<Void> all(Stream<CompletionStage<Void>> stages) {
    return CompletableFuture.allOf(
        stages.map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new));
  }
}
