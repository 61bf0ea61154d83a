package io.quorate.node;

import io.quorate.base.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import scala.Function0;
import scala.concurrent.BlockContext;
import scala.concurrent.BlockContext$;
import scala.concurrent.CanAwait;

/**
 * A pool whose worker runs itself, as soon as its task ends, what that task has handed on. A chain
 * of actors that tell each other what comes next so runs on one thread, without waking another for
 * each step; to wake a thread costs more than most steps do. It is the rule by which Go's scheduler
 * runs the goroutine that was made ready last. A second thing that is handed on waits for the same
 * worker, or for one that is awake; a third, and whatever comes from outside, wakes one that
 * sleeps. An urgent thing takes the place of the first.
 *
 * <p>A task that blocks says so by {@link scala.concurrent.BlockContext}, one that may take long by
 * {@link #atLength}: what it has handed on then goes to others, and one of them is woken if there
 * is anything to do. There must be a worker for each such task, one for the poller, and one more.
 *
 * <p>Tasks start in the order in which they came, but for those handed on; of these a worker runs
 * at most {@value #RELAYS_MAX} in a row while others wait. The tasks of {@link #urgent} take turns
 * with all others, however many those are. The queues are bounded by those who put: a dispatcher
 * has one task for each actor.
 *
 * <p>The tasks of {@link #poller} wait for sockets. A worker takes one when it would sleep else, so
 * that who learns that a socket has something also reads it and does what follows. While all
 * workers are busy one takes such a task after every {@value #TASKS_BETWEEN_POLLS} others.
 *
 * <p>All methods may be called by any thread.
 */
public final class RelayPool extends AbstractExecutorService {
  /** The most workers: each has a bit in the set of those who sleep. */
  public static final int WORKERS_MAX = 64;

  static final int RELAYS_MAX = 16;

  static final int TASKS_BETWEEN_POLLS = 64;

  private static final ThreadLocal<Worker> CURRENT = new ThreadLocal<>();

  private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> urgent = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> polls = new ConcurrentLinkedQueue<>();
  private final AtomicLong sleeping = new AtomicLong();
  private final AtomicInteger blocked = new AtomicInteger();
  private final int awakeMax;
  private final List<Worker> workers = new ArrayList<>();
  private final Runnable onShutdown;
  private volatile boolean shutdown;

  /**
   * Starts the workers.
   *
   * @param awakeMax how many work at a time, or wait for sockets, at least 1: more are woken only
   *     for urgent tasks
   * @param spare how many there are besides, for while some are blocked and for urgent tasks; all
   *     together at most {@value #WORKERS_MAX}
   * @param threads makes their threads
   * @param onShutdown runs once {@link #shutdown} was called
   */
  public RelayPool(int awakeMax, int spare, ThreadFactory threads, Runnable onShutdown) {
    int count = awakeMax + spare;
    Check.that(awakeMax >= 1 && count <= WORKERS_MAX, "%d workers", count);
    this.awakeMax = awakeMax;
    this.onShutdown = onShutdown;
    for (int i = 0; i < count; i++) {
      workers.add(new Worker(1L << i));
    }
    for (Worker worker : workers) {
      worker.thread = threads.newThread(worker);
    }
    workers.forEach(worker -> worker.thread.start());
  }

  /**
   * Runs {@code task} soon.
   *
   * @throws RejectedExecutionException after {@link #shutdown}
   */
  @Override
  public void execute(Runnable task) {
    execute(task, queue);
  }

  private void execute(Runnable task, Queue<Runnable> to) {
    if (shutdown) {
      throw new RejectedExecutionException("the pool is shut down");
    }
    Worker worker = worker();
    if (worker == null || worker.away) {
      put(task, to);
      wakeFor(to);
    } else if (worker.next == null) {
      worker.next = task;
      worker.nextOf = to;
    } else if (to == urgent && worker.nextOf != urgent) {
      Runnable other = worker.next;
      worker.next = task;
      worker.nextOf = urgent;
      putSecond(other, queue);
    } else {
      putSecond(task, to);
    }
  }

