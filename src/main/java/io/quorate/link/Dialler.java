package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.tls.Tls;
import java.net.ConnectException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** Opens connections to other members. Safe for threads. */
final class Dialler {
  private final Transport transport;
  private final Materializer materializer;
  private final LinkTiming timing;
  private final RefusalLog refusals;
  private final OpenConnections open;

  Dialler(
      Transport transport,
      Materializer materializer,
      LinkTiming timing,
      RefusalLog refusals,
      OpenConnections open) {
    this.transport = transport;
    this.materializer = materializer;
    this.timing = timing;
    this.refusals = refusals;
    this.open = open;
  }

  LinkTiming timing() {
    return timing;
  }

  /** One connection, from the first try to its end. */
  static final class Attempt {
    private final SharedKillSwitch kill = KillSwitches.shared("link");
    private final CompletableFuture<Done> ended = new CompletableFuture<>();
    private volatile boolean accepted;
    private volatile boolean finishedByPeer;
    private volatile boolean closedHere;

    /** When it is over; fails with the reason unless one side just closed it. */
    CompletionStage<Done> ended() {
      return ended;
    }

    /** Whether it was ever open. */
    boolean wasAccepted() {
      return accepted;
    }

    /** Whether the other side ended it, not we and not silence; counts after the end. */
    boolean wasClosedByPeer(@Nullable Throwable error) {
      return !closedHere && (finishedByPeer || isReset(error));
    }

    /** Whether we ended it on purpose. */
    boolean wasClosedHere() {
      return closedHere;
    }

    /** Ends it; what was written before is still sent. */
    void close() {
      closedHere = true;
      if (accepted) {
        kill.shutdown();
      } else {
        // To complete a stream whose connection is not made yet makes Pekko 1.2 throw.
        kill.abort(new LinkException(LinkException.Reason.UNREACHABLE, "not wanted any more"));
      }
    }
  }

  /**
   * Connects to {@code url} and says {@code preface}. When the other side accepts, {@code then}
   * makes what reads frames, with their lengths, and writes bytes.
   */
  Attempt dial(PeerUrl url, Preface preface, Supplier<Flow<ByteString, ByteString, ?>> then) {
    Attempt attempt = new Attempt();
    Flow<ByteString, ByteString, NotUsed> speak =
        Flow.of(ByteString.class)
            .via(new Opening(timing, () -> attempt.finishedByPeer = true))
            .flatMapPrefix(
                1,
                first -> {
                  readAnswer(first);
                  attempt.accepted = true;
                  return Frames.cut(preface.lane().payloadBytesMax()).via(then.get());
                })
            .prepend(Source.single(Frames.of(preface.encode())))
            .via(attempt.kill.flow());
    transport
        .dial(url, timing.dial())
        .join(
            open.track(
                speak,
                attempt::close,
                (done, error) -> {
                  tellRefusal(url, attempt, error);
                  if (error == null) {
                    attempt.ended.complete(done);
                  } else {
                    attempt.ended.completeExceptionally(error);
                  }
                }))
        .run(materializer);
    return attempt;
  }

  /** Tells why no connection came about, if that is not just because nobody is there. */
  private void tellRefusal(PeerUrl url, Attempt attempt, @Nullable Throwable error) {
    if (attempt.accepted || attempt.closedHere) {
      return;
    }
    Throwable cause = cause(error);
    if (cause instanceof RefusedException refused) {
      refusals.refusedThere(url.toString(), refused);
    } else if (cause instanceof SSLException) {
      refusals.refusedThere(
          url.toString(), new RefusedException(Preface.Refusal.TLS, Tls.text(cause)));
    } else if (url.tls() && (attempt.finishedByPeer || isReset(error))) {
      refusals.refusedThere(
          url.toString(),
          new RefusedException(
              Preface.Refusal.TLS,
              "closed without an answer: it speaks no TLS, or refuses our certificate"));
    }
  }

  private static void readAnswer(List<ByteString> first) {
    if (first.isEmpty()) {
      throw new LinkException(LinkException.Reason.UNREACHABLE, "closed without an answer");
    }
    Preface.readAnswer(Bytes.wrap(first.get(0).toArrayUnsafe()));
  }

  /**
   * Tries {@code urls} in turn until one accepts. The stage completes when that connection is over,
   * and fails with {@link LinkException} if it broke or none came about.
   */
  CompletionStage<Done> dialAny(
      List<PeerUrl> urls, Preface preface, Supplier<Flow<ByteString, ByteString, ?>> then) {
    if (urls.isEmpty()) {
      return CompletableFuture.failedFuture(
          new LinkException(LinkException.Reason.UNREACHABLE, "no such member"));
    }
    PeerUrl url = urls.get(0);
    Attempt attempt = dial(url, preface, then);
    return attempt
        .ended()
        .handle((done, error) -> next(urls, preface, then, new Outcome(attempt, error)))
        .thenCompose(stage -> stage);
  }

  private record Outcome(Attempt attempt, @Nullable Throwable error) {}

  private CompletionStage<Done> next(
      List<PeerUrl> urls,
      Preface preface,
      Supplier<Flow<ByteString, ByteString, ?>> then,
      Outcome outcome) {
    Throwable error = outcome.error();
    if (outcome.attempt().wasAccepted()) {
      return error == null
          ? CompletableFuture.completedFuture(Done.getInstance())
          : CompletableFuture.failedFuture(failure(LinkException.Reason.BROKEN, error));
    }
    if (urls.size() > 1) {
      return dialAny(urls.subList(1, urls.size()), preface, then);
    }
    return CompletableFuture.failedFuture(
        error == null
            ? new LinkException(LinkException.Reason.UNREACHABLE, "closed before it was open")
            : failure(LinkException.Reason.UNREACHABLE, error));
  }

  private static LinkException failure(LinkException.Reason reason, Throwable error) {
    if (error instanceof LinkException known) {
      return known;
    }
    LinkException.Reason better =
        error instanceof RefusedException ? LinkException.Reason.REFUSED : reason;
    return new LinkException(better, String.valueOf(error.getMessage()), error);
  }

  /** Whether the operating system says that nobody listens. */
  static boolean isConnectionRefused(@Nullable Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof ConnectException && says(e, "refused")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isReset(@Nullable Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (says(e, "reset") || says(e, "broken pipe")) {
        return true;
      }
    }
    return false;
  }

  /** What {@code error} says, without the wrapping of stages. */
  static String text(@Nullable Throwable error) {
    Throwable cause = cause(error);
    return cause == null ? "" : String.valueOf(cause.getMessage());
  }

  /** {@code error} without the wrapping of stages. */
  static @Nullable Throwable cause(@Nullable Throwable error) {
    Throwable cause = error == null ? null : error.getCause();
    return error instanceof CompletionException && cause != null ? cause : error;
  }

  private static boolean says(Throwable error, String word) {
    return String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT).contains(word);
  }
}
