package io.quorate.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The rooms of the tree and what each of them may know. {@code root} is the package they lie in:
 * the real one, or the one of the examples that break each rule.
 */
final class Layers {
  private static final Set<String> PURE =
      Set.of("base", "raft", "mvcc", "lease", "watch", "auth", "apply");

  private static final Set<String> BELOW_NODE =
      Set.of(
          "base", "raft", "mvcc", "lease", "watch", "auth", "apply", "lmdb", "journal", "tls",
          "link", "metrics");

  /** What a room may import, besides itself. A room that is not here must not be. */
  private static final Map<String, Set<String>> MAY_KNOW =
      Map.ofEntries(
          Map.entry("base", Set.of()),
          Map.entry("proto", Set.of()),
          Map.entry("raft", Set.of("base")),
          Map.entry("mvcc", Set.of("base")),
          Map.entry("lease", Set.of("base")),
          Map.entry("watch", Set.of("base", "mvcc")),
          Map.entry("auth", Set.of("base")),
          Map.entry("apply", Set.of("base", "mvcc", "lease", "watch", "auth")),
          // What shells count; no core knows it.
          Map.entry("metrics", Set.of("base")),
          Map.entry("lmdb", Set.of("base", "mvcc", "lease", "watch", "auth", "apply")),
          Map.entry("journal", Set.of("base", "raft")),
          Map.entry("tls", Set.of("base")),
          Map.entry("link", Set.of("base", "raft", "tls", "metrics")),
          Map.entry("node", BELOW_NODE),
          // Knows Raft through a port of its own, so that consensus never waits for it.
          Map.entry("fleet", Set.of("base", "apply", "tls")),
          Map.entry("server.grpc", with(BELOW_NODE, "node", "proto")),
          // Plain HTTP is one of the things that the gRPC port serves.
          Map.entry("server.http", with(BELOW_NODE, "node", "fleet", "proto", "server.grpc")),
          // Loaded only where a flag asks for it.
          Map.entry("server.discovery", Set.of("base", "tls")),
          Map.entry(
              "server",
              with(BELOW_NODE, "node", "fleet", "server.grpc", "server.http", "server.discovery")),
          // Members within the JVM of another program, and in tests of one.
          Map.entry("embedded", Set.of("base", "server")),
          Map.entry("junit", Set.of("base", "client", "embedded")),
          // Run by the build, over the jars of all the others.
          Map.entry("pack", Set.of()),
          Map.entry("client", Set.of("base", "proto")),
          Map.entry("cli", Set.of("base", "proto", "client")),
          Map.entry("chaos", Set.of("base", "proto", "client")),
          // What it knows of files it is told by the rooms that own them.
          Map.entry("utl", Set.of("base", "client", "lmdb", "server")),
          Map.entry("bench", Set.of("base", "proto", "client")));

  private static final Map<String, Set<String>> OUTSIDE_OF_PURE_CALLS =
      Map.of(
          "java.lang.System",
          Set.of(
              "nanoTime", "currentTimeMillis", "getenv", "getProperty", "identityHashCode", "exit"),
          "java.lang.Math",
          Set.of("random"),
          "java.util.UUID",
          Set.of("randomUUID"),
          "java.time.Instant",
          Set.of("now"),
          "java.time.Clock",
          Set.of("systemUTC", "systemDefaultZone", "system"),
          // Their order changes from one JVM to the next.
          "java.util.Set",
          Set.of("of", "copyOf"),
          "java.util.Map",
          Set.of("of", "copyOf", "ofEntries"),
          "java.util.stream.Collectors",
          Set.of("toSet", "toUnmodifiableSet", "toMap", "toUnmodifiableMap", "groupingBy"));

  private static final Set<String> ITERATION =
      Set.of(
          "iterator",
          "forEach",
          "keySet",
          "values",
          "entrySet",
          "stream",
          "toArray",
          "replaceAll",
          "spliterator",
          "toString",
          "removeIf");

  private final String root;

  Layers(String root) {
    this.root = root;
  }

  private static Set<String> with(Set<String> rooms, String... more) {
    Set<String> all = new HashSet<>(rooms);
    all.addAll(List.of(more));
    return Set.copyOf(all);
  }