  private void putSecond(Runnable task, Queue<Runnable> to) {
    boolean third = !to.isEmpty();
    put(task, to);
    if (third) {
      wakeFor(to);
    }
  }

  private void put(Runnable task, Queue<Runnable> to) {
    to.add(task);
    if (shutdown && to.remove(task)) {
      throw new RejectedExecutionException("the pool is shut down");
    }
  }

  /** The worker on whose thread this is called, if it is one of ours. */
  private @Nullable Worker worker() {
    Worker worker = CURRENT.get();
    return worker != null && worker.isOf(this) ? worker : null;
  }

  /**
   * An executor whose tasks run in this pool, and may block until something comes from outside. It
   * is shut down with the pool.
   */
  public ExecutorService poller() {
    return new View(this::executePoll);
  }

  /**
   * An executor whose tasks run in this pool and wait for one other task at most. It is shut down
   * with the pool.
   */
  public ExecutorService urgent() {
    return new View(task -> execute(task, urgent));
  }

  /** What is about to take a little longer lets urgent tasks go first that it has handed on. */
  static void passOn() {
    Worker worker = CURRENT.get();
    if (worker != null) {
      worker.passOn();
    }
  }

  /** Runs {@code task} here and now, while other workers do what else there is to do. */
  static void atLength(Runnable task) {
    Worker worker = CURRENT.get();
    if (worker == null) {
      task.run();
      return;
    }
    worker.aside(
        () -> {
          task.run();
          return true;
        });
  }

  private void executePoll(Runnable task) {
    boolean ours = worker() != null;
    // Who polls goes on until it has closed its sockets.
    if (shutdown && !ours) {
      throw new RejectedExecutionException("the pool is shut down");
    }
    polls.add(task);
    if (!ours) {
      wakeFor(polls);
    }
  }

  /** Who is awake looks for tasks before it sleeps. */
  private void wakeFor(Queue<Runnable> tasks) {
    if (tasks == urgent || awake() < awakeMax) {
      wakeOne();
    }
  }

  /** How many work or wait for sockets. */
  int awake() {
    return workers.size() - Long.bitCount(sleeping.get()) - blocked.get();
  }

  private void wakeForAny() {
    if (!urgent.isEmpty()) {
      wakeFor(urgent);
    } else if (!isIdle()) {
      wakeFor(queue);
    }
  }

  /** Wakes the first that sleeps; the first one's caches are the warmest. */
  private void wakeOne() {
    for (long set = sleeping.get(); set != 0; set = sleeping.get()) {
      long bit = Long.lowestOneBit(set);
      if (sleeping.compareAndSet(set, set & ~bit)) {
        LockSupport.unpark(workers.get(Long.numberOfTrailingZeros(bit)).thread);
        return;
      }
    }
  }

  @Override
  public void shutdown() {
    shutdown = true;
    onShutdown.run();
    for (long set = sleeping.getAndSet(0); set != 0; set &= set - 1) {
      LockSupport.unpark(workers.get(Long.numberOfTrailingZeros(set)).thread);
    }
  }

  /** Shuts down and returns what nobody has begun; running tasks are left alone. */
  @Override
  public List<Runnable> shutdownNow() {
    shutdown();
    List<Runnable> left = new ArrayList<>();
    for (Queue<Runnable> each : List.of(urgent, queue)) {
      for (Runnable task = each.poll(); task != null; task = each.poll()) {
        left.add(task);
      }
    }
    return left;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown && workers.stream().noneMatch(worker -> worker.thread.isAlive());
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    long end = System.nanoTime() + unit.toNanos(timeout);
    for (Worker worker : workers) {
      long left = end - System.nanoTime();
      if (left > 0) {
        TimeUnit.NANOSECONDS.timedJoin(worker.thread, left);
      }
    }
    return isTerminated();
  }

  private boolean isIdle() {
    return urgent.isEmpty() && queue.isEmpty() && polls.isEmpty();
  }

