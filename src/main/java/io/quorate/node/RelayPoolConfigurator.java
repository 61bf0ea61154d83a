package io.quorate.node;

import com.typesafe.config.Config;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.apache.pekko.dispatch.MonitorableThreadFactory;
import org.apache.pekko.dispatch.ThreadPoolConfig;

/**
 * Makes a {@link RelayPool} the executor of a dispatcher, whose section names this class as {@code
 * executor} and says in {@code relay-pool} how many threads work at a time, with the names that
 * Pekko's own pools have: {@code parallelism-min}, {@code -factor} (of the cores) and {@code -max}.
 * On top come {@code pollers} and {@code spare} ones. With {@code relay-pool.of} the dispatcher's
 * tasks run in the pool of another one instead, which must be in use already: as its {@linkplain
 * RelayPool#poller poller} or as {@linkplain RelayPool#urgent urgent} ones, says {@code as}.
 */
public final class RelayPoolConfigurator extends ExecutorServiceConfigurator {
  /** The pools by the actor system and the dispatcher that they are of. */
  private static final Map<Key, RelayPool> POOLS = new ConcurrentHashMap<>();

  private record Key(DispatcherPrerequisites system, String id) {}

  private final DispatcherPrerequisites system;
  private final Config settings;

  /** Called by Pekko with the dispatcher's section. */
  public RelayPoolConfigurator(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    system = prerequisites;
    settings = config.getConfig("relay-pool");
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
        return settings.hasPath("of") ? view(settings.getString("of")) : pool(id, named);
      }
    };
  }

  private RelayPool pool(String id, ThreadFactory threads) {
    int workers =
        ThreadPoolConfig.scaledPoolSize(
            settings.getInt("parallelism-min"),
            settings.getDouble("parallelism-factor"),
            settings.getInt("parallelism-max"));
    Key key = new Key(system, id);
    RelayPool pool =
        new RelayPool(
            workers + settings.getInt("pollers"),
            settings.getInt("spare"),
            threads,
            () -> POOLS.remove(key));
    POOLS.put(key, pool);
    return pool;
  }

  private ExecutorService view(String id) {
    RelayPool pool = POOLS.get(new Key(system, id));
    if (pool == null) {
      throw new IllegalStateException("dispatcher " + id + " has no pool");
    }
    String as = settings.getString("as");
    return switch (as) {
      case "poller" -> pool.poller();
      case "urgent" -> pool.urgent();
      default -> throw new IllegalArgumentException("relay-pool.as is " + as);
    };
  }
}
