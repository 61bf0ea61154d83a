package io.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports that somebody else has taken. */
class EmbeddedPortsTest {
  @TempDir Path dir;

  private static ServerSocket taken() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  private static Seats with(Seats free, int port, boolean ofClients) {
    List<Seats.Seat> seats = new ArrayList<>(free.seats());
    Seats.Seat last = seats.remove(seats.size() - 1);
    seats.add(
        new Seats.Seat(
            last.name(), ofClients ? port : last.clientPort(), ofClients ? last.peerPort() : port));
    return new Seats(seats);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void newClusterWhosePortWasTakenGetsOthers(boolean ofClients) throws Exception {
    QuorateOptions options = QuorateOptions.defaults().withMembers(3).inFolder(dir);
    List<Seats> chosen = new ArrayList<>();
    try (ServerSocket other = taken();
        Quorate quorate =
            Quorate.start(
                options,
                ignored -> {
                  Seats free = Seats.free(options);
                  chosen.add(chosen.isEmpty() ? with(free, other.getLocalPort(), ofClients) : free);
                  return chosen.get(chosen.size() - 1);
                });
        Keys keys = new Keys(quorate.endpoints().get(2))) {
      assertThat(chosen).hasSize(2);
      keys.put("k", "v");
      assertThat(keys.get("k")).containsExactly("v");
    }
  }

  @Test
  void newClusterIsGivenUpAfterSomeTries() throws Exception {
    QuorateOptions options = QuorateOptions.defaults();
    List<Seats> chosen = new ArrayList<>();
    try (ServerSocket other = taken()) {
      int port = other.getLocalPort();
      assertThatThrownBy(
              () ->
                  Quorate.start(
                      options,
                      ignored -> {
                        chosen.add(with(Seats.free(options), port, true));
                        return chosen.get(chosen.size() - 1);
                      }))
          .isInstanceOf(QuorateException.class)
          .hasMessageContaining("cannot listen for clients")
          .hasMessageContaining(String.valueOf(port));
    }
    assertThat(chosen).hasSize(Quorate.PORT_TRIES_MAX);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clusterOnDiskNeedsItsPorts(boolean ofClients) throws Exception {
    QuorateOptions options = QuorateOptions.defaults().inFolder(dir);
    Quorate.start(options).close();
    Seats.Seat seat = Seats.read(dir, options).seats().get(0);
    int port = ofClients ? seat.clientPort() : seat.peerPort();
    try (ServerSocket other =
        new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      assertThat(other.isBound()).isTrue();
      assertThatThrownBy(() -> Quorate.start(options))
          .isInstanceOf(QuorateException.class)
          .hasMessageContaining(String.valueOf(port));
    }
    Quorate.start(options).close();
  }
}