  private final class Worker implements Runnable, BlockContext {
    private final long bit;
    private Thread thread = Thread.currentThread();
    // What its task has handed on first, and the queue that is for such tasks.
    private @Nullable Runnable next;
    private Queue<Runnable> nextOf = queue;
    private boolean away;
    private int relays;
    private int tasks;
    private boolean wasUrgent;

    Worker(long bit) {
      this.bit = bit;
    }

    boolean isOf(RelayPool pool) {
      return RelayPool.this == pool;
    }

    @Override
    public void run() {
      CURRENT.set(this);
      BlockContext$.MODULE$.withBlockContext(
          this,
          () -> {
            work();
            return null;
          });
    }

    /** Called where a task is going to block. */
    @Override
    public <T> T blockOn(Function0<T> blocking, CanAwait permission) {
      return aside(blocking::apply);
    }

    /** Others do meanwhile what there is to do. */
    <T> T aside(Supplier<T> work) {
      if (away) {
        return work.get();
      }
      giveUpNext();
      away = true;
      blocked.incrementAndGet();
      wakeForAny();
      try {
        return work.get();
      } finally {
        away = false;
        blocked.decrementAndGet();
      }
    }

    void passOn() {
      if (next != null && nextOf == urgent) {
        giveUpNext();
        wakeFor(urgent);
      }
    }

    private void giveUpNext() {
      Runnable handed = next;
      if (handed != null) {
        next = null;
        nextOf.add(handed);
      }
    }

    private void work() {
      while (true) {
        Runnable task = take();
        if (task != null) {
          perform(task);
        } else if (shutdown) {
          return;
        } else {
          sleep();
        }
      }
    }

    private @Nullable Runnable take() {
      Runnable handed = next;
      if (handed == null) {
        relays = 0;
        return other();
      }
      relays++;
      if (relays > RELAYS_MAX) {
        relays = 0;
        Runnable other = other();
        if (other != null) {
          // What was handed on goes behind all that waited as long.
          giveUpNext();
          wakeFor(nextOf);
          return other;
        }
      }
      if (nextOf != urgent) {
        Runnable first = urgentInTurn();
        if (first != null) {
          return first;
        }
      }
      next = null;
      return handed;
    }

    private @Nullable Runnable other() {
      tasks++;
      if (tasks >= TASKS_BETWEEN_POLLS) {
        tasks = 0;
        Runnable poll = polls.poll();
        if (poll != null) {
          // It may wait long, and somebody may count on this worker.
          wakeForAny();
          return poll;
        }
      }
      Runnable task = urgentInTurn();
      if (task == null) {
        task = queue.poll();
      }
      if (task == null) {
        task = urgentInTurn();
      }
      return task != null ? task : polls.poll();
    }

    /** An urgent task, unless the last one was urgent. */
    private @Nullable Runnable urgentInTurn() {
      Runnable task = wasUrgent ? null : urgent.poll();
      wasUrgent = task != null;
      return task;
    }

    @SuppressWarnings("CatchingThrowable") // As every pool: the task's failure is not the worker's.
    private void perform(Runnable task) {
      try {
        task.run();
      } catch (Throwable failure) {
        thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
      }
    }

    /** Sleeps until woken; who puts after the bit is set sees it, who put before is seen here. */
    private void sleep() {
      sleeping.getAndUpdate(set -> set | bit);
      if (!isIdle() || shutdown) {
        sleeping.getAndUpdate(set -> set & ~bit);
        return;
      }
      while ((sleeping.get() & bit) != 0) {
        LockSupport.park(RelayPool.this);
      }
    }
  }

  /** Another way into the pool. */
  private final class View extends AbstractExecutorService {
    private final Consumer<Runnable> way;

    View(Consumer<Runnable> way) {
      this.way = way;
    }

    @Override
    public void execute(Runnable task) {
      way.accept(task);
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return RelayPool.this.isShutdown();
    }

    @Override
    public boolean isTerminated() {
      return RelayPool.this.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
      return RelayPool.this.awaitTermination(timeout, unit);
    }
  }
}
