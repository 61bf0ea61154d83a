package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.proto.etcd.StatusRequest;
import io.quorate.proto.etcd.StatusResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The reference's own command line against both servers, command by command: exit status and output
 * are equal but for ids, ports, terms, indexes, sizes and times.
 *
 * <p>The commands stand in {@code compat/recorded/etcdctl.commands}, one a line: arguments as a
 * shell would split them, after {@code < text} what is written to the command, with {@code \n} for
 * a line end. A command after {@code lines 3} is killed when it has printed so many. {@code $lease}
 * is the lease that the last {@code lease grant} printed.
 */
class EtcdctlIT {
  private static final Path COMMANDS = Path.of("compat/recorded/etcdctl.commands");
  private static final Path CLUSTER = Path.of("compat/recorded/etcdctl-cluster.commands");
  private static final int MEMBERS = 3;
  private static final String STORAGE_VERSION = "3.7.0";

  /** Before a command that is tried until it succeeds. */
  private static final String RETRY = "retry ";

  /** Before a command whose call a server may also answer by Unimplemented. */
  private static final String LATER = "later ";

  private static final Duration COMMAND_WITHIN = Duration.ofSeconds(30);
  private static final Pattern GRANTED = Pattern.compile("lease ([0-9a-f]+) granted");
  private static final Pattern ADDED = Pattern.compile("Member +([0-9a-f]+) added");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  /** What may differ, and what is put in its place; applied in this order. */
  private static final List<Edit> EDITS =
      List.of(
          edit("\"ts\":\"[^\"]*\"", "\"ts\":T"),
          edit("0x[0-9a-f]+", "ADDRESS"),
          edit("\\b\\d{15,20}\\b", "ID"),
          edit("\"(?i)(raft_?term|raft_?index|raft_?applied_?index)\" ?: ?\\d+", "\"$1\":N"),
          edit("\"(?i)(db_?size|db_?size_?in_?use|remaining-bytes|ttl)\" ?: ?\\d+", "\"$1\":N"),
          edit("\\b[0-9a-f]{12,16}\\b", "ID"),
          edit("remaining\\((\\d+)s\\)", "remaining(N)"),
          edit("took = [0-9.]+[mµn]?s", "took = T"),
          edit("took\":\"[0-9.]+[mµn]?s\"", "took\":\"T\""),
          edit("[0-9.]+[mµn]s\\b", "T"),
          edit("127\\.0\\.0\\.1:\\d+", "HOST"),
          edit("(\\d+(\\.\\d+)?) (kB|MB|B)\\b", "SIZE"),
          edit("\"(revision|totalKey|totalSize)\":(\\d+),\"", "\"$1\":$2,\""),
          edit(" {2,}", " "),
          edit("[─-]{2,}", "-"),
          edit("\\d+%", "PERCENT"),
          edit(
              "(true|false)(,| │) (true|false)\\2 \\d+\\2 \\d+\\2 \\d+\\2",
              "$1$2 $3$2 N$2 N$2 N$2"),
          edit("took [0-9.]+[mµn]?s", "took T"));

  private record Edit(Pattern pattern, String replacement) {
    String apply(String text) {
      return pattern.matcher(text).replaceAll(replacement);
    }
  }

  private static Edit edit(String pattern, String replacement) {
    return new Edit(Pattern.compile(pattern), replacement);
  }

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> printsWhatItPrintsAgainstTheReference() throws Exception {
    if (Servers.peer("etcdctl").isEmpty()) {
      Servers.leftOut("etcdctl against both servers", "QUORATE_PEERS is not set");
      return Stream.of();
    }
    List<String> commands = commands(COMMANDS);
    return tests(
        commands,
        run("ours", Servers.underTest(), commands),
        run("reference", Servers.reference().orElseThrow(), commands));
  }

  @TestFactory
  Stream<DynamicTest> printsWhatItPrintsAgainstAClusterOfTheReference() throws Exception {
    if (Servers.peer("etcdctl").isEmpty()) {
      Servers.leftOut("etcdctl against both clusters", "QUORATE_PEERS is not set");
      return Stream.of();
    }
    List<String> commands = commands(CLUSTER);
    return tests(
        commands,
        runCluster("ours", Servers.underTest(), commands),
        runCluster("reference", Servers.reference().orElseThrow(), commands));
  }