  /** Every rule, by the name under which its example lies. */
  Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("arrows", classes().should(onlyKnowTheirRooms()).as("rooms know only rooms below"));
    rules.put(
        "libraries",
        noClasses()
            .that(inPureRooms())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.pekko..",
                "scala..",
                "org.lmdbjava..",
                "io.grpc..",
                "com.google.protobuf..",
                "java.net..",
                "java.nio.file..",
                "java.nio.channels..",
                "java.util.concurrent..",
                "org.slf4j..",
                "ch.qos.logback..")
            .as("pure rooms import no library, no I/O and no threads"));
    rules.put(
        "threads",
        noClasses()
            .that(inPureRooms())
            .should()
            .dependOnClassesThat(named("java.lang.Thread", "java.security.SecureRandom"))
            .as("pure rooms have neither threads nor luck of their own"));
    rules.put(
        "calls",
        classes().that(inPureRooms()).should(callNothingOutside()).as("pure rooms only compute"));
    rules.put(
        "order",
        classes().that(inPureRooms()).should(neverIterateHashes()).as("pure rooms have an order"));
    rules.put(
        "lmdbjava",
        noClasses()
            .that(new RoomPredicate("outside of lmdb", room -> !room.equals("lmdb")))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.lmdbjava..")
            .as("only lmdb imports lmdbjava"));
    rules.put(
        "jupiter",
        noClasses()
            .that()
            .resideOutsideOfPackages(root + ".junit", root + ".chaos.junit")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.junit..")
            .as("only what extends JUnit imports it: it is there in tests only"));
    return rules;
  }

  /** The room of a class: its package below the root, without what is private to the room. */
  String room(String packageName) {
    if (!packageName.startsWith(root + ".")) {
      return "";
    }
    String below = packageName.substring(root.length() + 1);
    if (below.startsWith("server.")) {
      String[] parts = below.split("\\.");
      return parts[0] + "." + parts[1];
    }
    int dot = below.indexOf('.');
    return dot < 0 ? below : below.substring(0, dot);
  }

  private DescribedPredicate<JavaClass> inPureRooms() {
    return new RoomPredicate("in a pure room", PURE::contains);
  }

  private static DescribedPredicate<JavaClass> named(String... names) {
    return DescribedPredicate.describe(
        "are " + List.of(names), javaClass -> List.of(names).contains(javaClass.getName()));
  }

  private ArchCondition<JavaClass> onlyKnowTheirRooms() {
    return new ArchCondition<>("only know the rooms they may know") {
      @Override
      public void check(JavaClass from, ConditionEvents events) {
        String room = room(from.getPackageName());
        Set<String> known = MAY_KNOW.get(room);
        if (known == null) {
          events.add(
              SimpleConditionEvent.violated(
                  from, from.getName() + " lies in no known room, enter " + room + " in Layers"));
          return;
        }
        for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
          String target = room(dependency.getTargetClass().getBaseComponentType().getPackageName());
          if (!target.isEmpty() && !target.equals(room) && !known.contains(target)) {
            events.add(SimpleConditionEvent.violated(from, dependency.getDescription()));
          }
        }
      }
    };
  }

  private static ArchCondition<JavaClass> callNothingOutside() {
    return new ArchCondition<>("call no clock, no luck, nothing without an order") {
      @Override
      public void check(JavaClass from, ConditionEvents events) {
        for (JavaAccess<?> access : from.getAccessesFromSelf()) {
          String owner = access.getTargetOwner().getName();
          boolean unseeded =
              owner.equals("java.util.Random")
                  && access.getName().equals("<init>")
                  && access.getDescription().contains("<init>()");
          if (unseeded
              || OUTSIDE_OF_PURE_CALLS.getOrDefault(owner, Set.of()).contains(access.getName())) {
            events.add(SimpleConditionEvent.violated(from, access.getDescription()));
          }
        }
      }
    };
  }

  /**
   * Sees a hash by its static type only; the tidy test sees to it that a hash is declared as one.
   */
  private static ArchCondition<JavaClass> neverIterateHashes() {
    Set<String> hashes = Set.of("java.util.HashMap", "java.util.HashSet");
    return new ArchCondition<>("never iterate a hash") {
      @Override
      public void check(JavaClass from, ConditionEvents events) {
        for (JavaAccess<?> access : from.getAccessesFromSelf()) {
          if (hashes.contains(access.getTargetOwner().getName())
              && ITERATION.contains(access.getName())) {
            events.add(SimpleConditionEvent.violated(from, access.getDescription()));
          }
        }
      }
    };
  }

  private final class RoomPredicate extends DescribedPredicate<JavaClass> {
    private final Predicate<String> rooms;

    RoomPredicate(String description, Predicate<String> rooms) {
      super(description);
      this.rooms = rooms;
    }

    @Override
    public boolean test(JavaClass javaClass) {
      return rooms.test(room(javaClass.getPackageName()));
    }
  }
}
