package io.quorate.server;

/**
 * The versions that the process reports. {@code conf/version.txt} says the same to the launcher.
 */
public final class Version {
  /** The version of etcd whose protocol is spoken. */
  public static final String ETCD = "3.7.3";

  /** The storage version of etcd that goes with it; the files are our own. */
  public static final String STORAGE = "3.7.0";

  /** Our own. */
  public static final String QUORATE = "0.1.0";

  private Version() {}

  /** What {@code --version} prints. */
  static String text() {
    return "etcd Version: " + ETCD + "\nQuorate Version: " + QUORATE + "\n";
  }
}
