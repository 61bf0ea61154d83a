package io.quorate.lmdb;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.util.Comparator;
import jnr.ffi.Pointer;
import org.lmdbjava.BufferProxy;
import org.lmdbjava.ByteBufferProxy;

/**
 * How LMDB's memory is seen as buffers. Where the JVM lets us, one buffer is bent to each row in
 * turn; that needs {@code --add-opens} for {@code java.nio} and {@code sun.nio.ch}, which the
 * process is started with. The program into which a member is embedded may have been started
 * without: then JNI makes a buffer for each row, which needs no flag and allocates more.
 */
final class Buffers {
  private Buffers() {}

  /** The fastest way there is in this JVM; decided by its flags, so always the same. */
  static BufferProxy<ByteBuffer> proxy() {
    return isOpen("java.nio") && isOpen("sun.nio.ch") ? ByteBufferProxy.PROXY_OPTIMAL : new Made();
  }

  private static boolean isOpen(String javaPackage) {
    return Object.class.getModule().isOpen(javaPackage, ByteBufferProxy.class.getModule());
  }

  /** A new buffer for whatever LMDB shows. Safe from any thread. */
  static final class Made extends BufferProxy<ByteBuffer> {
    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    /** Before LMDB has shown anything. */
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    @Override
    protected ByteBuffer allocate() {
      return NOTHING;
    }

    @Override
    protected void deallocate(ByteBuffer buffer) {
      // What it shows belongs to LMDB.
    }

    @Override
    protected byte[] getBytes(ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(buffer.position(), bytes);
      return bytes;
    }

    @Override
    protected Comparator<ByteBuffer> getSignedComparator() {
      return Comparator.naturalOrder();
    }

    @Override
    protected Comparator<ByteBuffer> getUnsignedComparator() {
      return (left, right) -> {
        int at = left.mismatch(right);
        return at < 0 || at == left.remaining() || at == right.remaining()
            ? Integer.compare(left.remaining(), right.remaining())
            : Byte.compareUnsigned(
                left.get(left.position() + at), right.get(right.position() + at));
      };
    }

    @Override
    protected Pointer in(ByteBuffer buffer, Pointer struct) {
      return in(buffer, buffer.remaining(), struct);
    }

    // The base class is not annotated; null says that nothing is to be freed.
    @SuppressWarnings("NullAway")
    @Override
    protected Pointer in(ByteBuffer buffer, int size, Pointer struct) {
      if (!buffer.isDirect()) {
        throw new IllegalArgumentException("LMDB cannot see a buffer of the heap");
      }
      long address = struct.address();
      MEMORY.putLong(address + STRUCT_FIELD_OFFSET_SIZE, size);
      MEMORY.putLong(
          address + STRUCT_FIELD_OFFSET_DATA,
          MEMORY.getDirectBufferAddress(buffer) + buffer.position());
      return null;
    }

    @Override
    protected ByteBuffer out(ByteBuffer buffer, Pointer struct) {
      long address = struct.address();
      int size = Math.toIntExact(MEMORY.getLong(address + STRUCT_FIELD_OFFSET_SIZE));
      return size == 0
          ? NOTHING
          : MEMORY.newDirectByteBuffer(MEMORY.getLong(address + STRUCT_FIELD_OFFSET_DATA), size);
    }
  }
}
