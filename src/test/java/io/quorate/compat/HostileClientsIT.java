package io.quorate.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.quorate.proto.etcd.PutRequest;
import io.quorate.proto.etcd.RangeRequest;
import io.quorate.proto.etcd.RangeResponse;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.server.grpc.RawHttp2;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that never read what they asked for, or ask and cancel: the server's memory and its files
 * stay bounded, and everybody else is served. The reference builds each answer as a whole and so is
 * beyond the bound on memory when ranges are not read; the server under test may not be.
 */
class HostileClientsIT {
  private static final int CANCELS = 10_000;
  private static final int CANCELS_AT_ONCE = 100;
  private static final int STALLED_CALLS = 40;
  private static final int LARGE_VALUES = 10;
  private static final int LARGE_VALUE_BYTES = 1 << 20;
  private static final int WATCHED_PUTS = 300;
  private static final int HOSTILE_CONNECTIONS = 3;
  private static final int HOSTILE_STREAMS = 2000;
  private static final int MEDIUM_VALUE_BYTES = 60_000;
  private static final int OPEN_FILES_MORE_MAX = 20;
  private static final int GROWTH_MIB_MAX = 400;
  private static final Duration OTHERS_WITHIN = Duration.ofSeconds(5);
  private static final ByteString KEY = ByteString.copyFromUtf8("k");
  private static final Pattern ANONYMOUS = Pattern.compile("RssAnon:\\s+(\\d+) kB");

  @TempDir Path folder;
  private ServerProcess server;
  private EtcdClient others;

  @BeforeEach
  void startServer() {
    server = ServerProcess.start(Servers.underTest(), folder, List.of());
    others = new EtcdClient(server.endpoint());
    othersAreServed();
  }

  @AfterEach
  void stopServer() {
    others.close();
    boolean alive = server.isAlive();
    server.close();
    assertThat(alive).as("the server still ran\n" + server.logEnd()).isTrue();
  }

  @Test
  void rangesThatAreNeverReadHoldUpNobody() throws IOException {
    putLargeValues();
    long before = anonymousMib();
    try (EtcdClient stalled = new EtcdClient(server.endpoint())) {
      RangeRequest all = RangeRequest.newBuilder().setKey(KEY).setRangeEnd(zero()).build();
      for (int i = 0; i < STALLED_CALLS; i++) {
        ClientCall<RangeRequest, RangeResponse> call = open(stalled, EtcdClient.RANGE, () -> {});
        call.sendMessage(all);
        call.halfClose();
      }
      for (int i = 0; i < WATCHED_PUTS; i++) {
        othersAreServed();
      }
      assertThat(anonymousMib() - before).as("MiB more").isLessThan(GROWTH_MIB_MAX);
    }
    othersAreServed();
  }

  @Test
  void watchesThatAreNeverReadHoldUpNobody() throws IOException {
    long before = anonymousMib();
    List<EtcdClient> stalled = new ArrayList<>();
    try {
      for (int i = 0; i < 5; i++) {
        EtcdClient client = new EtcdClient(server.endpoint());
        stalled.add(client);
        WatchCreateRequest.Builder create =
            WatchCreateRequest.newBuilder().setKey(zero()).setRangeEnd(zero()).setPrevKv(true);
        open(client, EtcdClient.WATCH, () -> {})
            .sendMessage(WatchRequest.newBuilder().setCreateRequest(create).build());
      }
      for (int i = 0; i < WATCHED_PUTS; i++) {
        put(i % LARGE_VALUES, LARGE_VALUE_BYTES / 4);
        othersAreServed();
      }
      assertThat(anonymousMib() - before).as("MiB more").isLessThan(GROWTH_MIB_MAX);
    } finally {
      stalled.forEach(EtcdClient::close);
    }
    othersAreServed();
  }

