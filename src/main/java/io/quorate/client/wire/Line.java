package io.quorate.client.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.collection.IntObjectHashMap;
import io.quorate.base.EtcdError.Code;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection, and the exchanges on it. Netty does HTTP/2; what gRPC adds is here: a
 * request is headers and length-prefixed messages, an answer ends with the status in trailers.
 *
 * <p>Any thread may {@link #start} and {@link #cancel}; the work is done on the thread of the
 * connection. What other threads hand in while that one is busy leaves with one write.
 */
final class Line {
  /** Ids are used up some day: then the connection is replaced. */
  private static final int STREAM_ID_MAX = Integer.MAX_VALUE - 1_024;

  /**
   * After so many requests what was written leaves, whatever else there is to do: a member that has
   * a thousand answers taken from it at once would wait for all thousand questions after them.
   */
  private static final int FLUSH_STARTS_MAX = 16;

  private final Owner owner;
  private final Heads heads;
  private final Supplier<@Nullable String> token;
  private final IntObjectHashMap<Exchange<?, ?>> live = new IntObjectHashMap<>();
  private final Queue<Runnable> handedIn = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean isArmed = new AtomicBoolean();
  private final Http2ConnectionHandler http2;
  private final EventLoop loop;
  private @Nullable ChannelHandlerContext context;
  private boolean isReading;
  private boolean isUp;
  private boolean isDraining;
  private boolean isDown;
  private int unflushed;
  private long heardNanos = System.nanoTime();

  /** Who is told what becomes of the connection; on its thread. */
  interface Owner {
    /** The other side speaks HTTP/2: exchanges can be started. */
    void up(Line line);

    /** No exchange can be started any more; those that run go on. */
    void draining(Line line);

    /** It is gone, or never came about. The last that is told. */
    void down(Line line, String why);
  }

  Line(Owner owner, Heads heads, Supplier<@Nullable String> token, EventLoop loop) {
    this.owner = owner;
    this.heads = heads;
    this.token = token;
    this.loop = loop;
    this.http2 = LineHandler.http2(this);
  }

  /** Puts itself into the pipeline of {@code channel}. */
  void install(Channel channel) {
    channel.pipeline().addLast(new Edge(), http2);
  }

  /** Knows when a read is under way: what is written meanwhile leaves when it ends. */
  private final class Edge extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      isReading = true;
      heardNanos = System.nanoTime();
      ctx.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.fireChannelReadComplete();
      isReading = false;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      failed("the connection was lost");
      ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) == null) {
        failed("the connection broke: " + cause.getMessage());
      } else {
        ctx.fireExceptionCaught(cause);
      }
    }
  }

  EventLoop loop() {
    return loop;
  }

  // For any thread.

  /** Begins {@code exchange}, which is told its end whatever happens. */
  void start(Exchange<?, ?> exchange) {
    if (loop.inEventLoop()) {
      begin(exchange);
      flush();
    } else {
      handIn(() -> begin(exchange));
    }
  }

  /** Does {@code work} on the thread of the connection; what it writes leaves afterwards. */
  void execute(Runnable work) {
    if (loop.inEventLoop()) {
      work.run();
      flush();
    } else {
      handIn(work);
    }
  }

  private void handIn(Runnable work) {
    handedIn.add(work);
    if (!isArmed.get() && isArmed.compareAndSet(false, true)) {
      IoThreads.execute(loop, this::takeIn);
    }
  }

  private void takeIn() {
    isArmed.set(false);
    for (Runnable work = handedIn.poll(); work != null; work = handedIn.poll()) {
      work.run();
    }
    flushNow();
  }

  // On the thread of the connection.

  private void flush() {
    if (!isReading && !isArmed.get() && isArmed.compareAndSet(false, true)) {
      IoThreads.execute(loop, this::takeIn);
    }
  }

  private void flushNow() {
    ChannelHandlerContext ctx = context;
    unflushed = 0;
    if (ctx != null && !isDown) {
      http2.flush(ctx);
    }
  }

  private <Q extends MessageLite, A extends MessageLite> void begin(Exchange<Q, A> exchange) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || !isUp || isDraining || isDown) {
      exchange.end(Code.UNAVAILABLE, "the connection was lost", true);
      return;
    }
    int id = http2.connection().local().incrementAndGetNextStreamId();
    if (id <= 0 || id > STREAM_ID_MAX) {
      drain();
      exchange.end(Code.UNAVAILABLE, "the connection has no more streams", true);
      return;
    }
    live.put(id, exchange);
    Q request = exchange.request();
    String carried = token.get();
    http2
        .encoder()
        .writeHeaders(ctx, id, heads.of(exchange.method(), carried), 0, false, ctx.newPromise())
        .addListener(
            written -> {
              if (!written.isSuccess() && live.get(id) == exchange) {
                String why = String.valueOf(written.cause().getMessage());
                end(id, Code.UNAVAILABLE, "it could not be sent: " + why, false);
              }
            });
    exchange.started(id, carried);
    if (request != null) {
      write(exchange, request, true);
    }
    if (++unflushed >= FLUSH_STARTS_MAX) {
      flushNow();
    }
  }

  /** Sends one more message, and with {@code isLast} the end. */
  void write(Exchange<?, ?> exchange, @Nullable MessageLite message, boolean isLast) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || exchange.isOver() || isDown) {
      return;
    }
    ByteBuf body = message == null ? ctx.alloc().buffer(0) : body(ctx, message);
    int bytes = body.readableBytes();
    exchange.writing(bytes);
    http2
        .encoder()
        .writeData(ctx, exchange.id(), body, 0, isLast, ctx.newPromise())
        .addListener(written -> exchange.writing(-bytes));
  }

  private static ByteBuf body(ChannelHandlerContext ctx, MessageLite message) {
    int size = message.getSerializedSize();
    ByteBuf body = ctx.alloc().buffer(5 + size);
    body.writeByte(0).writeInt(size);
    byte[] scratch = IoThreads.scratch(size);
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(scratch, 0, size);
      message.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return body.writeBytes(scratch, 0, size);
  }

  /** Asks for {@code count} more answers. */
  void want(Exchange<?, ?> exchange, int count) {
    if (!exchange.isOver()) {
      exchange.inbound().want(count);
      give(exchange);
    }
  }

  private void give(Exchange<?, ?> exchange) {
    int back = exchange.inbound().give(exchange::message);
    Http2Stream stream = http2.connection().stream(exchange.id());
    if (back > 0 && stream != null) {
      try {
        http2.decoder().flowController().consumeBytes(stream, back);
      } catch (Http2Exception e) {
        failed("the connection is broken: " + e.getMessage());
      }
    }
    exchange.endIfGiven();
    if (exchange.isOver() && live.get(exchange.id()) == exchange) {
      reset(exchange);
    }
  }

  /** Ends an exchange from here; it is told {@code why}. */
  void cancel(Exchange<?, ?> exchange, String why) {
    if (live.get(exchange.id()) == exchange) {
      reset(exchange);
      exchange.end(Code.CANCELLED, why, false);
    } else if (exchange.isEnding()) {
      giveBack(exchange);
      exchange.end(Code.CANCELLED, why, false);
    }
  }

  private void reset(Exchange<?, ?> exchange) {
    ChannelHandlerContext ctx = context;
    live.remove(exchange.id());
    giveBack(exchange);
    if (ctx != null && !isDown) {
      long code = Http2Error.CANCEL.code();
      // Through the encoder: a stream that waits for its turn is not known to the other side.
      var unused = http2.encoder().writeRstStream(ctx, exchange.id(), code, ctx.newPromise());
    }
    endIfDrained();
  }

  private void giveBack(Exchange<?, ?> exchange) {
    int back = exchange.inbound().end();
    Http2Stream stream = http2.connection().stream(exchange.id());
    if (back > 0 && stream != null) {
      try {
        http2.decoder().flowController().consumeBytes(stream, back);
      } catch (Http2Exception e) {
        // The connection is beyond it: what is lost is lost with it.
      }
    }
  }

  /** Data of the other side; returns what the window gets back at once. */
  int data(int id, ByteBuf data, int paddingBytes) {
    Exchange<?, ?> exchange = live.get(id);
    if (exchange == null) {
      return data.readableBytes() + paddingBytes;
    }
    try {
      exchange.inbound().add(data, paddingBytes);
      int back = exchange.inbound().give(exchange::message);
      if (exchange.isOver()) {
        int rest = exchange.inbound().end();
        reset(exchange);
        return back + rest;
      }
      return back;
    } catch (Inbound.MalformedException e) {
      int rest = exchange.inbound().end();
      reset(exchange);
      exchange.end(Code.INTERNAL, String.valueOf(e.getMessage()), false);
      return rest;
    }
  }

  /** The other side has ended an exchange. */
  void end(int id, Code code, String text, boolean isUnseen) {
    Exchange<?, ?> exchange = live.remove(id);
    if (exchange != null) {
      exchange.endBehind(code, text, isUnseen);
      if (exchange.isOver()) {
        giveBack(exchange);
      }
      endIfDrained();
    }
  }

  /** The other side has ended an exchange that is not half done on this side. */
  void endAndReset(int id, Code code, String text) {
    Exchange<?, ?> exchange = live.get(id);
    if (exchange != null) {
      reset(exchange);
      exchange.end(code, text, false);
    }
  }

  void attached(ChannelHandlerContext ctx) {
    context = ctx;
  }

  void settings() {
    if (!isUp && !isDown) {
      isUp = true;
      owner.up(this);
    }
  }

  /** The other side goes away: it has looked at nothing above {@code lastId}. */
  void goAway(int lastId, String why) {
    for (int id : ids()) {
      if (id > lastId) {
        end(id, Code.UNAVAILABLE, why, true);
      }
    }
    drain();
  }

  private List<Integer> ids() {
    return List.copyOf(live.keySet());
  }

  /** Begins nothing any more, and ends when nothing is left. */
  void drain() {
    if (!isDraining && !isDown) {
      isDraining = true;
      owner.draining(this);
      endIfDrained();
    }
  }

  private void endIfDrained() {
    if (isDraining && live.isEmpty()) {
      failed("the connection has ended");
    }
  }

  /**
   * Asks the other side for a sign of life, if nothing was heard of it for {@code silentNanos}
   * although something is waited for.
   *
   * @return whether it was asked
   */
  boolean ping(long silentNanos) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || isDown || live.isEmpty() || !isSilentFor(silentNanos)) {
      return false;
    }
    var unused = http2.encoder().writePing(ctx, false, 0, ctx.newPromise());
    flushNow();
    return true;
  }

  boolean isSilentFor(long nanos) {
    return System.nanoTime() - heardNanos >= nanos;
  }

  /** It is over: everything on it ends with {@code why}. */
  void failed(String why) {
    if (isDown) {
      return;
    }
    isDown = true;
    for (int id : ids()) {
      end(id, Code.UNAVAILABLE, why, false);
    }
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      var unused = ctx.channel().close();
    }
    owner.down(this, why);
  }
}
