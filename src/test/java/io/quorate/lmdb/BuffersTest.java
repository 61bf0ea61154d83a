package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lmdbjava.ByteBufferProxy;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

class BuffersTest {
  @TempDir Path dir;

  private static ByteBuffer bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static String text(ByteBuffer buffer) {
    return StandardCharsets.UTF_8.decode(buffer.duplicate()).toString();
  }

  @Test
  void testsRunOnTheFastWay() {
    assertThat(Buffers.proxy()).isSameAs(ByteBufferProxy.PROXY_OPTIMAL);
  }

  @Test
  void buffersThatAreMadeShowWhatIsWritten() {
    try (Env<ByteBuffer> env =
        Env.create(new Buffers.Made()).setMapSize(1 << 20).setMaxDbs(1).open(dir.toFile())) {
      Dbi<ByteBuffer> dbi = env.openDbi("t", DbiFlags.MDB_CREATE);
      dbi.put(bytes("b"), bytes("two"));
      dbi.put(bytes("a"), bytes("one"));
      dbi.put(bytes("c"), bytes(""));
      List<String> seen = new ArrayList<>();
      try (Txn<ByteBuffer> txn = env.txnRead()) {
        assertThat(text(dbi.get(txn, bytes("b")))).isEqualTo("two");
        assertThat(dbi.get(txn, bytes("x"))).isNull();
        try (Cursor<ByteBuffer> cursor = dbi.openCursor(txn)) {
          boolean more = cursor.get(bytes("aa"), GetOp.MDB_SET_RANGE);
          while (more) {
            seen.add(text(cursor.key()) + "=" + text(cursor.val()));
            more = cursor.next();
          }
        }
      }
      assertThat(seen).containsExactly("b=two", "c=");
    }
  }

  @Test
  void writesFromWhereABufferStands() {
    try (Env<ByteBuffer> env =
        Env.create(new Buffers.Made()).setMapSize(1 << 20).setMaxDbs(1).open(dir.toFile())) {
      Dbi<ByteBuffer> dbi = env.openDbi("t", DbiFlags.MDB_CREATE);
      dbi.put(bytes("xk").position(1), bytes("xvalue").position(1));
      try (Txn<ByteBuffer> txn = env.txnRead()) {
        assertThat(text(dbi.get(txn, bytes("k")))).isEqualTo("value");
      }
      assertThatThrownBy(() -> dbi.put(ByteBuffer.allocate(1), bytes("v")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void comparesAsLmdbDoes() {
    var order = new Buffers.Made().getUnsignedComparator();
    assertThat(order.compare(bytes("a"), bytes("b"))).isNegative();
    assertThat(order.compare(bytes("a"), bytes("ab"))).isNegative();
    assertThat(order.compare(bytes("a"), bytes("a"))).isZero();
    assertThat(order.compare(bytes("\u00e4"), bytes("a"))).isPositive();
  }
}
