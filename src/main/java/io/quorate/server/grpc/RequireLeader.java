package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.node.MemberFacts;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends streams whose client asked for it, by the metadata entry {@code hasleader: true}, when this
 * member knows no leader: at once when it opens, later when there was none at three checks in a
 * row, as etcd does, since reconnecting costs more than a refused request. Safe from any thread.
 */
public final class RequireLeader {
  private static final String KEY = "hasleader";
  private static final String VALUE = "true";
  private static final int CHECKS_WITHOUT_LEADER_MAX = 3;

  private final MemberFacts facts;
  private final Map<Guarded, Boolean> streams = new ConcurrentHashMap<>();
  private int withoutLeader;

  /** A guard for the streams of one member. */
  public RequireLeader(MemberFacts facts) {
    this.facts = facts;
  }

  /** The method, with this guard before it. */
  public StreamMethod guard(StreamMethod method) {
    return (context, out) -> {
      if (!VALUE.equals(context.metadata(KEY))) {
        return method.open(context, out);
      }
      if (!facts.hasLeader()) {
        throw EtcdError.NO_LEADER.exception();
      }
      Guarded guarded = new Guarded(method.open(context, out), out);
      streams.put(guarded, Boolean.TRUE);
      return guarded;
    };
  }

  /** Looks whether there is a leader; to be called once in an election time-out, by one thread. */
  public void check() {
    streams.keySet().removeIf(stream -> stream.out.isOver());
    if (facts.hasLeader()) {
      withoutLeader = 0;
    } else if (++withoutLeader >= CHECKS_WITHOUT_LEADER_MAX) {
      for (Guarded stream : streams.keySet()) {
        stream.out.close(EtcdError.NO_LEADER);
        stream.onCancel();
      }
    }
  }

  private final class Guarded implements StreamHandler {
    private final StreamHandler handler;
    private final Outbound out;

    Guarded(StreamHandler handler, Outbound out) {
      this.handler = handler;
      this.out = out;
    }

    @Override
    public void onMessage(byte[] message) throws Exception {
      handler.onMessage(message);
    }

    @Override
    public void onHalfClose() {
      handler.onHalfClose();
    }

    @Override
    public void onCancel() {
      streams.remove(this);
      handler.onCancel();
    }
  }
}
