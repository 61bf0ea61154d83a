package io.quorate.client;

import io.quorate.proto.etcd.Event;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a watch has told, and what it says to what a member sends next. It knows no connection: each
 * new one is asked for what {@link #request()} says, and goes on where the last one ended.
 *
 * <p>{@code next} is the first revision of which nothing was told; all below it is told. It only
 * grows. A revision whose events come in fragments is held back until it is whole, so that a
 * connection that breaks in between takes nothing half-told with it.
 */
final class WatchCore {
  private final Watch watch;
  private long next;
  private boolean isCreated;
  private List<Change> held = new ArrayList<>();

  /** As {@code watch} begins; one with a list begins by {@link #listed}. */
  WatchCore(Watch watch) {
    this.watch = watch;
    this.next = watch.begin() instanceof Watch.Begin.At at ? at.revision() : 0;
  }

  /** A list at {@code revision} was told. */
  void listed(long revision) {
    next = revision + 1;
  }

  /** The first revision of which nothing was told; 0 before it is known where now is. */
  long next() {
    return next;
  }

  /** What a new connection is to be asked for. What the old one held back is forgotten. */
  WatchCreateRequest request() {
    held = new ArrayList<>();
    isCreated = false;
    WatchCreateRequest.Builder request =
        WatchCreateRequest.newBuilder()
            .setKey(Requests.bytes(watch.keys().key()))
            .setRangeEnd(Requests.bytes(watch.keys().end()))
            .setStartRevision(next)
            .setPrevKv(watch.returnsPrevious())
            .setProgressNotify(true)
            .setFragment(true);
    switch (watch.filter()) {
      case NOTHING -> {}
      case PUTS -> request.addFilters(WatchCreateRequest.FilterType.NOPUT);
      case DELETES -> request.addFilters(WatchCreateRequest.FilterType.NODELETE);
    }
    return request.build();
  }

  /** What {@code response}, which does not cancel the watch, is to the subscriber. */
  Optional<WatchSignal> take(WatchResponse response) {
    long revision = response.getHeader().getRevision();
    if (response.getCreated()) {
      isCreated = true;
      if (next == 0) {
        next = revision + 1;
        return Optional.of(new WatchSignal.Bookmark(revision));
      }
      return Optional.empty();
    }
    if (response.getEventsCount() > 0) {
      return changes(response);
    }
    // Before the watch stands, how far the member is says nothing of what it has told.
    if (isCreated && revision >= next && held.isEmpty()) {
      next = revision + 1;
      return Optional.of(new WatchSignal.Bookmark(revision));
    }
    return Optional.empty();
  }

  private Optional<WatchSignal> changes(WatchResponse response) {
    List<Change> whole = held;
    for (Event event : response.getEventsList()) {
      if (event.getKv().getModRevision() >= next) {
        whole.add(Answers.change(event));
      }
    }
    held = new ArrayList<>();
    if (response.getFragment()) {
      int end = endOfWhole(whole);
      held.addAll(whole.subList(end, whole.size()));
      whole = whole.subList(0, end);
    }
    if (whole.isEmpty()) {
      return Optional.empty();
    }
    long last = whole.get(whole.size() - 1).revision();
    next = last + 1;
    return Optional.of(new WatchSignal.Changes(last, List.copyOf(whole)));
  }

  /** Where the last revision begins, of which more may come. */
  private static int endOfWhole(List<Change> changes) {
    int end = changes.size();
    while (end > 0
        && changes.get(end - 1).revision() == changes.get(changes.size() - 1).revision()) {
      end--;
    }
    return end;
  }
}
