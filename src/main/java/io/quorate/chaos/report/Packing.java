package io.quorate.chaos.report;

import java.util.ArrayList;
import java.util.List;

/** Puts things that lie beside each other into as few rows as need be, so that none touch. */
final class Packing {
  private final List<Double> ends = new ArrayList<>();
  private final int rowsMax;

  /** With at most this many rows. */
  Packing(int rowsMax) {
    this.rowsMax = rowsMax;
  }

  /** The row of a thing from {@code begin} to {@code end}, both in pixels; -1 if all are full. */
  int place(double begin, double end) {
    for (int row = 0; row < ends.size(); row++) {
      if (ends.get(row) <= begin) {
        ends.set(row, end);
        return row;
      }
    }
    if (ends.size() == rowsMax) {
      return -1;
    }
    ends.add(end);
    return ends.size() - 1;
  }

  int rows() {
    return ends.size();
  }
}
