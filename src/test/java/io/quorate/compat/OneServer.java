package io.quorate.compat;

import io.quorate.client.Client;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What tests of a client begin with: a server for the whole class, and a client of it. */
abstract class OneServer {
  @TempDir static Path folder;
  static ServerProcess server;
  static Client client;

  @BeforeAll
  static void openServer() {
    server = ServerProcess.start(Servers.underTest(), folder, List.of());
    client = Client.at(server.clientUrl()).open();
  }

  @AfterAll
  static void closeServer() {
    client.close();
    server.close();
  }
}
