package io.quorate.chaos.report;

import io.quorate.chaos.history.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Where a time of the run lies in a picture.
 *
 * @param left the place of the beginning, in pixels
 * @param right the place of the end
 * @param nanos how long the run was; at least 1
 */
record TimeAxis(double left, double right, long nanos) {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The least distance between marks: closer ones are no help. */
  private static final double MARK_PIXELS_MIN = 40;

  /** Distances between marks that people can count with, in seconds. */
  private static final int[] STEPS_SECONDS = {
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200
  };

  /**
   * A mark.
   *
   * @param at when
   * @param label what is written there
   */
  record Mark(long at, String label) {}

  double x(long at) {
    double part = Math.min(1, Math.max(0, at / (double) nanos));
    return left + part * (right - left);
  }

  /** How wide a span is. */
  double width(Span span) {
    return x(span.end()) - x(span.begin());
  }

  /** Marks whose labels, centred, do not touch. */
  List<Mark> marks(Size size) {
    long step = step(size) * SECOND_NANOS;
    List<Mark> marks = new ArrayList<>();
    for (long at = 0; at <= nanos; at += step) {
      marks.add(new Mark(at, label(at)));
    }
    return marks;
  }

  /** What the labels are. */
  String unit() {
    if (nanos < 60 * SECOND_NANOS) {
      return "time since the run began, s";
    }
    return nanos < 3600 * SECOND_NANOS
        ? "time since the run began, min:s"
        : "time since the run began, h:min:s";
  }

  private String label(long at) {
    return nanos < 60 * SECOND_NANOS ? Long.toString(at / SECOND_NANOS) : Words.clock(at);
  }

  private long step(Size size) {
    double room = Math.max(MARK_PIXELS_MIN, 1.4 * size.widthOf(label(nanos)));
    for (int each : STEPS_SECONDS) {
      if ((right - left) * each * SECOND_NANOS / nanos >= room) {
        return each;
      }
    }
    long days = 1;
    while ((right - left) * days * 86_400 * SECOND_NANOS / nanos < room) {
      days *= 2;
    }
    return days * 86_400;
  }
}
