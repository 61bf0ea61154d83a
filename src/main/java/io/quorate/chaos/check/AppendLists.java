package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The lists of a history, each in the order of its longest copy. A list is text, its elements
 * joined by commas; a copy of it that was seen is a beginning of the longest one, or orders differ.
 * Memory: one entry for each element of the longest copies.
 */
final class AppendLists {
  /** A list that was seen. */
  record Copy(String key, String list, Fact seen) {}

  /** An element of one list. */
  record Element(String key, String name) {}

  private final TreeMap<String, Copy> longest = new TreeMap<>();
  private final TreeMap<String, List<String>> orders = new TreeMap<>();
  private final HashMap<Element, Integer> places = new HashMap<>();

  /** Takes a copy into account, the next time that they are ordered. */
  void see(Copy copy) {
    longest.merge(
        copy.key(),
        copy,
        (one, other) -> one.list().length() >= other.list().length() ? one : other);
  }

  /** Reads the longest copies of those that were seen until now. */
  void order() {
    orders.clear();
    places.clear();
    for (Map.Entry<String, Copy> each : longest.entrySet()) {
      List<String> order = split(each.getValue().list());
      orders.put(each.getKey(), order);
      for (int i = 0; i < order.size(); i++) {
        places.putIfAbsent(new Element(each.getKey(), order.get(i)), i);
      }
    }
  }

  /** The copy that gave a list its order; it was seen. */
  Copy longest(String key) {
    Copy copy = longest.get(key);
    if (copy == null) {
      throw new IllegalArgumentException("nobody saw " + key);
    }
    return copy;
  }

  /** The keys of the lists, sorted. */
  Set<String> keys() {
    return orders.keySet();
  }

  /** The elements of a list, in order. */
  List<String> order(String key) {
    return orders.getOrDefault(key, List.of());
  }

  /** Where an element is first in the order of its list; -1 if nobody saw it. */
  int place(Element element) {
    return places.getOrDefault(element, -1);
  }

  /** Whether a copy is a beginning of the longest one. */
  boolean isBeginning(Copy copy) {
    String whole = longest(copy.key()).list();
    String part = copy.list();
    return whole.startsWith(part)
        && (part.isEmpty()
            || part.length() == whole.length()
            || whole.charAt(part.length()) == ',');
  }

  /** The elements of a list. */
  static List<String> split(String list) {
    List<String> elements = new ArrayList<>();
    int begin = 0;
    while (begin < list.length()) {
      int comma = list.indexOf(',', begin);
      int end = comma < 0 ? list.length() : comma;
      elements.add(list.substring(begin, end));
      begin = end + 1;
    }
    return elements;
  }

  /** The last element of a list; empty if it has none. */
  static String last(String list) {
    return list.substring(list.lastIndexOf(',') + 1);
  }

  /** A list without its last element. */
  static String withoutLast(String list) {
    int comma = list.lastIndexOf(',');
    return comma < 0 ? "" : list.substring(0, comma);
  }
}
