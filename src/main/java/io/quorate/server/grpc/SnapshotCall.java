package io.quorate.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.node.Node;
import io.quorate.node.Refusals;
import io.quorate.proto.etcd.SnapshotResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * One Snapshot: a compacted copy of the store, made after a checkpoint so that it holds every write
 * acknowledged before, in parts, padded to 512 bytes and followed by its SHA-256. The copy is
 * deleted when the call ends, however it ends.
 */
final class SnapshotCall implements StreamHandler {
  private static final int PART_BYTES = 32 * 1024;
  private static final int PAD_BYTES = 512;

  private final Node node;
  private final String version;
  private final Outbound out;
  private @Nullable Path dir;
  private @Nullable FileChannel file;
  private @Nullable MessageDigest digest;
  private long left;
  private long beganNanos;

  SnapshotCall(Node node, String version, Outbound out) {
    this.node = node;
    this.version = version;
    this.out = out;
  }

  @Override
  public void onMessage(byte[] message) {
    beganNanos = System.nanoTime();
    node.copyStore()
        .whenCompleteAsync(
            (copy, failure) -> {
              if (failure != null) {
                EtcdException refusal = Refusals.of(failure);
                out.close(refusal.code(), refusal.text());
              } else {
                begin(copy);
              }
            },
            node.readerPool());
  }

  private void begin(Path copy) {
    dir = copy;
    try {
      FileChannel channel = FileChannel.open(copy.resolve("data.mdb"), StandardOpenOption.READ);
      file = channel;
      digest = MessageDigest.getInstance("SHA-256");
      left = (channel.size() + PAD_BYTES - 1) / PAD_BYTES * PAD_BYTES;
      send();
    } catch (IOException | NoSuchAlgorithmException e) {
      fail(e);
    }
  }

  private synchronized void send() {
    FileChannel from = file;
    MessageDigest sum = digest;
    if (from == null || sum == null) {
      return;
    }
    if (out.isOver()) {
      clean();
      return;
    }
    try {
      boolean writable = true;
      while (writable && left > 0) {
        byte[] part = new byte[(int) Math.min(PART_BYTES, left)];
        readFully(from, part);
        sum.update(part);
        left -= part.length;
        writable = offer(part);
      }
      if (left == 0) {
        offer(sum.digest());
        out.close();
        node.metrics().snapshotSent(System.nanoTime() - beganNanos);
        clean();
      } else {
        out.onWritable(() -> node.readerPool().execute(this::send));
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /** Fills {@code part}; beyond the end of the file there are zeros. */
  private static void readFully(FileChannel from, byte[] part) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(part);
    while (buffer.hasRemaining() && from.read(buffer) >= 0) {
      // Reads on.
    }
  }

  /** Sends a part; false when the queue holds enough for now. */
  private boolean offer(byte[] part) {
    ByteString blob = UnsafeByteOperations.unsafeWrap(part);
    out.offer(
        Framed.of(
            SnapshotResponse.newBuilder()
                .setRemainingBytes(left)
                .setBlob(blob)
                .setVersion(version)
                .build()));
    return out.queuedBytes() < Limits.defaults().outboundBytesLow();
  }

  private void fail(Exception cause) {
    out.close(EtcdError.Code.UNKNOWN, "etcdserver: snapshot failed: " + cause.getMessage());
    clean();
  }

  private synchronized void clean() {
    try {
      if (file != null) {
        file.close();
        file = null;
      }
      if (dir != null) {
        Files.deleteIfExists(dir.resolve("data.mdb"));
        Files.deleteIfExists(dir.resolve("lock.mdb"));
        Files.deleteIfExists(dir);
        dir = null;
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void onHalfClose() {
    // One request is all there is.
  }

  @Override
  public void onCancel() {
    node.readerPool().execute(this::clean);
  }
}
