package io.quorate.client.wire;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.proto.etcd.Member;
import io.quorate.proto.etcd.MemberListRequest;
import io.quorate.proto.etcd.MemberListResponse;
import io.quorate.proto.health.HealthCheckRequest;
import io.quorate.proto.health.HealthCheckResponse;
import io.quorate.proto.health.HealthCheckResponse.ServingStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one endpoint, and whether its member is fit to be asked. Lives on the first
 * thread of the client; only {@link #channel()} and {@link #suspect} are for others.
 *
 * <p>A member is fit once it has told, on the present connection, that it belongs to the cluster
 * and votes there; and while nothing else is heard: that it does not serve (by its health service),
 * or that a call got no good answer. Then it is asked again, at growing intervals, and it is fit
 * again when it answers; one that was suspected has to show that it reaches a leader.
 */
final class Connection {
  /** What a member may take to say how it is. */
  static final long EXAM_MILLIS_MAX = 1_000;

  private static final Backoff REDIAL = new Backoff(50, 1_000);
  private static final Backoff EXAM = new Backoff(100, 2_000);

  private final Endpoint endpoint;
  private final ManagedChannel channel;
  private final Pool pool;
  private final Set<Stream<?, ?>> streams = new HashSet<>();
  private State state = State.CONNECTING;
  private String trouble = "not connected yet";
  private boolean serves = true;
  private boolean wasSuspected;
  private int failures;
  private int exam;

  /** How far it is. */
  private enum State {
    /** There is no connection. */
    CONNECTING,
    /** There is one, and nothing is known of who is at its end. */
    UNKNOWN,
    /** Asked, and found fit. */
    FIT,
    /** Asked before, and suspected since. */
    SUSPECTED,
    /** Belongs to no member that may be asked. */
    UNFIT,
    CLOSED
  }

  Connection(Endpoint endpoint, ManagedChannel channel, Pool pool) {
    this.endpoint = endpoint;
    this.channel = channel;
    this.pool = pool;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  ManagedChannel channel() {
    return channel;
  }

  /** Whether calls may go there. */
  boolean isFit() {
    return state == State.FIT && serves;
  }

  /** Whether a member of the cluster is at its end, fit or not. */
  boolean isMember() {
    return state == State.FIT || state == State.SUSPECTED;
  }

  /** What is wrong with it. */
  String trouble() {
    return serves ? trouble : "it says that it does not serve";
  }

  /** Begins to connect, and follows what becomes of that until the end. */
  void follow() {
    if (state == State.CLOSED) {
      return;
    }
    ConnectivityState now = channel.getState(false);
    channel.notifyWhenStateChanged(now, () -> pool.execute(this::follow));
    switch (now) {
      case READY -> connected();
      case IDLE -> {
        disconnected();
        redial(() -> channel.getState(true));
      }
      case TRANSIENT_FAILURE -> {
        disconnected();
        examine();
        redial(channel::resetConnectBackoff);
      }
      default -> disconnected();
    }
  }

  private void redial(Runnable dial) {
    if (failures == 0) {
      failures++;
      dial.run();
    } else {
      pool.later(REDIAL.millis(failures++, pool.luck()), dial);
    }
  }

  private void connected() {
    if (state == State.CONNECTING) {
      wasSuspected = false;
      become(State.UNKNOWN, "it has not said yet who it is");
      examine();
    }
  }

  private void disconnected() {
    if (state != State.CONNECTING) {
      become(State.CONNECTING, "the connection was lost");
    }
  }

  /** A call got no good answer there. From any thread. */
  void suspect(String why) {
    pool.execute(
        () -> {
          if (state == State.FIT) {
            wasSuspected = true;
            become(State.SUSPECTED, why);
            examineLater();
          }
        });
  }

  /** A call waits for an answer there: is anybody at home? From any thread. */
  void ask() {
    pool.execute(
        () -> {
          if (state == State.FIT) {
            examine();
          }
        });
  }

  private void examineLater() {
    int asked = ++exam;
    pool.later(
        EXAM.millis(++failures, pool.luck()),
        () -> {
          if (exam == asked) {
            examine();
          }
        });
  }

  /** Asks who is there; also why there is no connection, which only a call is told. */
  private void examine() {
    int asked = ++exam;
    MemberListRequest request =
        MemberListRequest.newBuilder().setLinearizable(wasSuspected).build();
    Question.ask(
        channel,
        Methods.MEMBER_LIST,
        request,
        pool.metadata(),
        EXAM_MILLIS_MAX,
        (answer, code, text) ->
            pool.execute(
                () -> {
                  if (exam == asked && state != State.CLOSED) {
                    examined(answer, code, text);
                  }
                }));
  }

  private void examined(@Nullable MemberListResponse answer, Code code, String text) {
    if (state == State.CONNECTING) {
      trouble = text;
      return;
    }
    if (answer != null) {
      admit(answer);
    } else if (Verdict.isSaidByMember(text)
        && Verdict.of(code, text, true, Repeat.HARMLESS).next() != Verdict.Next.RETRY) {
      // Who has no right to see the members may still have others.
      fit();
    } else {
      if (!Verdict.isSaidByMember(text)) {
        cutStreams(text);
      }
      become(state == State.FIT ? State.SUSPECTED : state, text);
      wasSuspected = state == State.SUSPECTED;
      examineLater();
    }
  }

  private void admit(MemberListResponse answer) {
    long cluster = answer.getHeader().getClusterId();
    long self = answer.getHeader().getMemberId();
    if (!pool.isOurs(cluster)) {
      unfit(
          "it belongs to cluster "
              + Long.toHexString(cluster)
              + ", not to "
              + Long.toHexString(pool.cluster()));
    } else if (answer.getMembersList().stream()
        .anyMatch(member -> member.getID() == self && member.getIsLearner())) {
      unfit("it is a learner");
    } else {
      pool.learnt(cluster, clientUrls(answer));
      fit();
    }
  }

  private static List<String> clientUrls(MemberListResponse answer) {
    List<String> urls = new ArrayList<>();
    for (Member member : answer.getMembersList()) {
      if (!member.getIsLearner()) {
        urls.addAll(member.getClientURLsList());
      }
    }
    return urls;
  }

  private void unfit(String why) {
    cutStreams(why);
    become(State.UNFIT, why);
    examineLater();
  }

  private void fit() {
    boolean isNew = state != State.FIT && state != State.SUSPECTED;
    failures = 0;
    wasSuspected = false;
    become(State.FIT, "");
    if (isNew) {
      serves = true;
      new Stream<>(new Health(), Methods.HEALTH, pool).go(this);
    }
  }

  private void become(State next, String why) {
    if (state == State.CLOSED) {
      return;
    }
    state = next;
    trouble = why;
    pool.changed();
  }

  /** Hears from the member whether it serves. */
  private final class Health extends Stream.Receiver<HealthCheckRequest, HealthCheckResponse> {
    @Override
    public void onOpen(Stream<HealthCheckRequest, HealthCheckResponse> stream) {
      stream.send(HealthCheckRequest.getDefaultInstance());
      stream.finish();
      stream.request(1);
    }

    @Override
    public void onMessage(
        Stream<HealthCheckRequest, HealthCheckResponse> stream, HealthCheckResponse message) {
      pool.execute(
          () -> {
            serves = message.getStatus() != ServingStatus.NOT_SERVING;
            pool.changed();
          });
      stream.request(1);
    }

    @Override
    public void onEnd(
        Stream<HealthCheckRequest, HealthCheckResponse> stream, Code code, String text) {
      // A member without that service serves.
      pool.execute(
          () -> {
            serves = true;
            pool.changed();
          });
    }
  }

  void add(Stream<?, ?> stream) {
    streams.add(stream);
  }

  void remove(Stream<?, ?> stream) {
    streams.remove(stream);
  }

  private void cutStreams(String why) {
    List.copyOf(streams).forEach(stream -> stream.cancel(why));
  }

  void close() {
    become(State.CLOSED, "it is no longer one of the endpoints");
    state = State.CLOSED;
    channel.shutdownNow();
  }

  /** Waits until nothing is left of it. */
  void awaitEnd(long millisMax) throws InterruptedException {
    channel.awaitTermination(millisMax, TimeUnit.MILLISECONDS);
  }
}
