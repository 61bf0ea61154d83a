package io.quorate.compat;

import io.quorate.server.discovery.StubKubernetes;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Plays the controller of a StatefulSet, with parallel management of its pods, and the kubelet
 * under it. Pods are processes with the flags of {@code k8s/base}: each has a name that stays, a
 * volume that stays unless it is lost, and for its peers another address at every start. A process
 * that ends is started again; one that is deleted is asked to stop and given the time that the
 * manifest gives it. One thread.
 */
final class StatefulSetPlayer implements AutoCloseable {
  static final String SET = "quorate";

  /** How long a pod may take to become ready on a machine that has other work. */
  static final Duration READY_WITHIN = Duration.ofSeconds(90);

  private static final String DOMAIN = "quorate-peers." + StubKubernetes.NAMESPACE + ".svc";
  private static final Duration GRACE = Duration.ofSeconds(60);
  private static final Duration BACK_OFF = Duration.ofMillis(500);
  private static final int HTTP_MILLIS_MAX = 2_000;
  private static final int ADDRESSES = 250;
  private static final int OK = 200;

  private final Path folder;
  private final List<String> command;
  private final StubKubernetes api;
  private final Path hosts;
  private final TreeMap<Integer, Pod> pods = new TreeMap<>();
  private final Map<String, String> addresses = new TreeMap<>();
  private final AtomicInteger addressesGiven = new AtomicInteger();
  private volatile int replicas;

  /** A set without pods. */
  StatefulSetPlayer(Path folder, List<String> command) throws Exception {
    this.folder = folder;
    this.command = List.copyOf(command);
    this.api = new StubKubernetes(folder.resolve("kubernetes"));
    this.hosts = folder.resolve("hosts");
    api.answers(
        "/apis/apps/v1/namespaces/" + StubKubernetes.NAMESPACE + "/statefulsets/quorate/scale",
        () -> "{\"kind\":\"Scale\",\"spec\":{\"replicas\":" + replicas + "}}");
  }

  /** As {@code kubectl scale}: pods that are too many are deleted at once, with their volumes. */
  void scale(int wanted) {
    scale(wanted, true);
  }

  /**
   * The same.
   *
   * @param deleteVolumes whether the volumes of pods that are deleted are, too
   */
  void scale(int wanted, boolean deleteVolumes) {
    replicas = wanted;
    for (int i = 0; i < wanted; i++) {
      if (!pods.containsKey(i)) {
        create(i);
      }
    }
    List<Pod> condemned = List.copyOf(pods.tailMap(wanted).values());
    condemned.forEach(Pod::askToStop);
    for (Pod each : condemned) {
      each.awaitGone();
      pods.remove(each.ordinal);
      if (deleteVolumes) {
        remove(volume(each.ordinal));
      }
    }
  }

  /** Says that so many are wanted, and deletes nothing: pods that are too many are just dead. */
  void scaleAndKill(int wanted) {
    replicas = wanted;
    for (Pod each : List.copyOf(pods.tailMap(wanted).values())) {
      kill(each.ordinal);
      remove(volume(each.ordinal));
    }
  }

  /** The next one is restarted when the last one is ready, from the highest ordinal down. */
  void restart() {
    for (int ordinal : List.copyOf(pods.descendingKeySet())) {
      delete(ordinal);
      create(ordinal);
      awaitReady(ordinal);
    }
  }

  void create(int ordinal) {
    Pod pod = new Pod(ordinal);
    pods.put(ordinal, pod);
    pod.kubelet.start();
  }

  /** In good order. */
  void delete(int ordinal) {
    Pod pod = pods.get(ordinal);
    pod.askToStop();
    pod.awaitGone();
    pods.remove(ordinal);
  }

  /** As by the loss of a node: no signal that it could hear. */
  void kill(int ordinal) {
    Pod pod = pods.get(ordinal);
    pod.kill();
    pods.remove(ordinal);
  }

  void loseVolume(int ordinal) {
    remove(volume(ordinal));
  }

  /** The processes of all pods that run, in the order of the pods. */
  List<Long> pids() {
    List<Long> pids = new ArrayList<>();
    for (Pod each : pods.values()) {
      Process runs = each.process;
      if (runs != null && runs.isAlive()) {
        pids.add(runs.pid());
      }
    }
    return pids;
  }

  Path volume(int ordinal) {
    return folder.resolve("volume-" + ordinal);
  }

