package io.quorate.arch.violations.embedded;

import io.quorate.arch.violations.client.KnowsServer;

/** Breaks a rule, to prove that it can be broken. */
public final class KnowsClient {
  private KnowsClient() {}

  static Class<?> client() {
    return KnowsServer.class;
  }
}
