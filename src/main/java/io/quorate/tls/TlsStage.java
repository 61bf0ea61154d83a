package io.quorate.tls;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BidiShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SubscriptionWithCancelException;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import scala.runtime.BoxedUnit;

/**
 * Turns what is said into the records of TLS, and records into what is heard. It runs in the actor
 * of the connection, unlike the stage of Pekko, which has one of its own, so that a request within
 * TLS needs no more turns of threads than one without; only what takes an engine long, signatures
 * and chains of certificates, is done elsewhere.
 *
 * <p>Both sides end together, and the end tells why: an alert leaves before a failure is told, and
 * where a socket cancels before it says that it failed, the reason is waited for.
 *
 * <p>Source: RFC 8446; {@link SSLEngine}.
 */
public final class TlsStage
    extends GraphStage<BidiShape<ByteString, ByteString, ByteString, ByteString>> {
  /** What a handshake may take; as in etcd. */
  public static final Duration HANDSHAKE_MAX = Duration.ofSeconds(10);

  /** How long a socket may outlive what was said on it, so that the last of it still leaves. */
  public static final Duration LINGER = Duration.ofSeconds(1);

  /** Records are put together, and what they hold, up to about so much at once. */
  private static final int GATHER_BYTES = 64 * 1024;

  /** Room for one record beyond that, whichever the engine makes. */
  private static final int RECORD_BYTES = 40 * 1024;

  private static final String TLS_1_2 = "TLSv1.2";

  private static final String HANDSHAKE = "handshake";
  private static final String END = "end";

  /** The work space of a thread: no connection keeps any between two turns of its actor. */
  private static final ThreadLocal<ByteBuffer> SPACE =
      ThreadLocal.withInitial(() -> ByteBuffer.allocate(GATHER_BYTES + RECORD_BYTES));

  private final Inlet<ByteString> said = Inlet.create("said");
  private final Outlet<ByteString> records = Outlet.create("records");
  private final Inlet<ByteString> received = Inlet.create("received");
  private final Outlet<ByteString> heard = Outlet.create("heard");
  private final BidiShape<ByteString, ByteString, ByteString, ByteString> shape =
      BidiShape.of(said, records, received, heard);
  private final Supplier<SSLEngine> engines;
  private final Executor slow;

  /**
   * A stage for one connection; its first side is what is said and heard.
   *
   * @param engines makes the engine, whose mode is set, when the connection is there
   * @param slow does what takes an engine milliseconds
   */
  public TlsStage(Supplier<SSLEngine> engines, Executor slow) {
    this.engines = engines;
    this.slow = slow;
  }

  @Override
  public BidiShape<ByteString, ByteString, ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {
    private final SSLEngine engine = engines.get();
    private final AsyncCallback<BoxedUnit> slowDone = createAsyncCallback(unit -> onSlowDone());

    /** What was received and not read yet, less than a record once it was looked at. */
    private ByteBuffer unread = ByteBuffer.allocate(0);

    /** Records that wait for the socket. */
    private ByteString waiting = ByteString.emptyByteString();

    /** The bytes among them that what was received has brought about, and nobody said. */
    private int repliedBytes;

    private boolean isShaking = true;
    private boolean isSlow;

    /** Nothing is said any more. */
    private boolean isSilent;

    /** A whole record is wanted, and not all of it is there. */
    private boolean isShort = true;

    /** Nothing is received any more. */
    private boolean isEnded;

    private boolean hasReceived;

    private @Nullable SSLException failure;

    Logic() {
      super(shape);
      setHandler(said, new Said());
      setHandler(records, new Records());
      setHandler(received, new Received());
      setHandler(heard, new Heard());
    }

    @Override
    public void preStart() throws SSLException {
      scheduleOnce(HANDSHAKE, HANDSHAKE_MAX);
      engine.beginHandshake();
      go();
    }

    @Override
    public void onTimer(Object key) {
      if (key.equals(HANDSHAKE)) {
        fail(new SSLException("no TLS handshake within " + HANDSHAKE_MAX.toSeconds() + " s"));
      } else if (failure != null) {
        fail(failure);
      } else {
        completeStage();
      }
    }

    private void onSlowDone() {
      isSlow = false;
      go();
    }

    /** Does all that can be done now. */
    private void go() {
      if (isSlow) {
        return;
      }
      try {
        while (failure == null && step()) {
          // Until it waits for one of the four sides, or for slow work.
        }
      } catch (SSLException e) {
        broken(e);
      }
      if (!isSlow) {
        send();
        ask();
        endIfOver();
      }
    }

    /** Whether there may be another step. */
    private boolean step() throws SSLException {
      if (isSilent && !isAvailable(said) && !engine.isOutboundDone()) {
        engine.closeOutbound(); // behind the last that is said
      }
      return switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> doSlowly();
        case NEED_WRAP -> wrap(canSay() ? grab(said) : ByteString.emptyByteString());
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> (isShaking || isHearing()) && !isShort && unwrap();
        case FINISHED, NOT_HANDSHAKING -> exchange();
      };
    }

    private boolean canSay() {
      return !isShaking && isAvailable(said);
    }

    /**
     * Whether what is received may be read; not while what that brings about does not leave. What
     * was said may wait meanwhile: the other side perhaps reads it when its own was heard.
     */
    private boolean isHearing() {
      return (isAvailable(heard) || isClosed(heard)) && repliedBytes < GATHER_BYTES;
    }

    private boolean doSlowly() throws SSLException {
      if (!isShaking && engine.getSession().getProtocol().equals(TLS_1_2)) {
        throw new SSLException("hands are shaken once"); // each time costs more than a request
      }
      isSlow = true;
      slow.execute(
          () -> {
            for (Runnable task = engine.getDelegatedTask();
                task != null;
                task = engine.getDelegatedTask()) {
              task.run();
            }
            slowDone.invoke(BoxedUnit.UNIT);
          });
      return false;
    }

    private boolean exchange() throws SSLException {
      shaken();
      if (isHearing() && !isShort) {
        return unwrap();
      }
      return isAvailable(said) && wrap(grab(said));
    }

    private void shaken() {
      if (isShaking) {
        isShaking = false;
        cancelTimer(HANDSHAKE);
      }
    }

    /** Whether that made any record. */
    private boolean wrap(ByteString plain) throws SSLException {
      int before = waiting.size();
      ByteBuffer into = SPACE.get().clear();
      ByteBuffer from = plain.asByteBuffer();
      boolean isOver = false;
      do {
        if (into.remaining() < engine.getSession().getPacketBufferSize()) {
          passOn(into);
        }
        SSLEngineResult result = engine.wrap(from, into);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
          throw new SSLException("a record of more than " + RECORD_BYTES + " bytes");
        }
        isOver = result.getStatus() == Status.CLOSED;
      } while (from.hasRemaining() && !isOver);
      passOn(into);
      repliedBytes += plain.isEmpty() ? waiting.size() - before : 0;
      return waiting.size() > before && !isOver;
    }

    private void passOn(ByteBuffer into) {
      if (into.position() > 0) {
        waiting = waiting.concat(taken(into));
      }
    }

    private ByteString taken(ByteBuffer from) {
      byte[] bytes = new byte[from.flip().remaining()];
      from.get(bytes);
      from.clear();
      return ByteString.fromArrayUnsafe(bytes);
    }

    /** Reads records: one while hands are shaken, else all that there are. */
    private boolean unwrap() throws SSLException {
      ByteBuffer into = SPACE.get().clear();
      SSLEngineResult result;
      do {
        result = engine.unwrap(unread, into);
      } while (result.getStatus() == Status.OK
          && result.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
          && unread.hasRemaining()
          && into.position() < GATHER_BYTES);
      isShort = result.getStatus() == Status.BUFFER_UNDERFLOW || !unread.hasRemaining();
      if (into.position() > 0 && !isClosed(heard)) {
        push(heard, taken(into));
      }
      if (result.getStatus() == Status.CLOSED) {
        isShort = true;
        complete(heard);
      }
      return !isShort || result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
    }

    /** Towards the socket. */
    private void send() {
      if (!waiting.isEmpty() && isAvailable(records)) {
        push(records, waiting);
        waiting = ByteString.emptyByteString();
        repliedBytes = 0;
      }
      if (waiting.isEmpty() || isClosed(records)) {
        if (failure != null) {
          fail(failure);
        } else if (isSilent && engine.isOutboundDone()) {
          complete(records);
        }
      }
    }

    /** Ends with a reason; what was said before it leaves, an alert above all. */
    private void fail(SSLException why) {
      complete(records);
      fail(heard, why);
      cancel(said, why);
      cancel(received);
    }

    private void endIfOver() {
      if (isEnded && (isShort || isClosed(heard))) {
        if (isShaking && failure == null && hasReceived) {
          fail(new SSLException("the other side hung up during the TLS handshake"));
        } else {
          completeStage();
        }
      }
    }

    private void ask() {
      boolean reads = isShaking || isHearing();
      if (isShort && reads && failure == null && !hasBeenPulled(received) && !isClosed(received)) {
        pull(received);
      }
      boolean writes = !isShaking && waiting.isEmpty() && failure == null;
      if (writes && !isClosed(said) && !hasBeenPulled(said) && !isAvailable(said)) {
        pull(said);
      }
    }

    /** The alert that says so to the other side leaves first. */
    private void broken(SSLException e) {
      failure = e;
      scheduleOnce(END, LINGER);
      try {
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
            && wrap(ByteString.emptyByteString())) {
          // One more.
        }
      } catch (SSLException again) {
        e.addSuppressed(again);
      }
    }

    /** What is said. */
    private final class Said extends AbstractInHandler {
      @Override
      public void onPush() {
        go();
      }

      @Override
      public void onUpstreamFinish() {
        isSilent = true;
        go();
      }
    }

    /** To the socket. */
    private final class Records extends AbstractOutHandler {
      @Override
      public void onPull() {
        go();
      }

      @Override
      public void onDownstreamFinish(Throwable cause) {
        if (!(cause instanceof SubscriptionWithCancelException.NonFailureCancellation)) {
          failStage(cause);
        } else if (!isEnded) {
          scheduleOnce(END, LINGER); // the reason comes on the other way
        }
      }
    }

    /** From the socket. */
    private final class Received extends AbstractInHandler {
      @Override
      public void onPush() {
        ByteString bytes = grab(received);
        ByteBuffer all = ByteBuffer.allocate(unread.remaining() + bytes.size());
        all.put(unread);
        bytes.copyToBuffer(all);
        unread = all.flip();
        isShort = false;
        hasReceived = true;
        go();
      }

      @Override
      public void onUpstreamFinish() {
        isEnded = true;
        if (!isSlow) {
          endIfOver();
        }
      }
    }

    /** What is heard. */
    private final class Heard extends AbstractOutHandler {
      @Override
      public void onPull() {
        go();
      }

      @Override
      public void onDownstreamFinish(Throwable cause) {
        // What is still said may be wanted.
        cancel(received, cause);
        if (isClosed(said)) {
          cancelStage(cause);
        }
      }
    }
  }
}
