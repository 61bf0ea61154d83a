package io.quorate.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.mvcc.KeyRange;
import io.quorate.node.MemberFacts;
import io.quorate.node.WatchActor;
import io.quorate.proto.etcd.WatchCreateRequest;
import io.quorate.proto.etcd.WatchRequest;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The Watch service. Each stream reads requests into messages of {@link WatchActor}, and the actor
 * writes responses into the stream's {@link WatchOutlet}.
 *
 * <p>All streams together have one budget of bytes that wait to be sent, and one of bytes in a last
 * response beyond it; each gets an equal share of them, within bounds, so that slow clients cannot
 * fill the memory however many they are.
 */
public final class WatchService implements StreamMethod {
  /** The full name of the service. */
  public static final String NAME = "etcdserverpb.Watch";

  private static final long BUDGET_BYTES = 64L << 20;

  // A client that cannot keep pace is better off with a short queue: its watches then catch up with
  // many revisions a response, which cost it a fifth of what single ones do (measured with etcd's
  // benchmark, 100 streams of 100 watches: 1 MiB 0.2, 64 KiB 1.2, 32 KiB 1.4 million events/s).
  private static final long SHARE_BYTES_MAX = 32L << 10;
  private static final long SHARE_BYTES_MIN = 16L << 10;

  // For the same reason such a response is large: with 32 KiB the 10,000 watches of that load all
  // lag by some hundred events at once, with 128 KiB some of them at a time are brought back.
  private static final long RESPONSES_BUDGET_BYTES = 32L << 20;
  private static final long RESPONSE_BYTES_MAX = 128L << 10;
  private static final Bytes LOWEST_KEY = Bytes.wrap(new byte[] {0});

  private final ActorRef<WatchActor.Command> actor;
  private final MemberFacts facts;
  private final WatchGuard guard;
  private final WatchEncoder encoder;
  private final AtomicLong ids = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();

  /**
   * The service of one member.
   *
   * @param actor the owner of the watches; no other service may use it, since encoded events are
   *     kept on its thread
   * @param requestBytesMax {@link Limits#requestBytesMax}: responses that may be cut are, at this
   */
  public WatchService(
      ActorRef<WatchActor.Command> actor,
      MemberFacts facts,
      WatchGuard guard,
      int requestBytesMax) {
    this.actor = actor;
    this.facts = facts;
    this.guard = guard;
    this.encoder = new WatchEncoder(facts, requestBytesMax);
  }

  @Override
  public StreamHandler open(RequestContext context, Outbound out) {
    long id = ids.incrementAndGet();
    open.incrementAndGet();
    Runnable writable = () -> actor.tell(new WatchActor.Writable(id));
    WatchOutlet outlet =
        new WatchOutlet(out, encoder, facts, this::shareBytes, this::responseBytes, writable);
    actor.tell(new WatchActor.Open(id, outlet));
    return new Stream(context, id);
  }

  private long shareBytes() {
    return share(BUDGET_BYTES, SHARE_BYTES_MAX);
  }

  private long responseBytes() {
    return share(RESPONSES_BUDGET_BYTES, RESPONSE_BYTES_MAX);
  }

  private long share(long budgetBytes, long bytesMax) {
    return Math.max(SHARE_BYTES_MIN, Math.min(bytesMax, budgetBytes / Math.max(1, open.get())));
  }

  private static Bytes bytes(ByteString string) {
    return Bytes.wrap(string.toByteArray());
  }

  private final class Stream implements StreamHandler {
    private final RequestContext context;
    private final long id;
    private final AtomicBoolean over = new AtomicBoolean();

    Stream(RequestContext context, long id) {
      this.context = context;
      this.id = id;
    }

    @Override
    public void onMessage(byte[] message) throws InvalidProtocolBufferException {
      WatchRequest request = WatchRequest.parseFrom(message);
      switch (request.getRequestUnionCase()) {
        case CREATE_REQUEST -> create(request.getCreateRequest());
        case CANCEL_REQUEST ->
            actor.tell(new WatchActor.Cancel(id, request.getCancelRequest().getWatchId()));
        case PROGRESS_REQUEST -> actor.tell(new WatchActor.RequestProgress(id));
        case REQUESTUNION_NOT_SET -> {
          // A kind that only newer clients know: etcd passes over it, too.
        }
      }
    }

    private void create(WatchCreateRequest request) {
      Bytes key = request.getKey().isEmpty() ? LOWEST_KEY : bytes(request.getKey());
      KeyRange range = KeyRange.ofRequest(key, bytes(request.getRangeEnd()));
      EtcdError refusal = request.getStartRevision() < 0 ? null : guard.refusal(context, range);
      if (refusal != null) {
        actor.tell(new WatchActor.Refuse(id, refusal.text()));
        return;
      }
      var options =
          new io.quorate.watch.WatchRequest.Options(
              request.getFiltersList().contains(WatchCreateRequest.FilterType.NOPUT),
              request.getFiltersList().contains(WatchCreateRequest.FilterType.NODELETE),
              request.getPrevKv(),
              request.getProgressNotify(),
              request.getFragment());
      actor.tell(
          new WatchActor.Create(
              id,
              new io.quorate.watch.WatchRequest(
                  request.getWatchId(), range, request.getStartRevision(), options)));
    }

    @Override
    public void onHalfClose() {
      // As with etcd a client that asks for nothing more goes on being told.
    }

    @Override
    public void onCancel() {
      if (over.compareAndSet(false, true)) {
        open.decrementAndGet();
        actor.tell(new WatchActor.Close(id));
      }
    }
  }
}
