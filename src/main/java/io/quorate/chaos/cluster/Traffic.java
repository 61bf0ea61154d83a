package io.quorate.chaos.cluster;

/**
 * What was seen on a {@link Way} since the network began: the evidence that a fault took effect.
 *
 * @param bytesPassed how many bytes arrived
 * @param bytesHeld how many bytes came to a block; those that were not read yet are not among them
 * @param chunksDelayed how many chunks had to wait for a delay
 * @param connectionsReset how many connections a fault on this way ended
 * @param dialsHeld how many that dialled came to a block
 * @param dialsRefused how many that dialled this way were refused by a cut
 */
public record Traffic(
    long bytesPassed,
    long bytesHeld,
    long chunksDelayed,
    long connectionsReset,
    long dialsHeld,
    long dialsRefused) {
  /** Where nothing was seen. */
  public static final Traffic NONE = new Traffic(0, 0, 0, 0, 0, 0);

  /** What came since {@code before}, which was seen on the same way. */
  public Traffic since(Traffic before) {
    return new Traffic(
        bytesPassed - before.bytesPassed,
        bytesHeld - before.bytesHeld,
        chunksDelayed - before.chunksDelayed,
        connectionsReset - before.connectionsReset,
        dialsHeld - before.dialsHeld,
        dialsRefused - before.dialsRefused);
  }

  /** Of two ways together. */
  public Traffic and(Traffic other) {
    return new Traffic(
        bytesPassed + other.bytesPassed,
        bytesHeld + other.bytesHeld,
        chunksDelayed + other.chunksDelayed,
        connectionsReset + other.connectionsReset,
        dialsHeld + other.dialsHeld,
        dialsRefused + other.dialsRefused);
  }

  /** Counts. For one thread. */
  static final class Counter {
    private Traffic seen = NONE;

    void passed(long bytes) {
      seen = seen.and(new Traffic(bytes, 0, 0, 0, 0, 0));
    }

    void held(long bytes) {
      seen = seen.and(new Traffic(0, bytes, 0, 0, 0, 0));
    }

    void delayed() {
      seen = seen.and(new Traffic(0, 0, 1, 0, 0, 0));
    }

    void reset() {
      seen = seen.and(new Traffic(0, 0, 0, 1, 0, 0));
    }

    void dialHeld() {
      seen = seen.and(new Traffic(0, 0, 0, 0, 1, 0));
    }

    void dialRefused() {
      seen = seen.and(new Traffic(0, 0, 0, 0, 0, 1));
    }

    Traffic seen() {
      return seen;
    }
  }
}
