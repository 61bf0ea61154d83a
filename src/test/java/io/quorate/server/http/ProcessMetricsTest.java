package io.quorate.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.metrics.MetricsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a process, from what the kernel tells. */
class ProcessMetricsTest {
  @TempDir Path proc;

  private String page() {
    MetricsText page = new MetricsText();
    new ProcessMetrics(proc).writeTo(page);
    return page.toString();
  }

  private void tell(String file, String text) throws IOException {
    Path path = proc.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private void tellAll() throws IOException {
    tell("stat", "cpu 1 2\nbtime 1700000000\nprocesses 5\n");
    tell(
        "self/stat",
        "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 150 25 0 0 20 0 9 0 12345 1000 200 1\n");
    tell("self/status", "Name:\ta\nVmSize:\t    2048 kB\nVmRSS:\t     100 kB\n");
    tell(
        "self/limits",
        "Limit                     Soft Limit           Hard Limit           Units\n"
            + "Max open files            1024                 4096                 files\n");
    tell("self/fd/0", "");
    tell("self/fd/1", "");
  }

  @Test
  void readsWhatLinuxTells() throws IOException {
    tellAll();
    assertThat(page())
        .contains(
            "\nprocess_cpu_seconds_total 1.75\n",
            "\nprocess_resident_memory_bytes 102400\n",
            "\nprocess_virtual_memory_bytes 2097152\n",
            "\nprocess_open_fds 2\n",
            "\nos_fd_used 2\n",
            "\nprocess_max_fds 1024\n",
            "\nos_fd_limit 1024\n",
            "\nprocess_start_time_seconds 1700000123.45\n");
  }

  @Test
  void tellsNothingWhereThereIsNothing() {
    assertThat(page()).isEmpty();
  }

  @Test
  void tellsNothingThatItDoesNotUnderstand() throws IOException {
    tellAll();
    tell("self/stat", "x");
    assertThat(page()).isEmpty();
  }
}
