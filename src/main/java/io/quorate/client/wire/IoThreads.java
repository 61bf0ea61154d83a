package io.quorate.client.wire;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The threads of one client, all of them daemons. One is enough for tens of thousands of calls a
 * second; what the client knows of its members is changed on the first one only.
 */
final class IoThreads {
  /** What the end of the threads may take before a close returns without it. */
  private static final long STOP_MILLIS_MAX = 2_000;

  private static final int SCRATCH_BYTES = 8 * 1024;

  private final Factory factory = new Factory();
  private final EventLoopGroup group;
  private final EventLoop first;

  /** A thread of some client. */
  private static final class IoThread extends FastThreadLocalThread {
    private final byte[] scratch = new byte[SCRATCH_BYTES];

    IoThread(ThreadGroup group, Runnable work, String name) {
      super(group, work, name);
    }
  }

  private static final class Factory extends DefaultThreadFactory {
    private final Queue<Thread> made = new ConcurrentLinkedQueue<>();

    Factory() {
      super("quorate-client", true);
    }

    @Override
    protected Thread newThread(Runnable work, String name) {
      Thread thread = new IoThread(threadGroup, work, name);
      made.add(thread);
      return thread;
    }
  }

  IoThreads(int count) {
    this.group =
        Epoll.isAvailable()
            ? new EpollEventLoopGroup(count, factory)
            : new NioEventLoopGroup(count, factory);
    this.first = (EventLoop) group.iterator().next();
  }

  /** Whether {@code thread} belongs to a client. */
  static boolean isOneOfThem(Thread thread) {
    return thread instanceof IoThread;
  }

  /** At least {@code size} bytes, which are the caller's until it returns. */
  static byte[] scratch(int size) {
    return size <= SCRATCH_BYTES && Thread.currentThread() instanceof IoThread thread
        ? thread.scratch
        : new byte[size];
  }

  /** Runs {@code work} on {@code loop}; not at all once the client is closed. */
  static void execute(EventLoop loop, Runnable work) {
    try {
      loop.execute(work);
    } catch (RejectedExecutionException e) {
      // Closed: everything that could care was told.
    }
  }

  Class<? extends Channel> channelType() {
    return group instanceof EpollEventLoopGroup ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  /** The one on which the state of the client changes. */
  EventLoop first() {
    return first;
  }

  /** The one for the next connection. */
  EventLoop next() {
    return group.next();
  }

  /**
   * Ends the threads, and waits for that unless one of them is the caller. For the threads, not for
   * their group: that says it has ended while its last thread still runs.
   */
  void close() {
    var unused = group.shutdownGracefully(0, STOP_MILLIS_MAX, TimeUnit.MILLISECONDS);
    if (isOneOfThem(Thread.currentThread())) {
      return;
    }
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_MILLIS_MAX);
    try {
      for (Thread thread : factory.made) {
        TimeUnit.NANOSECONDS.timedJoin(thread, endNanos - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
