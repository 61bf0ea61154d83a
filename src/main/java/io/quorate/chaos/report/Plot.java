package io.quorate.chaos.report;

import java.util.function.IntToDoubleFunction;

/**
 * A scale beside the axis of time, and the paths of what is drawn on it: one height for the width
 * of each bucket.
 *
 * @param axis of time
 * @param widthNanos of a bucket
 * @param buckets how many
 * @param top the place of {@code max}, in pixels
 * @param bottom the place of {@code min}
 * @param min the smallest number that can be seen
 * @param max the largest
 */
record Plot(
    TimeAxis axis,
    long widthNanos,
    int buckets,
    double top,
    double bottom,
    double min,
    double max) {

  /** Where a number lies; a number outside lies at the edge. */
  double y(double number) {
    double part = Math.min(1, Math.max(0, (number - min) / (max - min)));
    return bottom - part * (bottom - top);
  }

  /** The area between two heights; no area where there is nothing between them. */
  String area(IntToDoubleFunction low, IntToDoubleFunction high) {
    StringBuilder path = new StringBuilder();
    int begin = 0;
    for (int i = 0; i <= buckets; i++) {
      boolean isArea = i < buckets && high.applyAsDouble(i) > low.applyAsDouble(i);
      if (!isArea) {
        closed(path, begin, i, low, high);
        begin = i + 1;
      }
    }
    return path.toString();
  }

  private void closed(
      StringBuilder path, int from, int to, IntToDoubleFunction low, IntToDoubleFunction high) {
    if (from == to) {
      return;
    }
    steps(path, "M", from, to, high);
    for (int i = to - 1; i >= from; i--) {
      double y = y(low.applyAsDouble(i));
      path.append('L').append(Picture.at(right(i), y)).append('H').append(Markup.number(left(i)));
    }
    path.append('Z');
  }

  /** A line; none where a number is not one. */
  String line(IntToDoubleFunction height) {
    StringBuilder path = new StringBuilder();
    int begin = 0;
    for (int i = 0; i <= buckets; i++) {
      if (i == buckets || Double.isNaN(height.applyAsDouble(i))) {
        steps(path, "M", begin, i, height);
        begin = i + 1;
      }
    }
    return path.toString();
  }

  private void steps(
      StringBuilder path, String first, int from, int to, IntToDoubleFunction height) {
    String move = first;
    for (int i = from; i < to; i++) {
      path.append(move).append(Picture.at(left(i), y(height.applyAsDouble(i))));
      path.append('H').append(Markup.number(right(i)));
      move = "L";
    }
  }

  double left(int bucket) {
    return axis.x(bucket * widthNanos);
  }

  double right(int bucket) {
    return axis.x((bucket + 1) * widthNanos);
  }
}
