package io.quorate.server.discovery;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server of DNS on a free UDP port of the loopback that knows a few names (RFC 1035, 2782). */
public final class StubDns implements AutoCloseable {
  private static final int A = 1;
  private static final int SRV = 33;
  private static final int FOUND = 0x8580;
  private static final int NAME_ERROR = 0x8583;
  private static final int TTL_SECONDS = 60;

  private final Map<String, List<Record>> records = new ConcurrentHashMap<>();
  private final DatagramSocket socket;

  private record Record(int type, byte[] data) {}

  /** One that knows nothing yet. */
  public StubDns() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve, "stub-dns");
    thread.setDaemon(true);
    thread.start();
  }

  /** Host and port where it answers. */
  public String server() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  /** Adds a service at {@code name}. */
  public StubDns srv(String name, int priority, String target, int port) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(data);
    out.writeShort(priority);
    out.writeShort(0);
    out.writeShort(port);
    writeName(out, target);
    return add(name, new Record(SRV, data.toByteArray()));
  }

  /** Adds an address of {@code name}. */
  public StubDns a(String name, String address) throws IOException {
    return add(name, new Record(A, InetAddress.getByName(address).getAddress()));
  }

  private StubDns add(String name, Record record) {
    records.computeIfAbsent(name, n -> new CopyOnWriteArrayList<>()).add(record);
    return this;
  }

  private static void writeName(DataOutputStream out, String name) throws IOException {
    for (String label : name.split("\\.")) {
      out.writeByte(label.length());
      out.writeBytes(label);
    }
    out.writeByte(0);
  }

  private void serve() {
    byte[] buffer = new byte[512];
    while (!socket.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, packet.getLength()));
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private byte[] answer(ByteBuffer query) throws IOException {
    short id = query.getShort();
    query.position(12);
    List<String> labels = new ArrayList<>();
    for (int length = query.get(); length > 0; length = query.get()) {
      byte[] label = new byte[length];
      query.get(label);
      labels.add(new String(label, StandardCharsets.US_ASCII));
    }
    int type = query.getShort();
    String name = String.join(".", labels).toLowerCase(Locale.ROOT);
    List<Record> known = records.getOrDefault(name, List.of());
    List<Record> fitting = known.stream().filter(record -> record.type() == type).toList();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(id);
    out.writeShort(known.isEmpty() ? NAME_ERROR : FOUND);
    out.writeShort(1);
    out.writeShort(fitting.size());
    out.writeInt(0);
    writeName(out, name);
    out.writeShort(type);
    out.writeShort(1);
    for (Record record : fitting) {
      writeName(out, name);
      out.writeShort(record.type());
      out.writeShort(1);
      out.writeInt(TTL_SECONDS);
      out.writeShort(record.data().length);
      out.write(record.data());
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}
