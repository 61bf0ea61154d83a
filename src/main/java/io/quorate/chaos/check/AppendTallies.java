package io.quorate.chaos.check;

import java.util.List;

/** One {@link Tally} for each promise of appended lists; the letters are the literature's. */
final class AppendTallies {
  final Tally aborted = new Tally("append: nothing is read that was refused (G1a)");
  final Tally intermediate = new Tally("append: nothing is read that is not finished (G1b)");
  final Tally elements = new Tally("append: each element is there once, and somebody's");
  final Tally orders = new Tally("append: one order for all, and no append is lost");
  final Tally own = new Tally("append: a transaction finds what it was guarded by and wrote");
  final Tally serial = new Tally("append: transactions are strictly serializable");

  List<Finding> findings() {
    return List.of(
        serial.finding("transactions"),
        orders.finding("lists that were seen"),
        aborted.finding("elements"),
        intermediate.finding("lists that were read"),
        elements.finding("elements"),
        own.finding("transactions"));
  }
}
