package io.quorate.server;

/** The server's process round a member that serves nothing. */
public final class FakeMain {
  private FakeMain() {}

  /** As {@link Main#main}. */
  public static void main(String[] args) {
    Main.run(FakeMember::readyAtOnce, args);
  }
}
