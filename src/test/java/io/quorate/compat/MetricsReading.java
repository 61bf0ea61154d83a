package io.quorate.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pages of metrics of the members of one cluster, read as Prometheus reads them. */
final class MetricsReading {
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final List<String> PARTS = List.of("_bucket", "_sum", "_count");

  /** A sample: the labels by their names. */
  record Sample(Map<String, String> labels, double value) {}

  private final Map<String, String> types = new TreeMap<>();
  private final Map<String, List<Sample>> samples = new TreeMap<>();

  /** Reads a further page; a line that is none of the format's is an error. */
  MetricsReading add(String page) {
    for (String line : page.split("\n", -1)) {
      Matcher type = TYPE.matcher(line);
      if (type.matches()) {
        types.put(type.group(1), type.group(2));
      } else if (!line.isEmpty() && !line.startsWith("# HELP ")) {
        addSample(line);
      }
    }
    return this;
  }

  private void addSample(String line) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      throw new IllegalArgumentException("not a sample: " + line);
    }
    Map<String, String> labels = new TreeMap<>();
    if (sample.group(2) != null) {
      Matcher label = LABEL.matcher(sample.group(2));
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
    }
    double value = Double.parseDouble(sample.group(3).replace("+Inf", "Infinity"));
    String family = family(sample.group(1));
    samples.computeIfAbsent(family, name -> new ArrayList<>()).add(new Sample(labels, value));
  }

  private String family(String name) {
    for (String part : PARTS) {
      String base = name.endsWith(part) ? name.substring(0, name.length() - part.length()) : "";
      if ("histogram".equals(types.get(base)) || "summary".equals(types.get(base))) {
        return base;
      }
    }
    if (!types.containsKey(name)) {
      throw new IllegalArgumentException("a sample without a family: " + name);
    }
    return name;
  }

  /** The families. */
  Set<String> names() {
    return types.keySet();
  }

  /** What a family is. */
  String type(String name) {
    return types.getOrDefault(name, "none");
  }

  /** The names of all labels that samples of a family have. */
  Set<String> labelsOf(String name) {
    Set<String> labels = new TreeSet<>();
    samples
        .getOrDefault(name, List.of())
        .forEach(sample -> labels.addAll(sample.labels().keySet()));
    return labels;
  }

  /** The values of one label in a family. */
  Set<String> valuesOf(String name, String label) {
    Set<String> values = new TreeSet<>();
    for (Sample sample : samples.getOrDefault(name, List.of())) {
      values.add(sample.labels().getOrDefault(label, ""));
    }
    return values;
  }

  /** The samples of a family. */
  List<Sample> samplesOf(String name) {
    return samples.getOrDefault(name, List.of());
  }
}
