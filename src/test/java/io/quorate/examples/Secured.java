package io.quorate.examples;

import io.quorate.client.Client;
import java.nio.file.Path;

class Secured {
  static Client open(Path authority, Path certificate, Path key) {
    return Client.at("https://10.0.0.1:2379", "https://10.0.0.2:2379")
        .trusting(authority)
        .showing(certificate, key)
        .user("reports", "secret")
        .open();
  }
}
