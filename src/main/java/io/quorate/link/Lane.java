package io.quorate.link;

/** What a connection carries. Each lane has connections of its own: none waits for another. */
enum Lane {
  /** Messages of consensus, from the member that dialled. */
  CONSENSUS(1, LinkLimits.MESSAGE_BYTES_MAX),
  /** One transfer. */
  BULK(2, LinkLimits.CHUNK_BYTES_MAX),
  /** Questions of the member that dialled, and their answers. */
  ASK(3, LinkLimits.ASK_BYTES_MAX);

  private final int code;
  private final int payloadBytesMax;

  Lane(int code, int payloadBytesMax) {
    this.code = code;
    this.payloadBytesMax = payloadBytesMax;
  }

  /** The number that stands for this lane in a preface; it never changes. */
  int code() {
    return code;
  }

  /** The most bytes that one frame carries, but for the few of its own. */
  int payloadBytesMax() {
    return payloadBytesMax;
  }

  /** The lane of {@code code}; throws {@link IllegalArgumentException} for an unknown one. */
  static Lane of(int code) {
    for (Lane lane : values()) {
      if (lane.code == code) {
        return lane;
      }
    }
    throw new IllegalArgumentException("unknown lane " + code);
  }
}
