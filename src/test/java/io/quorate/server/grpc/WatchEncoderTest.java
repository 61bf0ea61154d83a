package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.base.Bytes;
import io.quorate.mvcc.Event;
import io.quorate.mvcc.KeyValue;
import io.quorate.proto.etcd.WatchResponse;
import io.quorate.watch.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchEncoderTest {
  private final FakeFacts facts = new FakeFacts();

  private static KeyValue random(Random random) {
    byte[] value = new byte[random.nextInt(random.nextInt(10) == 0 ? 9000 : 300)];
    random.nextBytes(value);
    return new KeyValue(
        Bytes.utf8("key" + random.nextInt(10)),
        1 + random.nextLong(1L << random.nextInt(1, 62)),
        1 + random.nextLong(1L << random.nextInt(1, 62)),
        1 + random.nextLong(1L << random.nextInt(1, 62)),
        Bytes.wrap(value),
        random.nextBoolean() ? 0 : random.nextLong());
  }

  private static io.quorate.proto.etcd.KeyValue proto(KeyValue kv) {
    return io.quorate.proto.etcd.KeyValue.newBuilder()
        .setKey(ByteString.copyFrom(kv.key().toArray()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.modRevision())
        .setVersion(kv.version())
        .setValue(ByteString.copyFrom(kv.value().toArray()))
        .setLease(kv.lease())
        .build();
  }

  private WatchResponse expected(long id, List<Event> events, long revision, boolean previous) {
    WatchResponse.Builder response =
        WatchResponse.newBuilder().setHeader(HeaderCodec.message(facts, revision)).setWatchId(id);
    for (Event event : events) {
      io.quorate.proto.etcd.Event.Builder one =
          io.quorate.proto.etcd.Event.newBuilder().setKv(proto(event.kv()));
      if (event.isDelete()) {
        one.setType(io.quorate.proto.etcd.Event.EventType.DELETE);
      }
      KeyValue before = event.previous();
      if (previous && before != null) {
        one.setPrevKv(proto(before));
      }
      response.addEvents(one);
    }
    return response.build();
  }

  private static List<byte[]> encode(WatchEncoder encoder, Delivery.Events delivery) {
    FakeOutbound out = new FakeOutbound();
    out.read(false);
    encoder.encode(delivery, out::offer);
    out.read(true);
    return out.messages();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void writesTheBytesThatProtobufWrites(long seed) {
    Random random = new Random(seed);
    WatchEncoder encoder = new WatchEncoder(facts, 1 << 20);
    List<Event> all = new ArrayList<>();
    for (int round = 0; round < 500; round++) {
      for (int i = random.nextInt(3); i >= 0; i--) {
        KeyValue kv = random(random);
        all.add(
            new Event(
                random.nextInt(3) == 0 ? KeyValue.deleted(kv.key(), kv.modRevision()) : kv,
                random.nextBoolean() ? null : random(random)));
      }
      int from = Math.max(0, all.size() - 1 - random.nextInt(8));
      List<Event> events = all.subList(from, all.size());
      facts.term = random.nextInt(3);
      long revision = random.nextLong(1000);
      boolean previous = random.nextBoolean();
      long[] ids = {0, -1, random.nextLong(), 5, 300};
      int count = 1 + random.nextInt(ids.length);
      List<byte[]> messages =
          encode(encoder, new Delivery.Events(ids, count, events, revision, previous, false));
      assertThat(messages).hasSize(count);
      for (int i = 0; i < count; i++) {
        assertThat(messages.get(i))
            .isEqualTo(expected(ids[i], events, revision, previous).toByteArray());
      }
    }
  }

  @Test
  void cutsLargeResponsesWhereTheClientAllowsIt() throws Exception {
    WatchEncoder encoder = new WatchEncoder(facts, 1000);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int size = i == 4 ? 2000 : 300;
      events.add(
          new Event(
              new KeyValue(Bytes.utf8("k" + i), 5, 5, 1, Bytes.wrap(new byte[size]), 0), null));
    }
    long[] ids = {0, 9};
    List<byte[]> parts = encode(encoder, new Delivery.Events(ids, 2, events, 5, true, true));
    List<io.quorate.proto.etcd.Event> joined = new ArrayList<>();
    List<Boolean> more = new ArrayList<>();
    for (byte[] part : parts.subList(0, parts.size() / 2)) {
      WatchResponse response = WatchResponse.parseFrom(part);
      assertThat(part.length < 1000 || response.getEventsCount() == 1).isTrue();
      assertThat(response.getHeader().getRevision()).isEqualTo(5);
      more.add(response.getFragment());
      joined.addAll(response.getEventsList());
    }
    assertThat(joined).isEqualTo(expected(0, events, 5, true).getEventsList());
    assertThat(more.subList(0, more.size() - 1)).hasSize(4).containsOnly(true);
    assertThat(more).endsWith(false);
    assertThat(WatchResponse.parseFrom(parts.get(parts.size() - 1)).getWatchId()).isEqualTo(9);

    assertThat(encode(encoder, new Delivery.Events(ids, 1, events, 5, true, false)))
        .as("not allowed")
        .hasSize(1);
    assertThat(encode(encoder, new Delivery.Events(ids, 1, events.subList(0, 2), 5, true, true)))
        .as("small")
        .hasSize(1);
  }
}
