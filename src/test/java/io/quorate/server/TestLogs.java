package io.quorate.server;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.core.spi.ContextAwareBase;

/** The log of the tests: warnings on standard error. A process that is ours goes before it. */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_LOW_PRIORITY)
public final class TestLogs extends ContextAwareBase implements Configurator {
  /** Called by Logback. */
  public TestLogs() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Logs.warnOnStandardError(context);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
