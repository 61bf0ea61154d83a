package io.quorate.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/**
 * What this process used up to a moment.
 *
 * @param nanos the moment
 * @param cpuNanos of all threads, those of the compiler and the collector too
 * @param allocated bytes, by the ids of the threads that lived then
 */
record Usage(long nanos, long cpuNanos, Map<Long, Long> allocated) {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static Usage now() {
    long[] ids = THREADS.getAllThreadIds();
    long[] bytes = THREADS.getThreadAllocatedBytes(ids);
    Map<Long, Long> allocated = new HashMap<>();
    for (int i = 0; i < ids.length; i++) {
      allocated.put(ids[i], Math.max(0, bytes[i]));
    }
    return new Usage(System.nanoTime(), SYSTEM.getProcessCpuTime(), allocated);
  }

  double secondsSince(Usage before) {
    return (nanos - before.nanos) / 1e9;
  }

  double cpuMicrosSince(Usage before) {
    return (cpuNanos - before.cpuNanos) / 1e3;
  }

  /** Without that of threads that ended meanwhile. */
  double bytesSince(Usage before) {
    long bytes = 0;
    for (Map.Entry<Long, Long> each : allocated.entrySet()) {
      bytes += each.getValue() - before.allocated.getOrDefault(each.getKey(), 0L);
    }
    return bytes;
  }
}