  @Test
  void callsThatAreCancelledLeaveNothingBehind() throws Exception {
    putLargeValues();
    long files = openFiles();
    Semaphore atOnce = new Semaphore(CANCELS_AT_ONCE);
    RangeRequest all = RangeRequest.newBuilder().setKey(KEY).setRangeEnd(zero()).build();
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("c")).build();
    WatchRequest watch =
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(KEY))
            .build();
    try (EtcdClient canceller = new EtcdClient(server.endpoint())) {
      for (int i = 0; i < CANCELS; i++) {
        atOnce.acquire();
        switch (i % 3) {
          case 0 -> cancelled(canceller, EtcdClient.RANGE, all, atOnce);
          case 1 -> cancelled(canceller, EtcdClient.PUT, put, atOnce);
          default -> cancelled(canceller, EtcdClient.WATCH, watch, atOnce);
        }
        if (i % CANCELS_AT_ONCE == 0) {
          othersAreServed();
        }
      }
      atOnce.acquire(CANCELS_AT_ONCE);
    }
    othersAreServed();
    assertThat(openFiles() - files).as("open files more").isLessThan(OPEN_FILES_MORE_MAX);
    assertThat(anonymousMib()).as("MiB").isLessThan(GROWTH_MIB_MAX + 200);
  }

  /** Each answer is small, and each client holds as many streams as it may. */
  @Test
  void smallAnswersThatAreNeverReadAreBoundedTogether() throws IOException {
    putMediumValue();
    long before = anonymousMib();
    byte[] range = RangeRequest.newBuilder().setKey(KEY).build().toByteArray();
    byte[] watch =
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(KEY))
            .build()
            .toByteArray();
    List<RawHttp2> hostile = new ArrayList<>();
    try {
      for (int i = 0; i < HOSTILE_CONNECTIONS; i++) {
        hostile.add(askWithoutReading("/etcdserverpb.KV/Range", true, range));
        hostile.add(askWithoutReading("/etcdserverpb.Watch/Watch", false, watch));
        hostile.add(askWithoutReading("/etcdserverpb.KV/RangeStream", true, range));
        othersAreServed();
      }
      for (int i = 0; i < WATCHED_PUTS; i++) {
        putMediumValue();
        othersAreServed();
      }
      assertThat(anonymousMib() - before).as("MiB more").isLessThan(GROWTH_MIB_MAX);
    } finally {
      for (RawHttp2 client : hostile) {
        client.close();
      }
    }
    othersAreServed();
  }

  private RawHttp2 askWithoutReading(String path, boolean half, byte[] request) throws IOException {
    RawHttp2 client = RawHttp2.ofNoWindow(server.clientPort());
    try {
      for (int i = 0; i < HOSTILE_STREAMS; i++) {
        client.headers(false, path).data(half, RawHttp2.grpc(0, request)).next();
      }
    } catch (SocketException closed) {
      // The server may do so.
    }
    return client;
  }

  private void putMediumValue() {
    others.call(
        EtcdClient.PUT,
        PutRequest.newBuilder()
            .setKey(KEY)
            .setValue(ByteString.copyFrom(new byte[MEDIUM_VALUE_BYTES]))
            .build());
  }

  private static <Q, A> void cancelled(
      EtcdClient client, MethodDescriptor<Q, A> method, Q request, Semaphore atOnce) {
    ClientCall<Q, A> call = open(client, method, atOnce::release);
    call.request(1);
    call.sendMessage(request);
    call.cancel("the test says so", null);
  }

  private static <Q, A> ClientCall<Q, A> open(
      EtcdClient client, MethodDescriptor<Q, A> method, Runnable closed) {
    return client.open(
        method,
        new ClientCall.Listener<A>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            closed.run();
          }
        });
  }

  /** A write and a linearizable read of another client, within a bound. */
  private void othersAreServed() {
    long begin = System.nanoTime();
    ByteString key = ByteString.copyFromUtf8("others");
    others.call(EtcdClient.PUT, PutRequest.newBuilder().setKey(key).build());
    others.call(EtcdClient.RANGE, RangeRequest.newBuilder().setKey(key).build());
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(took).as("a write and a read of somebody else").isLessThan(OTHERS_WITHIN);
  }

  private void putLargeValues() {
    for (int i = 0; i < LARGE_VALUES; i++) {
      put(i, LARGE_VALUE_BYTES);
    }
  }

  private void put(int number, int bytes) {
    others.call(
        EtcdClient.PUT,
        PutRequest.newBuilder()
            .setKey(KEY.concat(ByteString.copyFromUtf8(Integer.toString(number))))
            .setValue(ByteString.copyFrom(new byte[bytes]))
            .build());
  }

  private static ByteString zero() {
    return ByteString.copyFrom(new byte[1]);
  }

  private long anonymousMib() throws IOException {
    String status = Files.readString(Path.of("/proc/" + server.pid() + "/status"));
    Matcher found = ANONYMOUS.matcher(status);
    assertThat(found.find()).as(status).isTrue();
    return Long.parseLong(found.group(1)) >> 10;
  }

  private long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + server.pid() + "/fd"))) {
      return files.count();
    }
  }
}
