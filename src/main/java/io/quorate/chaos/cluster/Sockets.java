package io.quorate.chaos.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds out who dialled by what {@code /proc} says: the table of TCP sockets gives the inode of the
 * dialler's end, and the process with that among its descriptors is the dialler.
 */
final class Sockets implements Diallers {
  /** Sockets of IPv4, and those of programs that use the ones of IPv6 for both. */
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

  private static final int LOCAL_COLUMN = 1;
  private static final int REMOTE_COLUMN = 2;
  private static final int STATE_COLUMN = 3;
  private static final int INODE_COLUMN = 9;

  /** The state of a socket that listens. */
  private static final String LISTEN = "0A";

  private final Supplier<Map<String, Long>> running;

  /**
   * Looks among some processes.
   *
   * @param running the pids of the members that run now, by name; asked by one thread
   */
  Sockets(Supplier<Map<String, Long>> running) {
    this.running = running;
  }

  @Override
  public Optional<String> find(InetSocketAddress dialler, InetSocketAddress dialled) {
    try {
      for (Path table : TABLES) {
        OptionalLong inode = inode(Files.readString(table), dialler.getPort(), dialled.getPort());
        if (inode.isPresent()) {
          return Optional.of(owner(inode.getAsLong()));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The inode of a socket between two ports of this machine.
   *
   * @param table as {@code /proc/net/tcp} or {@code /proc/net/tcp6} gives it
   * @return nothing if it is not there, or belongs to no process any more
   */
  static OptionalLong inode(String table, int localPort, int remotePort) {
    try (Stream<String> lines = table.lines().skip(1)) {
      return lines
          .map(line -> line.trim().split("\\s+", -1))
          .filter(columns -> columns.length > INODE_COLUMN)
          .filter(columns -> port(columns[LOCAL_COLUMN]) == localPort)
          .filter(columns -> port(columns[REMOTE_COLUMN]) == remotePort)
          .mapToLong(columns -> Long.parseLong(columns[INODE_COLUMN]))
          .filter(inode -> inode != 0)
          .findFirst();
    }
  }

  /** The ports of this machine at which somebody listens. */
  static Set<Integer> listening() {
    Set<Integer> ports = new HashSet<>();
    for (Path table : TABLES) {
      try {
        ports.addAll(listening(Files.readString(table)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return ports;
  }

  static Set<Integer> listening(String table) {
    try (Stream<String> lines = table.lines().skip(1)) {
      return lines
          .map(line -> line.trim().split("\\s+", -1))
          .filter(columns -> columns.length > INODE_COLUMN)
          .filter(columns -> columns[STATE_COLUMN].equals(LISTEN))
          .map(columns -> port(columns[LOCAL_COLUMN]))
          .collect(Collectors.toSet());
    }
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16);
  }

  private String owner(long inode) throws IOException {
    String wanted = "socket:[" + inode + "]";
    for (Map.Entry<String, Long> member : running.get().entrySet()) {
      if (holds(member.getValue(), wanted)) {
        return member.getKey();
      }
    }
    return Way.CLIENT;
  }

  private static boolean holds(long pid, String wanted) throws IOException {
    Path folder = Processes.folder(pid).resolve("fd");
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder)) {
      for (Path descriptor : descriptors) {
        if (target(descriptor).equals(wanted)) {
          return true;
        }
      }
    } catch (NoSuchFileException | DirectoryIteratorException e) {
      // The process has ended.
    }
    return false;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      // Closed since the folder was read.
      return "";
    }
  }
}
