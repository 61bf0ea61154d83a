package io.quorate.server.grpc;

import io.quorate.base.Check;
import java.time.Duration;

/**
 * The bounds of the transport.
 *
 * @param requestBytesMax the largest request message, on the wire and inflated: etcd's {@code
 *     --max-request-bytes} and its fixed overhead
 * @param httpBodyBytesMax the largest body of a plain HTTP request
 * @param outboundBytesMax how many bytes may wait on one stream
 * @param outboundBytesLow at how many waiting bytes a producer that found a stream full is told
 * @param slowCallAfter how long a unary call waits before its headers are sent ahead, so that its
 *     cancellation is seen and it no longer counts against the connection
 * @param unaryCallMax how long a unary call may take at all
 * @param streamsPerConnectionMax how many calls one connection may have open; each costs every
 *     connection 16 bytes whether used or not
 */
public record Limits(
    int requestBytesMax,
    int httpBodyBytesMax,
    long outboundBytesMax,
    long outboundBytesLow,
    Duration slowCallAfter,
    Duration unaryCallMax,
    int streamsPerConnectionMax) {
  /** What etcd adds to max-request-bytes for all that is not key or value. */
  public static final int REQUEST_OVERHEAD_BYTES = 512 * 1024;

  /** etcd's default of max-request-bytes. */
  public static final int DEFAULT_MAX_REQUEST_BYTES = 1536 * 1024;

  /**
   * Where etcd has no bound. Pekko HTTP keeps tables of this size for each connection: 2048 cost
   * about 32 KiB, 8192 were measured at 128 KiB.
   */
  public static final int DEFAULT_STREAMS_PER_CONNECTION = 2048;

  public Limits {
    Check.that(requestBytesMax > 0, "request bound of %d bytes", requestBytesMax);
    Check.that(streamsPerConnectionMax > 0, "bound of %d streams", streamsPerConnectionMax);
    Check.that(
        0 <= outboundBytesLow && outboundBytesLow < outboundBytesMax,
        "low-water mark of %d bytes, bound of %d",
        outboundBytesLow,
        outboundBytesMax);
  }

  /** The bounds that follow from etcd's {@code --max-request-bytes}. */
  public static Limits ofMaxRequestBytes(int maxRequestBytes) {
    int request =
        (int) Math.min(Integer.MAX_VALUE, (long) maxRequestBytes + REQUEST_OVERHEAD_BYTES);
    return new Limits(
        request,
        (int) Math.min(Integer.MAX_VALUE, 2L * request),
        4 << 20,
        1 << 20,
        Duration.ofSeconds(1),
        Duration.ofMinutes(10),
        DEFAULT_STREAMS_PER_CONNECTION);
  }

  /** These bounds with another number of streams: etcd's {@code --max-concurrent-streams}. */
  public Limits withStreamsPerConnection(int streams) {
    return new Limits(
        requestBytesMax,
        httpBodyBytesMax,
        outboundBytesMax,
        outboundBytesLow,
        slowCallAfter,
        unaryCallMax,
        streams);
  }

  /** The bounds of a server that was told none. */
  public static Limits defaults() {
    return ofMaxRequestBytes(DEFAULT_MAX_REQUEST_BYTES);
  }
}
