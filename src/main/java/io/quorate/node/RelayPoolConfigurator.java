package io.quorate.node;

import com.typesafe.config.Config;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.apache.pekko.dispatch.MonitorableThreadFactory;

/**
 * Makes a {@link RelayPool} the executor of a dispatcher, whose section names this class as {@code
 * executor} and the number of threads as {@code relay-pool.workers}.
 */
public final class RelayPoolConfigurator extends ExecutorServiceConfigurator {
  private final int workers;

  /** Called by Pekko with the dispatcher's section. */
  public RelayPoolConfigurator(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    workers = config.getInt("relay-pool.workers");
  }

  @Override
  public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
    ThreadFactory named =
        threads instanceof MonitorableThreadFactory monitorable
            ? monitorable.withName(monitorable.name() + "-" + id)
            : threads;
    return new ExecutorServiceFactory() {
      @Override
      public ExecutorService createExecutorService() {
        return new RelayPool(workers, named);
      }
    };
  }
}
