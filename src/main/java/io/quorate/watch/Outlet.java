package io.quorate.watch;

/**
 * The way out of one stream, written by the edge and called only by the owner of the hub, on its
 * thread. Neither method may call the hub.
 */
public interface Outlet {
  /**
   * How many bytes the stream takes before it is full; not above 0 when it is. Once this answered
   * that the stream is full, the owner of the hub must be told when there is room again, and then
   * call {@link WatchHub#onWritable}.
   */
  long roomBytes();

  /**
   * How many bytes of events a response to a watch that lags may join while there is any room; the
   * more they are, the fewer responses bring it back.
   */
  long responseBytes();

  /**
   * Takes {@code delivery}. Events and progress come only while there was room before the first of
   * their responses; answers to requests of the client come at any time, so the edge bounds them by
   * reading no further requests while the stream is full.
   */
  void send(Delivery delivery);
}
