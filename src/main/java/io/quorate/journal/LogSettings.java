package io.quorate.journal;

import com.typesafe.config.Config;
import io.quorate.base.Check;
import java.nio.file.Path;

/**
 * How a journal lies on disk.
 *
 * @param directory where its files are; created when missing
 * @param segmentBytes the length to which a segment is preallocated
 * @param firstSegmentBytes the length of the first segment of a new journal, small so that a fresh
 *     member starts fast; later ones grow to {@code segmentBytes}
 * @param recordBytesMax the bound of one record; a larger write is rejected
 * @param indexStepBytes at most this many bytes are read in vain to find an entry
 */
public record LogSettings(
    Path directory,
    long segmentBytes,
    long firstSegmentBytes,
    int recordBytesMax,
    int indexStepBytes) {
  /** Checks the bounds. */
  public LogSettings {
    Check.that(
        firstSegmentBytes > 0 && firstSegmentBytes <= segmentBytes,
        "first segment of %d bytes, segments of %d",
        firstSegmentBytes,
        segmentBytes);
    Check.that(recordBytesMax > 0, "records of %d bytes", recordBytesMax);
    Check.that(indexStepBytes > 0, "index step of %d bytes", indexStepBytes);
  }

  /** Reads the section of a plugin, see {@code quorate-journal.conf}. */
  public static LogSettings of(Config config) {
    return new LogSettings(
        Path.of(config.getString("dir")),
        config.getBytes("segment-size"),
        Math.min(config.getBytes("first-segment-size"), config.getBytes("segment-size")),
        Math.toIntExact(config.getBytes("record-size-max")),
        Math.toIntExact(config.getBytes("index-step")));
  }
}
