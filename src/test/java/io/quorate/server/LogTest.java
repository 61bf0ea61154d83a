package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.quorate.server.ServeConfig.LogFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogTest {

  private static LoggingEvent event(String message) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerName("io.quorate.server.Serve");
    event.setLevel(Level.INFO);
    event.setInstant(Instant.parse("2026-01-02T03:04:05.006007Z"));
    event.setMessage(message);
    event.setMDCPropertyMap(Map.of());
    return event;
  }

  private static LogWriter started(OutputStream out) {
    LogWriter writer = new LogWriter(out, LogFormat.JSON);
    writer.setContext(new LoggerContext());
    writer.start();
    return writer;
  }

  @Test
  void jsonHasTheFieldsOfEtcd() {
    LoggingEvent event = event("a \"b\"\n\u001b[31mred");
    event.addKeyValuePair(new KeyValuePair("n", 5));
    event.addKeyValuePair(new KeyValuePair("list", List.of("x", 1, true)));
    event.addKeyValuePair(new KeyValuePair("map", Map.of("k", "v")));
    event.addKeyValuePair(new KeyValuePair("none", null));
    assertThat(LogLines.format(event, LogFormat.JSON))
        .isEqualTo(
            "{\"level\":\"info\",\"ts\":\"2026-01-02T03:04:05.006007Z\","
                + "\"logger\":\"server.Serve\",\"msg\":\"a \\\"b\\\"\\n\\u001b[31mred\","
                + "\"n\":5,\"list\":[\"x\",1,true],"
                + "\"map\":{\"k\":\"v\"},\"none\":null}\n");
  }

  @Test
  void consoleHasColumnsAndNoColours() {
    LoggingEvent event = event("a\u001b[31m");
    event.addKeyValuePair(new KeyValuePair("k", "v w"));
    assertThat(LogLines.format(event, LogFormat.CONSOLE))
        .isEqualTo(
            "2026-01-02T03:04:05.006007Z\tinfo\tserver.Serve\ta\\u001b[31m\t{\"k\": \"v w\"}\n");
    assertThat(LogLines.format(event("plain"), LogFormat.CONSOLE)).endsWith("\tplain\n");
  }

  @Test
  void neverWaitsForAReaderAndCountsWhatIsLost() {
    Blocked blocked = new Blocked();
    LogWriter writer = started(blocked);
    writer.doAppend(event("first"));
    await().until(() -> blocked.entered.getCount() == 0);
    int lost = 100;
    for (int i = 0; i < LogWriter.QUEUE_EVENTS_MAX + lost; i++) {
      writer.doAppend(event("line"));
    }
    blocked.released.countDown();
    await()
        .until(
            () ->
                blocked.text().contains("log lines were discarded")
                    && blocked.text().contains("\"count\":" + lost));
    writer.stop();
  }

  @Test
  void writesWhatWaitsBeforeItStops() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LogWriter writer = started(out);
    for (int i = 0; i < 1_000; i++) {
      writer.doAppend(event("line " + i));
    }
    writer.stop();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("line 0\"").contains("line 999\"");
  }

  @RepeatedTest(20)
  void writesWhatWaitsThoughWhoStopsItIsInterrupted() {
    Blocked blocked = new Blocked();
    LogWriter writer = started(blocked);
    writer.doAppend(event("first"));
    await().until(() -> blocked.entered.getCount() == 0);
    writer.doAppend(event("last"));
    CompletableFuture.runAsync(blocked.released::countDown);
    Thread.currentThread().interrupt();
    writer.stop(TimeUnit.SECONDS.toMillis(10));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(blocked.text()).contains("first").contains("last");
  }

  /** A reader that has stopped reading. */
  private static final class Blocked extends OutputStream {
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      entered.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      synchronized (written) {
        written.write(bytes, offset, length);
      }
    }

    String text() {
      synchronized (written) {
        return written.toString(StandardCharsets.UTF_8);
      }
    }
  }
}
