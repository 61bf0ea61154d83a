package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.base.OneLine;
import io.quorate.link.LinkException.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * What travels on the lane of transfers: a header, chunks, an end, and the other way a verdict or a
 * refusal. The end is a frame of its own, so that a cut never looks like one.
 */
final class Transfers {
  private static final int HEADER = 1;
  private static final int CHUNK = 2;
  private static final int END = 3;
  private static final int VERDICT = 4;
  private static final int REFUSAL = 5;

  /** How long a receiver waits, after its verdict, for the sender to close. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  private Transfers() {}

  /** Whoever sends: runs {@code chunks} and completes {@code verdict}. */
  static Flow<ByteString, ByteString, NotUsed> sender(
      Bytes header, Source<Bytes, ?> chunks, CompletableFuture<Bytes> verdict, Duration keepAlive) {
    Source<ByteString, NotUsed> frames =
        Source.single(Frames.of(HEADER, checked(header)))
            .concat(chunks.map(chunk -> Frames.of(CHUNK, checked(chunk))))
            .concat(Source.single(Frames.of(END, Bytes.EMPTY)))
            .concat(Source.maybe())
            .keepAlive(keepAlive, () -> Frames.ALIVE);
    Sink<ByteString, NotUsed> replies =
        Flow.of(ByteString.class)
            .filterNot(Frames::isAlive)
            .take(1)
            .to(Sink.foreach(frame -> read(frame, verdict)));
    return Flow.fromSinkAndSourceCoupled(replies, frames);
  }

  private static Bytes checked(Bytes bytes) {
    if (bytes.size() > LinkLimits.CHUNK_BYTES_MAX) {
      throw new LinkException(
          Reason.REFUSED,
          "chunk of " + bytes.size() + " bytes, at most " + LinkLimits.CHUNK_BYTES_MAX);
    }
    return bytes;
  }

  private static void read(ByteString frame, CompletableFuture<Bytes> verdict) {
    int type = Frames.reader(frame).get();
    Bytes content = Frames.rest(frame, 1);
    if (type == VERDICT) {
      verdict.complete(content);
    } else if (type == REFUSAL) {
      verdict.completeExceptionally(new LinkException(Reason.REFUSED, OneLine.of(content.utf8())));
    } else {
      throw new IllegalArgumentException("not a verdict: type " + type);
    }
  }

  /** Whoever receives: hands header and chunks of {@code from} to {@code listener}. */
  static Flow<ByteString, ByteString, NotUsed> receiver(
      long from, LinkListener listener, Duration keepAlive, PeerTraffic traffic) {
    return Flow.of(ByteString.class)
        .map(
            frame -> {
              traffic.receivedBytes.add(frame.size());
              return frame;
            })
        .filterNot(Frames::isAlive)
        .prefixAndTail(1)
        .mapAsync(
            1,
            parts -> {
              if (parts.first().isEmpty()) {
                throw new LinkException(Reason.BROKEN, "closed before the header");
              }
              Bytes header = content(parts.first().get(0), HEADER);
              return receive(
                  chunks -> traffic.receiving.follow(listener.onTransfer(from, header, chunks)),
                  parts.second());
            })
        .concatLazy(Source.lazySource(() -> Source.<ByteString>maybe().takeWithin(LINGER)))
        .keepAlive(keepAlive, () -> Frames.ALIVE);
  }

  private static CompletionStage<ByteString> receive(
      Function<Source<Bytes, NotUsed>, CompletionStage<Bytes>> receiver,
      Source<ByteString, NotUsed> tail) {
    CompletionStage<Bytes> verdict;
    try {
      verdict = receiver.apply(tail.via(new Chunks()));
    } catch (RuntimeException e) {
      verdict = CompletableFuture.failedFuture(e);
    }
    return verdict.handle(
        (bytes, error) ->
            error == null
                ? Frames.of(VERDICT, checked(bytes))
                : Frames.of(REFUSAL, Bytes.utf8(OneLine.of(Dialler.text(error)))));
  }

  private static Bytes content(ByteString frame, int type) {
    int found = Frames.reader(frame).get();
    if (found != type) {
      throw new IllegalArgumentException("frame of type " + found + " instead of " + type);
    }
    return Frames.rest(frame, 1);
  }

  /**
   * Frames to chunks. Completes at the end frame and fails if there is none. What comes when nobody
   * reads any more is dropped, so that the other side can see the verdict and close.
   */
  private static final class Chunks extends GraphStage<FlowShape<ByteString, Bytes>> {
    private final Inlet<ByteString> in = Inlet.create("frames");
    private final Outlet<Bytes> out = Outlet.create("chunks");
    private final FlowShape<ByteString, Bytes> shape = FlowShape.of(in, out);

    @Override
    public FlowShape<ByteString, Bytes> shape() {
      return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
      return new Logic();
    }

    private final class Logic extends GraphStageLogic {
      Logic() {
        super(shape);
        Handler handler = new Handler();
        setHandler(in, handler);
        setHandler(out, handler);
      }

      private final class Handler extends AbstractInOutHandler {
        @Override
        public void onPush() {
          ByteString frame = grab(in);
          if (isClosed(out)) {
            pull(in);
          } else if (Frames.reader(frame).get() == END) {
            complete(out);
            pull(in);
          } else {
            push(out, content(frame, CHUNK));
          }
        }

        @Override
        public void onPull() {
          pull(in);
        }

        @Override
        public void onUpstreamFinish() {
          if (isClosed(out)) {
            completeStage();
          } else {
            failStage(broken("closed before the end"));
          }
        }

        @Override
        public void onUpstreamFailure(Throwable error) {
          failStage(broken(Dialler.text(error)));
        }

        @Override
        public void onDownstreamFinish(Throwable cause) {
          if (!hasBeenPulled(in)) {
            pull(in);
          }
        }
      }
    }

    private static LinkException broken(String text) {
      return new LinkException(Reason.BROKEN, "transfer cut: " + text);
    }
  }
}
