package io.quorate.journal;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The journal on disk is not what was written to it. The member must not serve from it; an operator
 * or the cluster replaces it.
 */
public final class CorruptJournalException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final long offset;

  /** Says that {@code file} is wrong at {@code offset}, in bytes, and why. */
  public CorruptJournalException(Path file, long offset, String reason) {
    super("journal is corrupt: " + file + " at offset " + offset + ": " + reason);
    this.file = file;
    this.offset = offset;
  }

  /** The file that is wrong. */
  public Path file() {
    return file;
  }

  /** The offset in bytes of the first record that cannot be trusted. */
  public long offset() {
    return offset;
  }
}
