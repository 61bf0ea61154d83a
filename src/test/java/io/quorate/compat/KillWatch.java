package io.quorate.compat;

import com.google.protobuf.ByteString;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;

/** A watch over every key that goes on after the last revision which the history has seen. */
final class KillWatch {
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private final ClientCall<WatchRequest, WatchResponse> call;

  /** Opens it; it ends with its client if it is not closed before. */
  static KillWatch open(EtcdClient client, KillHistory history) {
    return new KillWatch(client, history);
  }

  private KillWatch(EtcdClient client, KillHistory history) {
    int number = history.beginWatch();
    this.call =
        client.open(
            EtcdClient.WATCH,
            new ClientCall.Listener<WatchResponse>() {
              @Override
              public void onMessage(WatchResponse response) {
                history.watch(number, response);
                call().request(1);
              }

              @Override
              public void onClose(Status status, Metadata trailers) {}

              private ClientCall<WatchRequest, WatchResponse> call() {
                return KillWatch.this.call;
              }
            });
    WatchCreateRequest.Builder create =
        WatchCreateRequest.newBuilder()
            .setKey(ZERO)
            .setRangeEnd(ZERO)
            .setStartRevision(history.watchedTo() + 1);
    call.sendMessage(WatchRequest.newBuilder().setCreateRequest(create).build());
    call.request(1);
  }

  /** Ends the stream; what arrives later is not seen. */
  void close() {
    call.cancel("the round is over", null);
  }
}
