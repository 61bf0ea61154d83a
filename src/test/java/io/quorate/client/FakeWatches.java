package io.quorate.client;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.quorate.proto.etcd.Event;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchRequest;
import io.quorate.proto.etcd.WatchResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One stream of a watch to a fake member. */
final class FakeWatches extends ServerCall.Listener<WatchRequest> {
  private final ServerCall<WatchRequest, WatchResponse> call;
  private final FakeStore store;
  private final FakeMember member;
  private final Queue<WatchResponse> queue = new ArrayDeque<>();
  private final Consumer<FakeStore.Written> listener = this::written;
  private @Nullable WatchCreateRequest created;
  private int progressRequests;
  private long sent;
  private boolean isOver;

  FakeWatches(ServerCall<WatchRequest, WatchResponse> call, FakeStore store, FakeMember member) {
    this.call = call;
    this.store = store;
    this.member = member;
  }

  @Override
  public void onMessage(WatchRequest message) {
    call.request(1);
    switch (message.getRequestUnionCase()) {
      case CREATE_REQUEST -> create(message.getCreateRequest());
      case PROGRESS_REQUEST -> progress();
      default -> {}
    }
  }

  private void create(WatchCreateRequest request) {
    synchronized (store) {
      synchronized (this) {
        created = request;
        if (!member.refuseWatches.isEmpty()) {
          send(
              response()
                  .setWatchId(-1)
                  .setCreated(true)
                  .setCanceled(true)
                  .setCancelReason(member.refuseWatches)
                  .build());
          return;
        }
        send(response().setCreated(true).build());
        long first = request.getStartRevision();
        if (first > 0 && first < store.compacted()) {
          send(response().setCanceled(true).setCompactRevision(store.compacted()).build());
          return;
        }
        long from = first == 0 ? store.revision() + 1 : first;
        store.follow(from, listener).forEach(this::written);
      }
    }
  }

  private synchronized void progress() {
    progressRequests++;
    if (created != null && !member.isMute) {
      send(response().setWatchId(-1).build());
    }
  }

  private WatchResponse.Builder response() {
    return WatchResponse.newBuilder().setHeader(member.header());
  }

  private synchronized void written(FakeStore.Written written) {
    WatchCreateRequest asked = created;
    if (asked == null || written.revision() < asked.getStartRevision()) {
      return;
    }
    List<Event> events =
        written.events().stream()
            .filter(
                event ->
                    FakeStore.isIn(event.getKv().getKey(), asked.getKey(), asked.getRangeEnd()))
            .toList();
    for (int from = 0; from < events.size(); from += member.fragmentEvents) {
      int to = (int) Math.min(events.size(), (long) from + member.fragmentEvents);
      send(
          response()
              .addAllEvents(events.subList(from, to))
              .setFragment(to < events.size())
              .build());
      if (to == events.size()) {
        return;
      }
    }
  }

  /** Sends {@code response} when there is room for it. */
  synchronized void send(WatchResponse response) {
    queue.add(response);
    flush();
  }

  private synchronized void flush() {
    while (!isOver && !queue.isEmpty() && call.isReady()) {
      call.sendMessage(queue.remove());
      sent++;
    }
  }

  @Override
  public void onReady() {
    flush();
  }

  @Override
  public void onCancel() {
    over();
  }

  @Override
  public void onHalfClose() {
    end(Status.OK);
  }

  private void over() {
    store.forget(listener);
    synchronized (this) {
      isOver = true;
      queue.clear();
    }
  }

  /** Ends the stream. */
  void end(Status status) {
    synchronized (this) {
      if (!isOver) {
        over();
        call.close(status, new Metadata());
      }
    }
  }

  /** Says that the watch is over; the stream stays. */
  void cancel(String reason) {
    store.forget(listener);
    send(response().setCanceled(true).setCancelReason(reason).build());
    synchronized (this) {
      isOver = true;
    }
  }

  synchronized boolean isOver() {
    return isOver;
  }

  /** What was asked for. */
  synchronized List<WatchCreateRequest> created() {
    WatchCreateRequest asked = created;
    return asked == null ? List.of() : List.of(asked);
  }

  synchronized int progressRequests() {
    return progressRequests;
  }

  /** How many messages wait, since the client does not read. */
  synchronized int held() {
    return queue.size();
  }

  synchronized long sent() {
    return sent;
  }

  /** What waits, for looking at. */
  synchronized List<WatchResponse> waiting() {
    return new ArrayList<>(queue);
  }
}
