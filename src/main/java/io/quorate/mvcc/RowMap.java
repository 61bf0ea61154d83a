package io.quorate.mvcc;

import io.quorate.base.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The newest row of each key, in key order: a persistent AVL tree. A version once taken with {@link
 * #root()} never changes, so readers on any thread walk it while the one writer goes on.
 *
 * <p>Nodes made since the last {@link #root()} belong to the writer alone and are changed in place
 * (the "transient" of persistent collections): a batch of writes copies each path once, not once a
 * write. Keys are never removed; a deletion is a row as well.
 */
final class RowMap {
  /** One version of the map; null is the empty one. */
  static final class Node {
    private final long owner;
    private Row row;
    private @Nullable Node left;
    private @Nullable Node right;
    private int height;

    private Node(long owner, Row row, @Nullable Node left, @Nullable Node right, int height) {
      this.owner = owner;
      this.row = row;
      this.left = left;
      this.right = right;
      this.height = height;
    }
  }

  private @Nullable Node root;
  private long owner = 1;
  private int size;

  /** The version as of now; later writes do not touch it. */
  @Nullable Node root() {
    owner++;
    return root;
  }

  /** The number of keys. */
  int size() {
    return size;
  }

  /** Makes {@code row} the newest of its key. */
  void put(Row row) {
    root = put(root, row);
  }

  /** The newest row of {@code key} as the writer sees it. */
  @Nullable Row get(Bytes key) {
    return get(root, key);
  }

  /** The newest row of {@code key} in {@code version}. */
  static @Nullable Row get(@Nullable Node version, Bytes key) {
    Node node = version;
    while (node != null) {
      int order = key.compareTo(node.row.key());
      if (order == 0) {
        return node.row;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  private Node put(@Nullable Node node, Row row) {
    if (node == null) {
      size++;
      return new Node(owner, row, null, null, 1);
    }
    Node own = editable(node);
    int order = row.key().compareTo(own.row.key());
    if (order == 0) {
      own.row = row;
      return own;
    }
    if (order < 0) {
      own.left = put(own.left, row);
    } else {
      own.right = put(own.right, row);
    }
    return balance(own);
  }

  private Node editable(Node node) {
    return node.owner == owner
        ? node
        : new Node(owner, node.row, node.left, node.right, node.height);
  }

  private Node balance(Node node) {
    int lean = height(node.left) - height(node.right);
    if (lean > 1 && node.left != null) {
      Node left = editable(node.left);
      if (height(left.left) < height(left.right)) {
        left = rotateLeft(left);
      }
      node.left = left;
      return rotateRight(node);
    }
    if (lean < -1 && node.right != null) {
      Node right = editable(node.right);
      if (height(right.right) < height(right.left)) {
        right = rotateRight(right);
      }
      node.right = right;
      return rotateLeft(node);
    }
    node.height = 1 + Math.max(height(node.left), height(node.right));
    return node;
  }

  private Node rotateRight(Node node) {
    Node up = editable(java.util.Objects.requireNonNull(node.left));
    node.left = up.right;
    node.height = 1 + Math.max(height(node.left), height(node.right));
    up.right = node;
    up.height = 1 + Math.max(height(up.left), height(up.right));
    return up;
  }

  private Node rotateLeft(Node node) {
    Node up = editable(java.util.Objects.requireNonNull(node.right));
    node.right = up.left;
    node.height = 1 + Math.max(height(node.left), height(node.right));
    up.left = node;
    up.height = 1 + Math.max(height(up.left), height(up.right));
    return up;
  }

  private static int height(@Nullable Node node) {
    return node == null ? 0 : node.height;
  }

  /** Walks one version in key order, from a first key on. */
  static final class Cursor {
    private static final int DEPTH_MAX = 48; // 1.44 log2(n): more rows than a heap can hold

    private final Node[] path = new Node[DEPTH_MAX];
    private int depth;
    private @Nullable Row row;

    Cursor(@Nullable Node version, Bytes from) {
      Node node = version;
      while (node != null) {
        if (node.row.key().compareTo(from) >= 0) {
          path[depth++] = node;
          node = node.left;
        } else {
          node = node.right;
        }
      }
      advance();
    }

    /** The row under the cursor, null at the end. */
    @Nullable Row row() {
      return row;
    }

    /** Moves to the next key. */
    void advance() {
      if (depth == 0) {
        row = null;
        return;
      }
      Node top = path[--depth];
      row = top.row;
      Node node = top.right;
      while (node != null) {
        path[depth++] = node;
        node = node.left;
      }
    }
  }
}