  private static List<String> commands(Path file) throws IOException {
    List<String> commands = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        commands.add(line);
      }
    }
    return commands;
  }

  private static Stream<DynamicTest> tests(
      List<String> commands, List<String> ours, List<String> theirs) {
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < commands.size(); i++) {
      int at = i;
      tests.add(
          DynamicTest.dynamicTest(
              commands.get(i), () -> compare(commands.get(at), ours.get(at), theirs.get(at))));
    }
    return tests.stream();
  }

  private static void compare(String command, String ours, String theirs) {
    if (!command.startsWith(LATER) || !ours.contains("code = Unimplemented")) {
      assertThat(ours).as(command).isEqualTo(theirs);
    }
  }

  private List<String> run(String label, List<String> server, List<String> commands)
      throws Exception {
    Path own = Files.createDirectories(folder.resolve(label));
    List<String> results = new ArrayList<>();
    String lease = "";
    try (ServerProcess process = ServerProcess.start(server, own, List.of())) {
      for (String command : commands) {
        String text = command.replace("$lease", lease);
        text = text.startsWith(LATER) ? text.substring(LATER.length()) : text;
        Program.Result result = bounded(own, process.endpoint(), text);
        var granted = GRANTED.matcher(result.output());
        if (granted.find()) {
          lease = granted.group(1);
        }
        String output = result.output();
        for (Edit edit : EDITS) {
          output = edit.apply(output);
        }
        results.add("exit " + result.exit() + "\n" + output);
      }
    }
    return results;
  }

  private List<String> runCluster(String label, List<String> command, List<String> commands)
      throws Exception {
    Path own = Files.createDirectories(folder.resolve("cluster-" + label));
    List<ServerProcess> servers = ServerProcess.cluster(MEMBERS, command, own, List.of());
    List<String> results = new ArrayList<>();
    Map<String, String> names = new TreeMap<>();
    try {
      ServerProcess.startAll(servers);
      awaitOneStorageVersion(servers);
      for (String line : commands) {
        Program.Result result = inCluster(own, servers, names, line);
        note(GRANTED, "$lease", result.output(), names);
        note(ADDED, "$added", result.output(), names);
        String output = result.output();
        for (Edit edit : EDITS) {
          output = edit.apply(output);
        }
        // Which also sorts the members that a line lists.
        List<String> lines = output.lines().map(EtcdctlIT::sortedList).sorted().toList();
        results.add("exit " + result.exit() + "\n" + lines);
      }
    } finally {
      servers.forEach(ServerProcess::close);
    }
    return results;
  }

  /** A member of the reference tells the format of its store some seconds after it is ready. */
  private static void awaitOneStorageVersion(List<ServerProcess> servers) {
    await()
        .atMost(COMMAND_WITHIN)
        .untilAsserted(
            () ->
                assertThat(servers)
                    .extracting(server -> status(server).getStorageVersion())
                    .containsOnly(STORAGE_VERSION));
  }

  private static StatusResponse status(ServerProcess server) {
    try (EtcdClient client = new EtcdClient(server.endpoint())) {
      return client.call(EtcdClient.STATUS, StatusRequest.getDefaultInstance());
    }
  }

  private static String sortedList(String line) {
    return line.startsWith("ETCD_INITIAL_CLUSTER=")
        ? Stream.of(line.split("[=\"]", 3)[2].split("[,\"]")).sorted().toList().toString()
        : line;
  }

  private static void note(Pattern pattern, String name, String output, Map<String, String> names) {
    var found = pattern.matcher(output);
    if (found.find()) {
      names.put(name, found.group(1));
    }
  }

  private static Program.Result inCluster(
      Path own, List<ServerProcess> servers, Map<String, String> names, String line)
      throws InterruptedException {
    boolean retry = line.startsWith(RETRY);
    long until = System.nanoTime() + COMMAND_WITHIN.toNanos();
    Program.Result result;
    do {
      noteLeader(servers, names);
      String[] halves = (retry ? line.substring(RETRY.length()) : line).split(" ", 2);
      String text = halves[1];
      for (Map.Entry<String, String> name : names.entrySet()) {
        text = text.replace(name.getKey(), name.getValue());
      }
      result = bounded(own, names.get(halves[0]), text);
    } while (retry && result.exit() != 0 && System.nanoTime() - until < 0);
    return result;
  }

  private static void noteLeader(List<ServerProcess> servers, Map<String, String> names) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      String endpoint = servers.get(i).endpoint();
      all.add(endpoint);
      names.put("@" + (i + 1), endpoint);
      StatusResponse status = status(servers.get(i));
      long id = status.getHeader().getMemberId();
      if (status.getLeader() == id) {
        names.put("$leader", Long.toHexString(id));
      } else {
        names.put("$follower", Long.toHexString(id));
        names.put("@behind", endpoint);
      }
    }
    names.put("@all", String.join(",", all));
  }

  /** One that does not end is compared like any other, so that it does not hide the rest. */
  private static Program.Result bounded(Path own, String endpoint, String text)
      throws InterruptedException {
    try {
      return run(own, endpoint, text);
    } catch (IOException | ConditionTimeoutException e) {
      return new Program.Result(-1, "no end within " + COMMAND_WITHIN);
    }
  }

  private static Program.Result run(Path own, String endpoint, String text)
      throws IOException, InterruptedException {
    String[] halves = text.split(" < ", 2);
    List<String> words =
        WORD.matcher(halves[0])
            .results()
            .map(EtcdctlIT::word)
            .collect(java.util.stream.Collectors.toCollection(ArrayList::new));
    int lines = 0;
    if (words.get(0).equals("lines")) {
      lines = Integer.parseInt(words.get(1));
      words.subList(0, 2).clear();
    }
    String program = "etcdctl";
    if (words.get(0).equals("etcdutl")) {
      program = words.remove(0);
    } else {
      words.add(0, "--endpoints=" + endpoint);
    }
    words.add(0, Servers.peer(program).orElseThrow().toString());
    String input = halves.length > 1 ? halves[1].replace("\\n", "\n") : "";
    Path output = own.resolve("output.txt");
    if (lines > 0) {
      return Program.lines(words, own, output, lines, COMMAND_WITHIN);
    }
    return Program.run(words, own, output, input, COMMAND_WITHIN);
  }

  private static String word(MatchResult found) {
    return found.group(1) != null ? found.group(1) : found.group(2);
  }
}
