package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.base.OneLine;
import io.quorate.link.AskFrames.Question;
import io.quorate.link.AskFrames.Reply;
import io.quorate.link.LinkException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Questions to one other side. The first one opens the connection, and the first one after its end
 * opens another; what waits when it ends fails. Safe for threads.
 */
final class AskLink {
  private final Preface preface;
  private final Supplier<List<PeerUrl>> urls;
  private final ActorSystem system;
  private final Dialler dialler;
  private final PeerTraffic traffic;
  private long lastId;
  private @Nullable Connection connection;

  /** One connection, from the question that opens it to its end. */
  private static final class Connection {
    private final SendQueue queue = new SendQueue();
    private final SharedKillSwitch kill = KillSwitches.shared("ask");
    private final Map<Long, CompletableFuture<Bytes>> pending = new HashMap<>();
    private boolean dialled;
  }

  AskLink(
      Preface preface,
      Supplier<List<PeerUrl>> urls,
      ActorSystem system,
      Dialler dialler,
      PeerTraffic traffic) {
    this.preface = preface;
    this.urls = urls;
    this.system = system;
    this.dialler = dialler;
    this.traffic = traffic;
  }

  /** Asks; fails with {@link LinkException}. */
  CompletionStage<Bytes> ask(int kind, Bytes content, Duration timeout) {
    if (content.size() > LinkLimits.ASK_BYTES_MAX) {
      String text = "question of " + content.size() + " bytes, at most " + LinkLimits.ASK_BYTES_MAX;
      return CompletableFuture.failedFuture(new LinkException(Reason.REFUSED, text));
    }
    CompletableFuture<Bytes> answer = new CompletableFuture<>();
    Connection asked;
    long id;
    boolean dial;
    synchronized (this) {
      asked = usable();
      id = ++lastId;
      if (asked.pending.size() >= LinkLimits.ASKS_MAX
          || !asked.queue.offer(AskFrames.encode(new Question(id, kind, content)))) {
        return CompletableFuture.failedFuture(notTaken(asked));
      }
      asked.pending.put(id, answer);
      dial = !asked.dialled;
      asked.dialled = true;
    }
    if (dial) {
      dial(asked);
    }
    Cancellable timer =
        system
            .scheduler()
            .scheduleOnce(
                timeout,
                () -> fail(answer, Reason.TIMED_OUT, "no answer in " + timeout.toMillis() + " ms"),
                system.dispatcher());
    CompletionStage<Bytes> stage = answer;
    stage.whenComplete(
        (bytes, error) -> {
          timer.cancel();
          forget(asked, id);
        });
    return stage;
  }

  private static LinkException notTaken(Connection asked) {
    return asked.queue.isClosed()
        ? new LinkException(Reason.UNREACHABLE, "the connection has just ended")
        : new LinkException(Reason.TOO_MANY, "too many questions wait for answers");
  }

  private static void fail(CompletableFuture<Bytes> answer, Reason reason, String text) {
    answer.completeExceptionally(new LinkException(reason, text));
  }

  private synchronized void forget(Connection asked, long id) {
    asked.pending.remove(id);
  }

  /** The connection, or a new one if it has ended, which may not have been told yet. */
  private Connection usable() {
    Connection now = connection;
    if (now == null || now.queue.isClosed()) {
      now = new Connection();
      connection = now;
    }
    return now;
  }

  private void dial(Connection opening) {
    Duration keepAlive = dialler.timing().keepAlive();
    dialler
        .dialAny(
            urls.get(),
            preface,
            () ->
                Frames.through(
                        new WireStage(
                            opening.queue, frame -> onReply(opening, frame), keepAlive, traffic))
                    .via(opening.kill.flow()))
        .whenComplete((done, error) -> onEnd(opening, error));
  }

  private void onReply(Connection asked, ByteString frame) {
    Reply reply = AskFrames.reply(frame);
    CompletableFuture<Bytes> answer;
    synchronized (this) {
      answer = asked.pending.get(reply.id());
    }
    if (answer == null) {
      return; // it came too late
    }
    if (reply.answered()) {
      answer.complete(reply.content());
    } else {
      fail(answer, Reason.REFUSED, OneLine.of(reply.content().utf8()));
    }
  }

  private void onEnd(Connection ended, @Nullable Throwable error) {
    List<CompletableFuture<Bytes>> waiting;
    synchronized (this) {
      ended.queue.close();
      if (connection == ended) {
        connection = null;
      }
      waiting = new ArrayList<>(ended.pending.values());
    }
    LinkException failure =
        Dialler.cause(error) instanceof LinkException known
            ? known
            : new LinkException(Reason.BROKEN, "the connection was closed");
    waiting.forEach(answer -> answer.completeExceptionally(failure));
  }

  /** Ends the connection, if there is one. */
  synchronized void close() {
    Connection now = connection;
    if (now != null) {
      now.kill.shutdown();
    }
  }
}
