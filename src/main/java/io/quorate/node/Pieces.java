package io.quorate.node;

import io.quorate.base.Bytes;
import io.quorate.base.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of a snapshot in pieces that a link takes: a chunk holds at least one row, and a row may
 * be larger than that. Each piece begins with a byte that says whether more of its chunk follows.
 * Not for several threads.
 */
final class Pieces {
  /** What a piece holds of a chunk at most. */
  static final int PIECE_BYTES_MAX = 512 * 1024;

  /** The largest chunk that is put together again. */
  private static final int CHUNK_BYTES_MAX = 256 << 20;

  private static final byte LAST = 0;
  private static final byte MORE = 1;

  private Bytes begun = Bytes.EMPTY;

  /** The pieces of {@code chunk}. */
  static List<Bytes> cut(Bytes chunk) {
    List<Bytes> pieces = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(chunk.size(), from + PIECE_BYTES_MAX);
      byte[] mark = {to == chunk.size() ? LAST : MORE};
      pieces.add(Bytes.wrap(mark).concat(chunk.slice(from, to)));
      from = to;
    } while (from < chunk.size());
    return pieces;
  }

  /** Adds a piece; the chunk that it ends, or null when more of it follows. */
  @Nullable Bytes add(Bytes piece) {
    Check.that(
        begun.size() + piece.size() <= CHUNK_BYTES_MAX,
        "chunk of more than %d bytes",
        CHUNK_BYTES_MAX);
    Bytes chunk = begun.concat(piece.slice(1, piece.size()));
    boolean last = piece.at(0) == LAST;
    begun = last ? Bytes.EMPTY : chunk;
    return last ? chunk : null;
  }
}
