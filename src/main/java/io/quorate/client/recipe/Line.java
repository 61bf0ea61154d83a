package io.quorate.client.recipe;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import io.quorate.client.Compare;
import io.quorate.client.Interval;
import io.quorate.client.Range;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Those who want the same thing, one behind the other: a key for each, below one prefix, in the
 * order of their create revisions. Who is first has it. Source: {@code Mutex} and {@code Election}
 * of etcd's {@code client/v3/concurrency}: the key is the prefix, a slash and the id of the lease
 * in lower-case hexadecimal, and each waits for the deletion of the key right before its own.
 *
 * <p>Each place has a lease of its own. That is what makes it safe to give up at any moment: with
 * the lease revoked, the key is gone, and a write of it that is still under way is refused.
 */
final class Line {
  private final Client client;
  private final String name;
  private final Duration ttl;

  Line(Client client, String name, Duration ttl) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a name is not empty");
    }
    if (ttl.isNegative() || ttl.isZero()) {
      throw new IllegalArgumentException("a lease lives longer than " + ttl);
    }
    this.client = client;
    this.name = name;
    this.ttl = ttl;
  }

  Client client() {
    return client;
  }

  String name() {
    return name;
  }

  Duration ttl() {
    return ttl;
  }

  /** All keys of the line. */
  Interval keys() {
    return Interval.prefix(name + "/");
  }

  /** The key of whoever has the lease. */
  Bytes key(long lease) {
    return Bytes.utf8(name + "/" + Long.toHexString(lease));
  }

  /** Reads who is first. */
  Range first() {
    return Range.of(keys()).sorted(Range.SortBy.CREATE_REVISION, false).limit(1);
  }

  /** Reads who is right before the one whose key was created at {@code fence}. */
  Range before(long fence) {
    return Range.of(keys())
        .sorted(Range.SortBy.CREATE_REVISION, true)
        .limit(1)
        .only(Range.Parts.KEYS)
        .within(new Range.Bounds(0, 0, 0, fence - 1));
  }

  /** Nobody is there. */
  Compare isEmpty() {
    return new Compare.OfNumber(keys(), Compare.Field.CREATE_REVISION, Compare.Is.EQUAL, 0);
  }

  /** Queues up with {@code value}, and waits until it is first. */
  <T> Promise<T> enter(Bytes value, Function<Place, T> made) {
    return new Entry<T>(this, value, true, place -> made.apply(place.orElseThrow())).begin();
  }

  /** Takes the first place if nobody is there; otherwise leaves no trace. */
  <T> Promise<Optional<T>> tryEnter(Bytes value, Function<Place, T> made) {
    return new Entry<Optional<T>>(this, value, false, place -> place.map(made)).begin();
  }
}
