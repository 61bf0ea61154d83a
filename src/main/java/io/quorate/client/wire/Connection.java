package io.quorate.client.wire;

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
 * thread of the client; only {@link #line()} and {@link #suspect} are for others.
 *
 * <p>A member is fit once it has told, on the present connection, that it belongs to the cluster
 * and votes there; and while nothing else is heard: that it does not serve (by its health service),
 * or that a call got no good answer. Then it is asked again, at growing intervals, and it is fit
 * again when it answers; one that was suspected has to show that it reaches a leader.
 */
final class Connection implements Line.Owner {
  /** What a member may take to say how it is. */
  static final long EXAM_MILLIS_MAX = 1_000;

  /** How often a connection is looked at. */
  private static final long LISTEN_MILLIS = 5_000;

  /** After which silence, with something waited for, there is a ping: members allow one in 5 s. */
  private static final long SILENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

  /** What the answer to a ping may take. */
  private static final long PING_MILLIS_MAX = 3_000;

  /** What a connection has to live to count as one that holds. */
  private static final long HELD_NANOS_MIN = TimeUnit.SECONDS.toNanos(5);

  private static final Backoff REDIAL = new Backoff(50, 1_000);
  private static final Backoff EXAM = new Backoff(100, 2_000);

  private final Endpoint endpoint;
  private final Dialer dialer;
  private final Pool pool;
  private final Set<Stream<?, ?>> streams = new HashSet<>();
  private State state = State.CONNECTING;
  private String trouble = "not connected yet";
  private boolean serves = true;
  private boolean wasSuspected;
  private int failures;

  /** The last question that was put, or is to be put; and the last that has its answer. */
  private int exam;

  private int examined;
  private long dials;
  private long dialledNanos;
  private int redials;
  private @Nullable Health health;
  private volatile @Nullable Line line;

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
    /** Its member does not vote: it is asked about itself alone. */
    LEARNER,
    /** Belongs to another cluster. */
    FOREIGN,
    CLOSED
  }

  Connection(Endpoint endpoint, Dialer dialer, Pool pool) {
    this.endpoint = endpoint;
    this.dialer = dialer;
    this.pool = pool;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** What calls go over; null while there is none. */
  @Nullable Line line() {
    return line;
  }

  /** Whether calls may go there. */
  boolean isFit() {
    return state == State.FIT && serves;
  }

  /** Whether a member of the cluster is at its end, fit or not. */
  boolean isMember() {
    return state == State.FIT || state == State.SUSPECTED;
  }

  /** Whether somebody is at its end who is not known to be of another cluster. */
  boolean isConnected() {
    return isMember() || state == State.UNKNOWN || state == State.LEARNER;
  }

  /** What is wrong with it. */
  String trouble() {
    return serves ? trouble : "it says that it does not serve";
  }

  /** Begins to connect, and goes on with that until the end. */
  void dial() {
    if (state != State.CLOSED) {
      line = dialer.dial(endpoint, this);
      dialledNanos = System.nanoTime();
      long since = ++dials;
      pool.later(
          Dialer.DIAL_MILLIS_MAX,
          () -> {
            Line dialled = line;
            if (dials == since && state == State.CONNECTING && dialled != null) {
              dialled.execute(() -> dialled.failed("it does not speak HTTP/2 in time"));
            }
          });
    }
  }

  /** Once for each connection: asks for signs of life as long as it is there. */
  private void listen(Line at) {
    pool.later(
        LISTEN_MILLIS,
        () -> {
          if (at == line) {
            at.execute(
                () -> {
                  if (at.ping(SILENCE_NANOS_MAX)) {
                    pool.later(PING_MILLIS_MAX, () -> at.execute(() -> judge(at)));
                  }
                });
            listen(at);
          }
        });
  }

  private static void judge(Line at) {
    if (at.isSilentFor(TimeUnit.MILLISECONDS.toNanos(PING_MILLIS_MAX))) {
      at.failed("it does not answer a ping");
    }
  }

  private void redial() {
    // One that held for a while is dialled again at once; who ends each one soon has to wait.
    boolean hasHeld = System.nanoTime() - dialledNanos > HELD_NANOS_MIN;
    redials = hasHeld ? 0 : redials + 1;
    pool.later(redials == 0 ? 0 : REDIAL.millis(redials, pool.luck()), this::dial);
  }

  @Override
  public void up(Line which) {
    pool.execute(
        () -> {
          if (which == line) {
            connected();
            listen(which);
          }
        });
  }

  /** What runs there may end; what would never end goes on elsewhere, and lets the member go. */
  @Override
  public void draining(Line which) {
    String why = "the member goes away";
    left(which, why);
    pool.execute(() -> cutStreams(why));
  }

  @Override
  public void down(Line which, String why) {
    left(which, why);
  }

  /** Whether or not something still runs on it: the next call needs another one. */
  private void left(Line which, String why) {
    pool.execute(
        () -> {
          if (which == line) {
            line = null;
            disconnected(why);
            redial();
          }
        });
  }

  private void connected() {
    if (state == State.CONNECTING) {
      wasSuspected = false;
      become(State.UNKNOWN, "it has not said yet who it is");
      examine();
    }
  }

  private void disconnected(String why) {
    if (state != State.CLOSED) {
      exam++;
      health = null;
      serves = true;
      become(State.CONNECTING, why);
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

  /**
   * A call waits for an answer there: is anybody at home? All who ask at the same time ask once,
   * and nobody cuts short the question of another. From any thread.
   */
  void ask() {
    pool.execute(
        () -> {
          if (state == State.FIT && exam == examined) {
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

  /** Asks who is there. */
  private void examine() {
    int asked = ++exam;
    MemberListRequest request =
        MemberListRequest.newBuilder().setLinearizable(wasSuspected).build();
    Line asking = line;
    if (asking == null) {
      return;
    }
    Question<MemberListRequest, MemberListResponse> question =
        new Question<>(
            Methods.MEMBER_LIST,
            request,
            (answer, code, text) ->
                pool.execute(
                    () -> {
                      if (exam == asked && state != State.CLOSED) {
                        examined = asked;
                        examined(answer, code, text);
                      }
                    }));
    asking.start(question);
    pool.later(EXAM_MILLIS_MAX, () -> judge(asking, question, state == State.FIT));
  }

  /** One that was found fit may be late as long as it says other things: it is busy then. */
  private void judge(Line asking, Question<?, ?> question, boolean mayBeBusy) {
    asking.execute(
        () -> {
          if (question.isOver()) {
            return;
          }
          if (mayBeBusy && !asking.isSilentFor(TimeUnit.MILLISECONDS.toNanos(EXAM_MILLIS_MAX))) {
            pool.later(EXAM_MILLIS_MAX, () -> judge(asking, question, true));
          } else {
            asking.cancel(question, "it does not say in time how it is");
          }
        });
  }

  private void examined(@Nullable MemberListResponse answer, Code code, String text) {
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
      leave(
          State.FOREIGN,
          "it belongs to cluster "
              + Long.toHexString(cluster)
              + ", not to "
              + Long.toHexString(pool.cluster()));
    } else if (answer.getMembersList().stream()
        .anyMatch(member -> member.getID() == self && member.getIsLearner())) {
      leave(State.LEARNER, "it is a learner");
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

  private void leave(State next, String why) {
    cutStreams(why);
    become(next, why);
    examineLater();
  }

  private void fit() {
    failures = 0;
    wasSuspected = false;
    become(State.FIT, "");
    Line now = line;
    if (health == null && now != null) {
      Health opening = new Health();
      health = opening;
      new Stream<>(opening, Methods.HEALTH, pool).go(this, now);
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

  /** Hears from the member whether it serves; asked anew when that ended and it is found fit. */
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
      tell(message.getStatus() != ServingStatus.NOT_SERVING, false);
      stream.request(1);
    }

    /** A member without that service serves. */
    @Override
    public void onEnd(
        Stream<HealthCheckRequest, HealthCheckResponse> stream, Code code, String text) {
      tell(true, true);
    }

    private void tell(boolean says, boolean isLast) {
      if (health == this) {
        health = isLast ? null : this;
        serves = says;
        pool.changed();
      }
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
    Line last = line;
    line = null;
    if (last != null) {
      last.execute(() -> last.failed("the client has closed the connection"));
    }
  }
}
