package io.quorate.server;

import io.quorate.server.Signals.Signal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * What a member does while the archive of its classes is made: it answers a few requests together
 * with two others, so that the classes of the way of a request are in the archive too, and then
 * stops by itself. The requests are written by hand, frame by frame, since the server holds no
 * client.
 */
final class Training {
  /** After this the member stops, whether it became ready or not. */
  static final long SECONDS_MAX = 20;

  private static final int ROUNDS = 20;

  /** The hot calls are made so often that the archive's profiles tell the compiler what is hot. */
  private static final int HOT_EXCHANGES = 9;

  private static final int HOT_ROUNDS = 150;
  private static final int HOT_CALLS = 4;
  private static final int SILENCE_MILLIS = 500;
  private static final int READ_BYTES = 16 * 1024;

  /** RFC 9113, section 3.4, and then an empty SETTINGS frame. */
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

  private static final List<Call> CALLS =
      List.of(
          new Call("/etcdserverpb.KV/Put", "\12\1k\22\1v"),
          new Call("/etcdserverpb.KV/Range", "\12\1k"),
          new Call("/etcdserverpb.KV/Txn", "\22\10\22\6\12\1k\22\1w"),
          new Call("/etcdserverpb.Lease/LeaseKeepAlive", "\10\7"),
          new Call("/etcdserverpb.Watch/Watch", "\12\3\12\1k"),
          new Call("/etcdserverpb.Lease/LeaseGrant", "\10\74"),
          new Call("/etcdserverpb.Maintenance/Status", ""),
          new Call("/grpc.health.v1.Health/Check", ""),
          new Call("/etcdserverpb.KV/DeleteRange", "\12\1k"));

  /** The lease that the hot calls keep alive. */
  private static final Call GRANT = new Call("/etcdserverpb.Lease/LeaseGrant", "\10\74\20\7");

  private final TrainingCluster cluster;
  private final CompletableFuture<Signal> stop = new CompletableFuture<>();

  /** One gRPC call with one message; both texts are bytes, one to a character. */
  private record Call(String path, String message) {}

  /** A training of the member that {@code given} would start. */
  Training(List<String> given) {
    this.cluster = new TrainingCluster(given);
  }

  /** The arguments with which the member starts. */
  List<String> args() {
    return cluster.args();
  }

  /** A starter whose member is trained as soon as it and the others are ready. */
  MemberStarter around(MemberStarter starter) {
    stop.completeOnTimeout(Signal.TERM, SECONDS_MAX, TimeUnit.SECONDS);
    return request -> {
      RunningMember member = starter.start(request);
      cluster.start(starter, request.config().dataDir());
      member
          .ready()
          .thenCombine(cluster.ready(), (one, others) -> member.clientAddresses())
          .thenAcceptAsync(this::train)
          .thenCompose(trained -> cluster.stop())
          .whenComplete((done, failure) -> stop.complete(Signal.TERM));
      return member;
    };
  }

  /** Completes when the training is over. */
  CompletionStage<Signal> stop() {
    return stop;
  }

  private void train(List<InetSocketAddress> own) {
    if (own.isEmpty()) {
      return;
    }
    InetSocketAddress first = own.get(0);
    exchange(first, get("/version"));
    exchange(first, get("/health"));
    exchange(first, get("/readyz"));
    exchange(first, get("/metrics"));
    exchange(first, calls(ROUNDS, CALLS));
    exchange(first, calls(1, List.of(GRANT)));
    // One of them leads, and the others forward.
    List<InetSocketAddress> all = new ArrayList<>(cluster.clientAddresses());
    all.add(first);
    for (int i = 0; i < HOT_EXCHANGES; i++) {
      exchange(all.get(i % all.size()), calls(HOT_ROUNDS, CALLS.subList(0, HOT_CALLS)));
    }
  }

  /** Sends {@code request} and reads until the server has nothing more to say. */
  private static void exchange(InetSocketAddress address, byte[] request) {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout(SILENCE_MILLIS);
      OutputStream out = socket.getOutputStream();
      out.write(request);
      out.flush();
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[READ_BYTES];
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
      while (in.read(buffer) >= 0 && System.nanoTime() < deadline) {
        // What is said does not matter, only that it has been said.
      }
    } catch (IOException e) {
      // Silence ends an exchange too, and a server that refuses one still loads its classes.
    }
  }

  private static byte[] get(String path) {
    return bytes("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  private static byte[] calls(int rounds, List<Call> calls) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes(PREFACE));
    int stream = 1;
    for (int round = 0; round < rounds; round++) {
      for (Call call : calls) {
        frame(out, 1, 4, stream, headers(call.path()));
        frame(out, 0, 1, stream, message(call.message()));
        stream += 2;
      }
    }
    return out.toByteArray();
  }

  /** RFC 9113, section 4.1: length, type, flags, stream, payload. */
  private static void frame(
      ByteArrayOutputStream out, int type, int flags, int stream, String payload) {
    int length = payload.length();
    out.write(length >> 16);
    out.write(length >> 8);
    out.write(length);
    out.write(type);
    out.write(flags);
    out.write(stream >> 24);
    out.write(stream >> 16);
    out.write(stream >> 8);
    out.write(stream);
    out.writeBytes(bytes(payload));
  }

  /** RFC 7541: POST and http from the static table, the others as literals without indexing. */
  private static String headers(String path) {
    return "\u0083\u0086"
        + "\4"
        + literal(path)
        + "\1"
        + literal("localhost")
        + "\17\20"
        + literal("application/grpc")
        + "\0"
        + literal("te")
        + literal("trailers");
  }

  private static String literal(String text) {
    return (char) text.length() + text;
  }

  private static String message(String message) {
    return "\0\0\0\0" + literal(message);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
