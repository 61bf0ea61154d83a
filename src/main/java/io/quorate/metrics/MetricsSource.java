package io.quorate.metrics;

/** Who has numbers to show. */
@FunctionalInterface
public interface MetricsSource {
  /** Writes them as they are now. Any thread; must not block. */
  void writeTo(MetricsText page);
}
