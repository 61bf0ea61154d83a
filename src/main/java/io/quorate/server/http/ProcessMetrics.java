package io.quorate.server.http;

import io.quorate.metrics.MetricsSource;
import io.quorate.metrics.MetricsText;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel knows of this process, as Prometheus' own clients tell it: from {@code /proc}, so
 * that no management bean is loaded. Where there is none, as outside of Linux, nothing is told.
 */
final class ProcessMetrics implements MetricsSource {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** {@code USER_HZ}, which is this for every program whatever the kernel counts in. */
  private static final long TICKS_PER_SECOND = 100;

  // Fields of /proc/self/stat behind the name of the program, which may hold blanks.
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;
  private static final int START_TICKS = 19;

  private static final Pattern FILES_MAX = Pattern.compile("Max open files +(\\d+)");

  private final Path proc;

  /**
   * @param proc where the kernel tells it
   */
  ProcessMetrics(Path proc) {
    this.proc = proc;
  }

  @Override
  public void writeTo(MetricsText page) {
    try {
      write(page);
    } catch (IOException | RuntimeException e) {
      // No such kernel, or none that lets itself be asked: the rest of the page is worth having.
      return;
    }
  }

  private void write(MetricsText page) throws IOException {
    String stat = Files.readString(proc.resolve("self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ", -1);
    List<String> status = Files.readAllLines(proc.resolve("self/status"));
    Matcher limit = FILES_MAX.matcher(Files.readString(proc.resolve("self/limits")));
    long filesMax = limit.find() ? Long.parseLong(limit.group(1)) : 0;
    long files = count(proc.resolve("self/fd"));
    long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
    long startTicks = Long.parseLong(fields[START_TICKS]);
    long bootSeconds = find(Files.readAllLines(proc.resolve("stat")), "btime ");
    page.family("process_cpu_seconds_total", MetricsText.Type.COUNTER, "CPU time used, in seconds.")
        .sampleOfNanos("", ticks * (NANOS_PER_SECOND / TICKS_PER_SECOND));
    page.gauge("process_resident_memory_bytes", "Memory in use, in bytes.", kib(status, "VmRSS:"));
    page.gauge(
        "process_virtual_memory_bytes", "Address space in use, in bytes.", kib(status, "VmSize:"));
    page.gauge("process_open_fds", "Open files.", files);
    page.gauge("process_max_fds", "How many files may be open.", filesMax);
    page.gauge("os_fd_used", "Open files.", files);
    page.gauge("os_fd_limit", "How many files may be open.", filesMax);
    page.family(
            "process_start_time_seconds",
            MetricsText.Type.GAUGE,
            "When it began, in seconds since 1970.")
        .sampleOfNanos(
            "",
            bootSeconds * NANOS_PER_SECOND + startTicks * (NANOS_PER_SECOND / TICKS_PER_SECOND));
  }

  private static long kib(List<String> lines, String name) {
    return find(lines, name) * 1024;
  }

  /** The number behind {@code name} at the beginning of a line. */
  private static long find(List<String> lines, String name) {
    for (String line : lines) {
      if (line.startsWith(name)) {
        String rest = line.substring(name.length()).toLowerCase(Locale.ROOT).replace("kb", "");
        return Long.parseLong(rest.trim());
      }
    }
    throw new IllegalStateException("the kernel does not tell " + name);
  }

  private static long count(Path folder) throws IOException {
    long files = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path ignored : all) {
        files++;
      }
    }
    return files;
  }
}
