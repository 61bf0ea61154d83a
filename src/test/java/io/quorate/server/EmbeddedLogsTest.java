package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class EmbeddedLogsTest {
  @Test
  void logOfAProgramThatIsNotOursIsLeftToItsOwnConfiguration() {
    LoggerContext context = new LoggerContext();
    Logs logs = new Logs();
    logs.setContext(context);
    assertThat(logs.configure(context)).isEqualTo(ExecutionStatus.NEUTRAL);
    assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders()).isExhausted();
  }
}
