package io.quorate.embedded;

import io.quorate.server.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Who the members of a cluster are and where they listen. In a folder it is kept in file {@code
 * cluster}, a line for each member: name, client port and peer port. Members know each other by
 * their peer URLs, so that a later start has to take the same ports.
 */
record Seats(List<Seat> seats) {
  static final String FILE = "cluster";

  private static final String HOST = "127.0.0.1";

  private static final Pattern LINE = Pattern.compile("(\\S+) ([0-9]{1,5}) ([0-9]{1,5})");

  /**
   * The place of one member.
   *
   * @param name its name, and that of its folder
   * @param clientPort where clients are served
   * @param peerPort where other members are served
   */
  record Seat(String name, int clientPort, int peerPort) {
    String clientUrl() {
      return "http://" + HOST + ":" + clientPort;
    }

    String peerUrl() {
      return "http://" + HOST + ":" + peerPort;
    }
  }

  /** Copies the list. */
  Seats {
    seats = List.copyOf(seats);
  }

  /** The names of {@code options}' members. */
  static List<String> names(QuorateOptions options) {
    return IntStream.rangeClosed(1, options.members())
        .mapToObj(each -> options.name() + "-" + each)
        .toList();
  }

  /**
   * Places that are free now. Others may take them until the members do; a cluster that is new is
   * then given others.
   */
  static Seats free(QuorateOptions options) throws IOException {
    List<Integer> ports = FreePorts.find(2 * options.members());
    List<Seat> seats = new ArrayList<>();
    for (String name : names(options)) {
      int at = 2 * seats.size();
      seats.add(new Seat(name, ports.get(at), ports.get(at + 1)));
    }
    return new Seats(seats);
  }

  /** Whether {@code folder} holds a cluster. */
  static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /**
   * Reads the places of the cluster in {@code folder}.
   *
   * @throws QuorateException when it is not the one that {@code options} mean
   */
  static Seats read(Path folder, QuorateOptions options) throws IOException {
    List<Seat> seats = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(FILE))) {
      Matcher words = LINE.matcher(line);
      if (!words.matches()) {
        throw new QuorateException(
            "file " + folder.resolve(FILE) + " has a line that says no member: " + line, null);
      }
      seats.add(
          new Seat(
              words.group(1), Integer.parseInt(words.group(2)), Integer.parseInt(words.group(3))));
    }
    List<String> kept = seats.stream().map(Seat::name).toList();
    List<String> asked = names(options);
    if (!kept.equals(asked)) {
      throw new QuorateException(
          "folder " + folder + " has members " + kept + ", but the options say " + asked, null);
    }
    return new Seats(seats);
  }

  void write(Path folder) throws IOException {
    Files.writeString(
        folder.resolve(FILE),
        seats.stream()
            .map(seat -> seat.name() + " " + seat.clientPort() + " " + seat.peerPort() + "\n")
            .collect(Collectors.joining()));
  }

  /** The flags that tell {@code seat} who it is; its data lies below {@code folder}. */
  List<String> flags(Seat seat, Path folder) {
    return List.of(
        "--name=" + seat.name(),
        "--data-dir=" + folder.resolve(seat.name()),
        "--listen-client-urls=" + seat.clientUrl(),
        "--advertise-client-urls=" + seat.clientUrl(),
        "--listen-peer-urls=" + seat.peerUrl(),
        "--initial-advertise-peer-urls=" + seat.peerUrl(),
        "--initial-cluster="
            + seats.stream()
                .map(each -> each.name() + "=" + each.peerUrl())
                .collect(Collectors.joining(",")),
        // The fleet shows people how members are; a port and a dozen threads for nobody.
        "--fleet-port=0");
  }
}
