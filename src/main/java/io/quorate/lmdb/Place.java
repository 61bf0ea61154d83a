package io.quorate.lmdb;

/**
 * Where a row lies in the order of revisions.
 *
 * @param main its main revision
 * @param sub its place within the transaction that wrote it, from 0
 */
public record Place(long main, int sub) implements Comparable<Place> {
  /** Before all rows. */
  public static final Place START = new Place(0, -1);

  @Override
  public int compareTo(Place other) {
    int byMain = Long.compare(main, other.main);
    return byMain != 0 ? byMain : Integer.compare(sub, other.sub);
  }
}
