package io.quorate.watch;

import io.quorate.base.Bytes;
import io.quorate.mvcc.KeyRange;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A map from ranges to values that finds all ranges over one key: a balanced search tree (AVL) by
 * (from, to), where each node also knows the highest end below it (Cormen et al., Introduction to
 * Algorithms, "Interval trees"). Changes take O(log n), a search O(log n) for each range it finds.
 */
final class IntervalTree<V> {
  private static final class Node<V> {
    KeyRange range;
    V value;
    int height = 1;
    // The highest end in this subtree; null is above every key.
    @Nullable Bytes highest;
    @Nullable Node<V> left;
    @Nullable Node<V> right;

    Node(KeyRange range, V value) {
      this.range = range;
      this.value = value;
      this.highest = range.to();
    }
  }

  private @Nullable Node<V> root;

  boolean isEmpty() {
    return root == null;
  }

  @Nullable V get(KeyRange range) {
    Node<V> node = root;
    while (node != null) {
      int order = compare(range, node.range);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  void put(KeyRange range, V value) {
    root = put(root, range, value);
  }

  void remove(KeyRange range) {
    root = remove(root, range);
  }

  /** Calls {@code action} for each range that contains {@code key}, in order of the ranges. */
  void forEachAt(Bytes key, Consumer<V> action) {
    forEachAt(root, key, action);
  }

  private static <V> void forEachAt(@Nullable Node<V> node, Bytes key, Consumer<V> action) {
    if (node == null || (node.highest != null && node.highest.compareTo(key) <= 0)) {
      return;
    }
    forEachAt(node.left, key, action);
    if (node.range.from().compareTo(key) <= 0) {
      if (node.range.contains(key)) {
        action.accept(node.value);
      }
      forEachAt(node.right, key, action);
    }
  }

  private static <V> Node<V> put(@Nullable Node<V> node, KeyRange range, V value) {
    if (node == null) {
      return new Node<>(range, value);
    }
    int order = compare(range, node.range);
    if (order == 0) {
      node.value = value;
      return node;
    }
    if (order < 0) {
      node.left = put(node.left, range, value);
    } else {
      node.right = put(node.right, range, value);
    }
    return balance(node);
  }

  private static <V> @Nullable Node<V> remove(@Nullable Node<V> node, KeyRange range) {
    if (node == null) {
      return null;
    }
    int order = compare(range, node.range);
    if (order < 0) {
      node.left = remove(node.left, range);
    } else if (order > 0) {
      node.right = remove(node.right, range);
    } else if (node.left == null) {
      return node.right;
    } else if (node.right == null) {
      return node.left;
    } else {
      Node<V> next = node.right;
      while (next.left != null) {
        next = next.left;
      }
      node.range = next.range;
      node.value = next.value;
      node.right = remove(node.right, next.range);
    }
    return balance(node);
  }

  private static <V> Node<V> balance(Node<V> node) {
    int lean = height(node.left) - height(node.right);
    if (lean > 1 && node.left != null) {
      if (lean(node.left) < 0) {
        node.left = rotateLeft(node.left);
      }
      return rotateRight(node);
    }
    if (lean < -1 && node.right != null) {
      if (lean(node.right) > 0) {
        node.right = rotateRight(node.right);
      }
      return rotateLeft(node);
    }
    update(node);
    return node;
  }

  private static <V> Node<V> rotateRight(Node<V> node) {
    Node<V> top = node.left;
    if (top == null) {
      return node;
    }
    node.left = top.right;
    top.right = node;
    update(node);
    update(top);
    return top;
  }

  private static <V> Node<V> rotateLeft(Node<V> node) {
    Node<V> top = node.right;
    if (top == null) {
      return node;
    }
    node.right = top.left;
    top.left = node;
    update(node);
    update(top);
    return top;
  }

  private static <V> void update(Node<V> node) {
    node.height = 1 + Math.max(height(node.left), height(node.right));
    node.highest = node.range.to();
    if (node.left != null) {
      node.highest = higher(node.highest, node.left.highest);
    }
    if (node.right != null) {
      node.highest = higher(node.highest, node.right.highest);
    }
  }

  private static int height(@Nullable Node<?> node) {
    return node == null ? 0 : node.height;
  }

  private static int lean(Node<?> node) {
    return height(node.left) - height(node.right);
  }

  private static @Nullable Bytes higher(@Nullable Bytes a, @Nullable Bytes b) {
    if (a == null || b == null) {
      return null;
    }
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static int compare(KeyRange a, KeyRange b) {
    int order = a.from().compareTo(b.from());
    if (order != 0) {
      return order;
    }
    if (a.to() == null || b.to() == null) {
      return Boolean.compare(a.to() == null, b.to() == null);
    }
    return a.to().compareTo(b.to());
  }
}