  String log(int ordinal) {
    try {
      return Files.exists(logFile(ordinal)) ? Files.readString(logFile(ordinal)) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path logFile(int ordinal) {
    return folder.resolve(SET + "-" + ordinal + ".log");
  }

  /** Where clients reach a pod, which stays. */
  static String endpoint(int ordinal) {
    return "127.0.7." + (1 + ordinal) + ":2379";
  }

  void awaitReady() {
    pods.keySet().forEach(this::awaitReady);
  }

  void awaitReady(int ordinal) {
    try {
      Awaitility.await("readiness of " + SET + "-" + ordinal)
          .atMost(READY_WITHIN)
          .until(() -> isReady(ordinal));
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      String log = log(ordinal);
      throw new AssertionError(log.substring(Math.max(0, log.length() - 4_000)), e);
    }
  }

  private static boolean isReady(int ordinal) {
    try {
      HttpURLConnection asked =
          (HttpURLConnection)
              URI.create("http://" + endpoint(ordinal) + "/readyz").toURL().openConnection();
      asked.setConnectTimeout(HTTP_MILLIS_MAX);
      asked.setReadTimeout(HTTP_MILLIS_MAX);
      return asked.getResponseCode() == OK;
    } catch (IOException e) {
      return false;
    }
  }

  private static void remove(Path dir) {
    if (!Files.exists(dir)) {
      return;
    }
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tells every pod where the others are, as the headless service does. */
  private synchronized void publish(String pod, @Nullable String address) {
    if (address == null) {
      addresses.remove(pod);
    } else {
      addresses.put(pod, address);
    }
    StringBuilder lines = new StringBuilder("127.0.0.1 localhost\n");
    addresses.forEach(
        (name, at) -> lines.append(at).append(' ').append(name + "." + DOMAIN).append('\n'));
    try {
      Path next = Files.writeString(folder.resolve("hosts.next"), lines);
      Files.move(next, hosts, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    for (Pod each : List.copyOf(pods.values())) {
      each.kill();
    }
    api.close();
  }

  /** One pod from its creation to its end. */
  private final class Pod {
    private final int ordinal;
    private final String name;
    private final Thread kubelet;
    private final CountDownLatch unwanted = new CountDownLatch(1);
    private volatile @Nullable Process process;

    Pod(int ordinal) {
      this.ordinal = ordinal;
      this.name = SET + "-" + ordinal;
      this.kubelet = new Thread(this::live, "kubelet-" + name);
      kubelet.setDaemon(true);
    }

    private void live() {
      try {
        do {
          String address = "127.0.8." + (1 + addressesGiven.getAndIncrement() % ADDRESSES);
          publish(name, address);
          Process started = start(address);
          process = started;
          if (unwanted.getCount() == 0) {
            started.destroy();
          }
          started.waitFor();
        } while (!unwanted.await(BACK_OFF.toMillis(), TimeUnit.MILLISECONDS));
        publish(name, null);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private Process start(String address) throws IOException {
      List<String> line = new ArrayList<>(List.of("env"));
      List<String> options = new ArrayList<>(api.properties());
      options.add("-Djdk.net.hosts.file=" + hosts);
      line.add("QUORATE_JAVA_OPTS=" + String.join(" ", options));
      line.addAll(api.variables());
      line.addAll(command);
      String host = name + "." + DOMAIN;
      line.addAll(
          List.of(
              "--name=" + name,
              "--data-dir=" + volume(ordinal).resolve("data"),
              "--listen-client-urls=http://" + endpoint(ordinal),
              "--advertise-client-urls=http://" + endpoint(ordinal),
              "--listen-peer-urls=http://" + address + ":2380",
              "--initial-advertise-peer-urls=http://" + host + ":2380",
              "--stateful-set=" + SET,
              "--replace-lost-member"));
      File log = logFile(ordinal).toFile();
      return new ProcessBuilder(line)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
          .start();
    }

    void askToStop() {
      unwanted.countDown();
      Process runs = process;
      if (runs != null) {
        runs.destroy();
      }
    }

    void awaitGone() {
      try {
        kubelet.join(GRACE.toMillis());
        if (kubelet.isAlive()) {
          kill();
          throw new AssertionError(name + " is not gone after " + GRACE + "\n" + log(ordinal));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void kill() {
      unwanted.countDown();
      Process runs = process;
      if (runs != null) {
        runs.destroyForcibly();
      }
      try {
        kubelet.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
