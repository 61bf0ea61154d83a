package io.quorate.link;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.OneLine;
import java.util.Optional;

/**
 * The first frame of a connection: who speaks to whom, and about what. The acceptor's first frame
 * is the answer to it; only then does anything else travel. The magic number and the version lead
 * both, and the answer never changes its form, so that members of different versions can at least
 * say so.
 *
 * <p>Somebody who is no member yet names neither cluster nor members: all three are 0, and the lane
 * is that of questions.
 *
 * @param lane what the connection carries
 * @param cluster the id of the cluster that the sender belongs to
 * @param sender the member that dialled
 * @param receiver the member that it means to have reached
 */
record Preface(Lane lane, long cluster, long sender, long receiver) {
  /** The version of everything that links say. */
  static final int VERSION = 1;

  /** The longest text of a refusal that is read, in bytes. */
  static final int TEXT_BYTES_MAX = 512;

  private static final int MAGIC = 0x51524c4b; // QRLK

  /** Why a connection is refused. The codes never change. */
  enum Refusal {
    /** No preface came, or something else. */
    NOT_A_PEER(1),
    /** The other one speaks another version. */
    VERSION(2),
    /** Another cluster. */
    CLUSTER(3),
    /** Another member was meant. */
    MEMBER(4),
    /** The sender is no member, or not any more. */
    SENDER(5),
    /** Strangers may only ask. */
    LANE(6),
    /** There are too many connections. */
    CROWDED(7),
    /** A message that does not belong on its connection. */
    MESSAGE(8),
    /** No handshake of TLS came about; never sent, since nothing can be. */
    TLS(9);

    private final int code;

    Refusal(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Refusal of(int code) {
      for (Refusal refusal : values()) {
        if (refusal.code == code) {
          return refusal;
        }
      }
      throw new IllegalArgumentException("unknown refusal " + code);
    }
  }

  /** Whether the sender is no member of any cluster. */
  boolean isOfStranger() {
    return cluster == 0 && sender == 0 && receiver == 0;
  }

  /** The preface of somebody who is no member. */
  static Preface ofStranger() {
    return new Preface(Lane.ASK, 0, 0, 0);
  }

  Bytes encode() {
    return head(32).put(lane.code()).putLong(cluster).putLong(sender).putLong(receiver).toBytes();
  }

  /**
   * The preface in {@code frame}; throws {@link RefusedException} if it is none of this version.
   */
  static Preface decode(Bytes frame) {
    return read(
        frame,
        in -> {
          Preface preface =
              new Preface(Lane.of(in.get()), in.getLong(), in.getLong(), in.getLong());
          if (!in.isAtEnd()) {
            throw new IllegalArgumentException("bytes after the end");
          }
          return preface;
        });
  }

  /** The answer that lets the other one in. */
  static Bytes accepted() {
    return head(8).put(0).toBytes();
  }

  /** The answer that refuses. */
  static Bytes refused(RefusedException refused) {
    Bytes text = Bytes.utf8(refused.text());
    return head(64)
        .put(refused.refusal().code())
        .putBytes(text.slice(0, Math.min(TEXT_BYTES_MAX, text.size())))
        .toBytes();
  }

  /** Reads an answer; throws {@link RefusedException} unless it lets us in. */
  static void readAnswer(Bytes frame) {
    Optional<RefusedException> refused = read(frame, Preface::refusal);
    if (refused.isPresent()) {
      throw refused.get();
    }
  }

  private static Optional<RefusedException> refusal(ByteReader in) {
    int code = in.get();
    return code == 0
        ? Optional.empty()
        : Optional.of(new RefusedException(Refusal.of(code), OneLine.of(in.getText())));
  }

  private static ByteWriter head(int bytes) {
    return new ByteWriter(bytes).putInt(MAGIC).put(VERSION);
  }

  private interface Body<T> {
    T read(ByteReader in);
  }

  private static <T> T read(Bytes frame, Body<T> body) {
    try {
      ByteReader in = new ByteReader(frame);
      if (in.getInt() != MAGIC) {
        throw new RefusedException(Refusal.NOT_A_PEER, "the first frame is no preface");
      }
      int version = in.get();
      if (version != VERSION) {
        throw new RefusedException(
            Refusal.VERSION, "links of version " + version + ", known is " + VERSION);
      }
      return body.read(in);
    } catch (IllegalArgumentException malformed) {
      throw new RefusedException(
          Refusal.NOT_A_PEER, "malformed preface: " + malformed.getMessage());
    }
  }
}
