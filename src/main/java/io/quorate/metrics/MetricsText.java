package io.quorate.metrics;

import io.quorate.base.Check;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Set;

/**
 * A page of metrics in the text format of Prometheus, version 0.0.4: families, each with one head
 * and the samples behind it. For one thread, once.
 */
public final class MetricsText {
  /** The content type of a page, to the letter as etcd 3.7.3 sends it. */
  public static final String CONTENT_TYPE =
      "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

  /** What the samples of a family are. */
  public enum Type {
    /** What only grows. */
    COUNTER("counter"),
    /** What goes up and down. */
    GAUGE("gauge"),
    /** Buckets, their sum and their count. */
    HISTOGRAM("histogram");

    private final String word;

    Type(String word) {
      this.word = word;
    }
  }

  private static final int FIRST_BYTES = 32 * 1024;
  private static final int NANO_DIGITS = 9;

  private final StringBuilder out = new StringBuilder(FIRST_BYTES);
  private final Set<String> names = new HashSet<>();
  private String family = "";

  /** An empty page. */
  public MetricsText() {}

  /** A family that is one number. */
  public MetricsText gauge(String name, String help, long value) {
    return family(name, Type.GAUGE, help).sample("", value);
  }

  /** A family that is one number that grows. */
  public MetricsText counter(String name, String help, Counter counter) {
    return counter(name, help, counter.value());
  }

  /** {@link #counter(String, String, Counter)} of somebody who counts otherwise. */
  public MetricsText counter(String name, String help, long value) {
    return family(name, Type.COUNTER, help).sample("", value);
  }

  /** A family that is one histogram. */
  public MetricsText histogram(String name, String help, Histogram histogram) {
    return family(name, Type.HISTOGRAM, help).samples("", histogram);
  }

  /** Begins a family; the samples that follow belong to it. Each name once. */
  public MetricsText family(String name, Type type, String help) {
    Check.that(names.add(name), "two families are called %s", name);
    family = name;
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type.word).append('\n');
    return this;
  }

  /**
   * A sample of the family.
   *
   * @param labels as {@link #labels} gives them
   */
  public MetricsText sample(String labels, long value) {
    return sample("", labels, Long.toString(value));
  }

  /** A sample that is a number of seconds, given in nanoseconds. */
  public MetricsText sampleOfNanos(String labels, long nanos) {
    return sample("", labels, seconds(nanos));
  }

  /** The samples of a histogram. */
  public MetricsText samples(String labels, Histogram histogram) {
    long below = 0;
    String more = labels.isEmpty() ? "" : labels + ",";
    for (int i = 0; i < histogram.bounds(); i++) {
      below += histogram.countOf(i);
      String bound = decimal(histogram.boundSeconds(i));
      sample("_bucket", more + "le=\"" + bound + "\"", Long.toString(below));
    }
    String all = Long.toString(below + histogram.countOf(histogram.bounds()));
    sample("_bucket", more + "le=\"+Inf\"", all);
    sample("_sum", labels, seconds(histogram.sumNanos()));
    return sample("_count", labels, all);
  }

  private MetricsText sample(String suffix, String labels, String value) {
    out.append(family).append(suffix);
    if (!labels.isEmpty()) {
      out.append('{').append(labels).append('}');
    }
    out.append(' ').append(value).append('\n');
    return this;
  }

  /** Labels of a sample: names and values in turn, the names in the order of the alphabet. */
  public static String labels(String... namesAndValues) {
    Check.that(namesAndValues.length % 2 == 0, "a label without a value");
    StringBuilder labels = new StringBuilder(64);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      labels.append(i == 0 ? "" : ",").append(namesAndValues[i]).append("=\"");
      String value = namesAndValues[i + 1];
      labels.append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
      labels.append('"');
    }
    return labels.toString();
  }

  /** As Go writes it for such numbers: in full, and no digit more. */
  private static String decimal(double value) {
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  private static String seconds(long nanos) {
    BigDecimal exact = BigDecimal.valueOf(nanos, NANO_DIGITS);
    return nanos == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
  }

  /** The page. */
  @Override
  public String toString() {
    return out.toString();
  }
}
