package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What the manifests say of each other and of the program, so that no part changes alone. Whether a
 * cluster takes them is asked of its API server.
 */
class KubernetesManifestsTest {
  private static final Path K8S = Path.of("k8s");
  private static final Path BASE = K8S.resolve("base");
  private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Z_]+)\\)");
  private static final int HEAP_SHARE = 4;

  private final Node set = only("StatefulSet", "quorate");
  private final Node pod = set.at("spec", "template", "spec");
  private final Node container = pod.at("containers").items().get(0);
  private final Map<String, String> flags = flags(container);

  /** A value of a document, with a path that tells where it is when it is missing. */
  private record Node(String path, Object value) {
    Node at(String... keys) {
      Node node = this;
      for (String key : keys) {
        node = present(node.find(key), node.path + "." + key);
      }
      return node;
    }

    @Nullable Node find(String key) {
      Object found = value instanceof Map<?, ?> map ? map.get(key) : null;
      return found == null ? null : new Node(path + "." + key, found);
    }

    List<Node> items() {
      List<Node> items = new ArrayList<>();
      assertThat(value).as(path).isInstanceOf(List.class);
      for (Object item : (List<?>) value) {
        items.add(new Node(path + "[" + items.size() + "]", item));
      }
      return items;
    }

    String text() {
      return String.valueOf(value);
    }

    int number() {
      assertThat(value).as(path).isInstanceOf(Integer.class);
      return (Integer) value;
    }

    /** The item whose {@code key} is {@code wanted}. */
    Node item(String key, String wanted) {
      List<Node> found =
          items().stream().filter(item -> item.at(key).text().equals(wanted)).toList();
      assertThat(found).as(path + " with " + key + " " + wanted).hasSize(1);
      return found.get(0);
    }
  }

  private static <T> T present(@Nullable T value, String what) {
    if (value == null) {
      throw new AssertionError(what + " is missing");
    }
    return value;
  }

  private static List<Node> documents(Path file) {
    List<Node> documents = new ArrayList<>();
    try {
      Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
      for (Object document : yaml.loadAll(Files.readString(file))) {
        documents.add(new Node(file.toString(), document));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return documents;
  }

  private static List<Node> base() {
    return documents(BASE.resolve("kustomization.yaml")).get(0).at("resources").items().stream()
        .flatMap(resource -> documents(BASE.resolve(resource.text())).stream())
        .toList();
  }

  private static Node only(String kind, String name) {
    List<Node> found =
        base().stream()
            .filter(node -> node.at("kind").text().equals(kind))
            .filter(node -> node.at("metadata", "name").text().equals(name))
            .toList();
    assertThat(found).as(kind + " " + name).hasSize(1);
    return found.get(0);
  }

  /** The flags with their values, in which references to variables are replaced. */
  private static Map<String, String> flags(Node container) {
    Map<String, String> variables = new TreeMap<>(Map.of("POD_NAME", "quorate-0"));
    variables.put("POD_NAMESPACE", "quorate");
    for (Node variable : container.at("env").items()) {
      Node value = variable.find("value");
      if (value != null) {
        variables.put(variable.at("name").text(), replaced(value.text(), variables));
      }
    }
    Map<String, String> flags = new LinkedHashMap<>();
    List<Node> args = container.at("args").items();
    assertThat(args.get(0).text()).isEqualTo("serve");
    for (Node arg : args.subList(1, args.size())) {
      assertThat(arg.text()).as(arg.path()).startsWith("--");
      String[] parts = arg.text().substring(2).split("=", 2);
      String value = parts.length == 2 ? replaced(parts[1], variables) : "true";
      assertThat(flags.put(parts[0], value)).as("an earlier " + parts[0]).isNull();
    }
    return flags;
  }

  private static String replaced(String text, Map<String, String> variables) {
    return REFERENCE
        .matcher(text)
        .replaceAll(
            reference -> {
              String name = reference.group(1);
              return Matcher.quoteReplacement(
                  present(variables.get(name), "variable " + name + " of " + text));
            });
  }

  private String flag(String name) {
    return present(flags.get(name), "--" + name);
  }

  private int portOf(String flag) {
    return Integer.parseInt(flag(flag).replaceFirst(".*:", ""));
  }

  private Map<String, Integer> ports() {
    Map<String, Integer> ports = new TreeMap<>();
    for (Node port : container.at("ports").items()) {
      ports.put(port.at("name").text(), port.at("containerPort").number());
    }
    return ports;
  }

  /** Mount paths, by the kind of volume behind them. */
  private Map<String, String> mounts() {
    Map<String, String> kinds = new TreeMap<>();
    for (Node volume : pod.at("volumes").items()) {
      String kind = volume.find("emptyDir") != null ? "emptyDir" : "secret";
      kinds.put(volume.at("name").text(), kind);
    }
    for (Node claim : set.at("spec", "volumeClaimTemplates").items()) {
      kinds.put(claim.at("metadata", "name").text(), "claim");
    }
    Map<String, String> mounts = new TreeMap<>();
    for (Node mount : container.at("volumeMounts").items()) {
      String name = mount.at("name").text();
      mounts.put(mount.at("mountPath").text(), present(kinds.get(name), "volume " + name));
    }
    return mounts;
  }

  @Test
  void everyFlagIsServed() throws GoText.BadValue {
    for (Map.Entry<String, String> given : flags.entrySet()) {
      Flag flag = present(FlagTable.find(given.getKey()), "flag --" + given.getKey());
      assertThat(flag.support())
          .as("--" + given.getKey())
          .isIn(Flag.Support.SERVED, Flag.Support.OWN);
      flag.kind().check(given.getValue());
    }
  }

  @Test
  void membersAreToldByTheSet() {
    String name = set.at("metadata", "name").text();
    assertThat(flag("stateful-set")).isEqualTo(name);
    assertThat(flags).doesNotContainKeys("initial-cluster", "discovery-method", "discovery-srv");
    // In order, a cluster that was down as a whole would wait for its first member for ever.
    assertThat(set.at("spec", "podManagementPolicy").text()).isEqualTo("Parallel");
    String peers = set.at("spec", "serviceName").text();
    assertThat(only("Service", peers).at("spec", "clusterIP").text()).isEqualTo("None");
    assertThat(only("Service", peers).at("spec", "publishNotReadyAddresses").value())
        .isEqualTo(true);
    String host = "https://quorate-0." + peers + ".quorate.svc:";
    assertThat(flag("name")).isEqualTo("quorate-0");
    assertThat(flag("initial-advertise-peer-urls")).isEqualTo(host + portOf("listen-peer-urls"));
    assertThat(flag("advertise-client-urls")).isEqualTo(host + portOf("listen-client-urls"));
  }

  @Test
  void membersMayReadTheSizeOfTheirSetAndNothingElse() {
    Node role = only("Role", "quorate");
    assertThat(role.at("rules").items()).hasSize(1);
    Map<String, List<String>> rule =
        Map.of(
            "apiGroups", List.of("apps"),
            "resources", List.of("statefulsets/scale"),
            "resourceNames", List.of(set.at("metadata", "name").text()),
            "verbs", List.of("get"));
    assertThat(role.at("rules").items().get(0).value()).isEqualTo(rule);
    Node binding = only("RoleBinding", "quorate");
    assertThat(binding.at("roleRef", "name").text()).isEqualTo("quorate");
    Node subject = binding.at("subjects").items().get(0);
    assertThat(subject.at("kind").text()).isEqualTo("ServiceAccount");
    assertThat(subject.at("name").text()).isEqualTo(pod.at("serviceAccountName").text());
    assertThat(pod.at("automountServiceAccountToken").value()).isEqualTo(true);
  }

  @Test
  void portsAgree() {
    assertThat(ports())
        .isEqualTo(
            Map.of(
                "client", portOf("listen-client-urls"),
                "peer", portOf("listen-peer-urls"),
                "metrics", portOf("listen-metrics-urls"),
                // Where members look for it as long as they have not been told.
                "fleet", portOf("listen-peer-urls") + 1));
    assertThat(flags).doesNotContainKey("fleet-port");
    assertThat(new TreeSet<>(ports().values())).hasSize(ports().size());
    for (String service : List.of("quorate", "quorate-peers")) {
      for (Node port : only("Service", service).at("spec", "ports").items()) {
        assertThat(port.at("targetPort").text()).isEqualTo(port.at("name").text());
        assertThat(port.at("port").number()).isEqualTo(ports().get(port.at("name").text()));
      }
    }
    assertThat(portsLetIn()).isEqualTo(new TreeSet<>(ports().values()));
  }

  private static TreeSet<Integer> portsLetIn() {
    TreeSet<Integer> open = new TreeSet<>();
    for (Node rule : only("NetworkPolicy", "quorate").at("spec", "ingress").items()) {
      rule.at("ports").items().forEach(port -> open.add(port.at("port").number()));
    }
    return open;
  }

  @Test
  void probesAskAtThePortThatNeedsNoCertificate() {
    assertThat(flag("listen-metrics-urls")).startsWith("http://");
    Map<String, String> probes =
        Map.of("startupProbe", "/livez", "livenessProbe", "/livez", "readinessProbe", "/readyz");
    probes.forEach(
        (probe, path) ->
            assertThat(container.at(probe, "httpGet").value())
                .isEqualTo(Map.of("path", path, "port", "metrics")));
  }

  @Test
  void whatIsWrittenLiesOnVolumesAndWhatIsReadIsMounted() {
    assertThat(container.at("securityContext", "readOnlyRootFilesystem").value()).isEqualTo(true);
    Map<String, String> mounts = mounts();
    // Where the JVM unpacks native code, unless a flag says something else.
    assertThat(mounts).containsEntry("/tmp", "emptyDir");
    assertThat(mounts).containsEntry(container.at("workingDir").text(), "claim");
    assertThat(flag("data-dir")).startsWith(container.at("workingDir").text() + "/");
    flags.forEach(
        (name, value) -> {
          if (value.startsWith("/") && !name.equals("data-dir")) {
            assertThat(mounts).containsEntry(value.replaceFirst("/[^/]*$", ""), "secret");
            assertThat(value).matches(".*/(tls\\.crt|tls\\.key|ca\\.crt)");
          }
        });
  }

  @Test
  void podIsRestricted() {
    Node context = pod.at("securityContext");
    assertThat(context.at("runAsNonRoot").value()).isEqualTo(true);
    assertThat(context.at("seccompProfile", "type").text()).isEqualTo("RuntimeDefault");
    Node own = container.at("securityContext");
    assertThat(own.at("allowPrivilegeEscalation").value()).isEqualTo(false);
    assertThat(own.at("capabilities").value()).isEqualTo(Map.of("drop", List.of("ALL")));
  }

  @Test
  void selectorsMeanTheMembers() {
    Object labels = set.at("spec", "template", "metadata", "labels").value();
    List<Node> selectors = new ArrayList<>();
    selectors.add(set.at("spec", "selector", "matchLabels"));
    selectors.add(only("Service", "quorate").at("spec", "selector"));
    selectors.add(only("Service", "quorate-peers").at("spec", "selector"));
    selectors.add(only("PodDisruptionBudget", "quorate").at("spec", "selector", "matchLabels"));
    selectors.add(only("NetworkPolicy", "quorate").at("spec", "podSelector", "matchLabels"));
    for (Node spread : pod.at("topologySpreadConstraints").items()) {
      selectors.add(spread.at("labelSelector", "matchLabels"));
    }
    for (Node selector : selectors) {
      assertThat(selector.value()).as(selector.path()).isEqualTo(labels);
    }
  }

  @Test
  void volumesOfMembersThatLeftGoAndThoseOfDeletedSetsStay() {
    assertThat(set.at("spec", "persistentVolumeClaimRetentionPolicy").value())
        .isEqualTo(Map.of("whenScaled", "Delete", "whenDeleted", "Retain"));
  }

  @Test
  void heapLeavesRoomForWhatIsNotHeap() {
    int heap = mebibytes(container.at("env").item("name", "QUORATE_HEAP").at("value").text(), "m");
    int limit = mebibytes(container.at("resources", "limits", "memory").text(), "Gi") * 1024;
    assertThat(heap * HEAP_SHARE).isLessThanOrEqualTo(limit);
  }

  private static int mebibytes(String text, String unit) {
    assertThat(text).endsWith(unit);
    return Integer.parseInt(text.substring(0, text.length() - unit.length()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void overlayHasAsManyMembersAsItsName(int count) {
    Node overlay = documents(K8S.resolve("overlays/" + count + "/kustomization.yaml")).get(0);
    assertThat(overlay.at("resources").value()).isEqualTo(List.of("../../base"));
    Node replicas = overlay.at("replicas").item("name", set.at("metadata", "name").text());
    assertThat(replicas.at("count").number()).isEqualTo(count);
  }

  @Test
  void imageIsThatOfThisVersionAndItsUser() throws IOException {
    String version =
        Files.readString(Path.of("conf/version.txt"))
            .lines()
            .filter(line -> line.startsWith("Quorate Version: "))
            .map(line -> line.substring("Quorate Version: ".length()))
            .findFirst()
            .orElseThrow();
    Node images = documents(BASE.resolve("kustomization.yaml")).get(0).at("images");
    Node image = images.item("name", container.at("image").text());
    assertThat(image.at("newTag").text()).isEqualTo(version);
    String jib = Files.readString(K8S.resolve("image/pom.xml"));
    String docker = Files.readString(Path.of("Dockerfile"));
    assertThat(jib).contains("<version>" + version + "</version>");
    int user = pod.at("securityContext", "runAsUser").number();
    String both = user + ":" + pod.at("securityContext", "runAsGroup").number();
    assertThat(jib).contains("<user>" + both + "</user>");
    assertThat(docker).contains("\nUSER " + both + "\n");
  }

  @Test
  void everyFileIsYaml() throws IOException {
    try (Stream<Path> files = Files.walk(K8S)) {
      List<Path> yaml = files.filter(file -> file.toString().endsWith(".yaml")).toList();
      assertThat(yaml).hasSizeGreaterThan(10);
      yaml.forEach(file -> documents(file).forEach(node -> node.at("kind")));
    }
  }
}
