package io.quorate.link;

/** The bounds of links that their users have to know. */
public final class LinkLimits {
  /**
   * The largest message of consensus, in bytes: an entry of 16 MiB, or several of 1 MiB together,
   * and what surrounds them. A larger one is not sent.
   */
  public static final int MESSAGE_BYTES_MAX = 17 * 1024 * 1024;

  /** The largest chunk or header of a transfer, and the largest verdict, in bytes. */
  public static final int CHUNK_BYTES_MAX = 1024 * 1024;

  /** The largest question and the largest answer, in bytes. */
  public static final int ASK_BYTES_MAX = 4 * 1024 * 1024;

  /** The largest question of somebody who is no member, in bytes. */
  public static final int STRANGER_BYTES_MAX = 64 * 1024;

  /** The most questions to one member, and of one connection, that wait for their answers. */
  public static final int ASKS_MAX = 256;

  /** The most transfers that one member receives at a time. */
  public static final int TRANSFERS_MAX = 16;

  /** The most connections that others have opened. */
  public static final int CONNECTIONS_MAX = 1024;

  /**
   * The most connections that others have opened and on which they have not said yet who they are.
   * When there is one more, the oldest of them ends: whoever belongs here is quick.
   */
  public static final int OPENING_MAX = 128;

  /** The most appends and proposals that wait for one connection. */
  public static final int LARGE_FRAMES_MAX = 4096;

  /**
   * The most bytes of appends and proposals that wait for one connection; one alone may be more.
   */
  public static final long LARGE_BYTES_MAX = 32L * 1024 * 1024;

  /** The most of the other messages (votes, heartbeats, replies) that wait for one connection. */
  public static final int SMALL_FRAMES_MAX = 4096;

  /** The most bytes of the other messages that wait for one connection. */
  public static final long SMALL_BYTES_MAX = 1024 * 1024;

  private LinkLimits() {}
}
