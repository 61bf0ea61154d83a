package io.quorate.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@link Quorate#start(QuorateOptions)} starts. Immutable; each {@code with} method returns
 * other options and leaves these as they are.
 *
 * @param members how many, 1 or 3
 * @param folder where the members keep their data, each in a folder of its own below this one, so
 *     that a later start finds them again; empty for members in memory, of which nothing is left
 *     when they are closed
 * @param flags further flags of {@code quorate serve}, the same for all members, such as {@code
 *     --quota-backend-bytes=33554432}; not those about names, places, URLs and logs
 * @param name what the names of the members begin with, and in a folder those of their folders: 1
 *     to {@value #NAME_CHARS_MAX} letters, digits, dots, dashes and underscores, first a letter or
 *     digit
 * @param startTimeout how long a start waits until all members answer, more than zero
 */
public record QuorateOptions(
    int members, Optional<Path> folder, List<String> flags, String name, Duration startTimeout) {
  /** The bound of {@link #name}, in characters. */
  public static final int NAME_CHARS_MAX = 100;

  private static final QuorateOptions DEFAULTS =
      new QuorateOptions(1, Optional.empty(), List.of(), "quorate", Duration.ofSeconds(30));

  /**
   * Checks the bounds, and copies the list.
   *
   * @throws IllegalArgumentException when one is not kept; flags are looked at by the start
   */
  public QuorateOptions {
    flags = List.copyOf(flags);
    if (members != 1 && members != 3) {
      throw new IllegalArgumentException("a cluster has 1 or 3 members, not " + members);
    }
    if (name.length() > NAME_CHARS_MAX || !name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException("a name of members is not \"" + name + "\"");
    }
    if (startTimeout.isZero() || startTimeout.isNegative()) {
      throw new IllegalArgumentException("a start may not take " + startTimeout);
    }
  }

  /** One member in memory, no flags, 30 seconds to start. */
  public static QuorateOptions defaults() {
    return DEFAULTS;
  }

  /** These, with another number of members. */
  public QuorateOptions withMembers(int count) {
    return new QuorateOptions(count, folder, flags, name, startTimeout);
  }

  /** These, on disk, in {@code path}; created where it is missing. */
  public QuorateOptions inFolder(Path path) {
    return new QuorateOptions(members, Optional.of(path), flags, name, startTimeout);
  }

  /** These, with {@code more} flags behind those that there are. */
  public QuorateOptions withFlags(String... more) {
    return new QuorateOptions(
        members,
        folder,
        Stream.concat(flags.stream(), Arrays.stream(more)).toList(),
        name,
        startTimeout);
  }

  /** These, with another {@link #name}. */
  public QuorateOptions withName(String begin) {
    return new QuorateOptions(members, folder, flags, begin, startTimeout);
  }

  /** These, with another time for the start. */
  public QuorateOptions withStartTimeout(Duration timeout) {
    return new QuorateOptions(members, folder, flags, name, timeout);
  }
}
