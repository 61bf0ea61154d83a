package io.quorate.raft.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.Check;
import io.quorate.base.SeededRandom;
import io.quorate.raft.quorum.Majority.Ballot;
import io.quorate.script.Script;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuorumTest {
  static Stream<Path> scripts() {
    return Script.in("quorum").stream();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void keepsTheTranscript(Path file) {
    Script.run(file, QuorumTest::answer);
  }

  private static String answer(Script.Command c) {
    Quorum quorum =
        new Quorum(new TreeSet<>(c.numbers("voters")), new TreeSet<>(c.numbers("outgoing")));
    return switch (c.name()) {
      case "agreed" -> {
        Map<Long, Long> reached = reached(c);
        long agreed = quorum.agreed(id -> reached.getOrDefault(id, 0L));
        yield agreed == Long.MAX_VALUE ? "everything" : Long.toString(agreed);
      }
      case "tally" ->
          quorum
              .tally(
                  id ->
                      c.numbers("granted").contains(id)
                          ? Ballot.GRANTED
                          : c.numbers("refused").contains(id) ? Ballot.REFUSED : Ballot.MISSING)
              .toString();
      case "only" -> quorum.isOnly(Long.parseLong(c.at(0))) ? "alone" : "not alone";
      default -> throw Check.unreachable(c.name());
    };
  }

  private static Map<Long, Long> reached(Script.Command c) {
    Map<Long, Long> reached = new TreeMap<>();
    String list = c.value("reached", "()").replace("(", "").replace(")", "");
    for (String pair : list.split(",")) {
      String[] sides = pair.split(":");
      if (sides.length == 2) {
        reached.put(Long.valueOf(sides[0]), Long.valueOf(sides[1]));
      }
    }
    return reached;
  }

  /** The definition itself, tried against the sorting for random memberships. */
  @Test
  void agreesWithCountingByHand() {
    SeededRandom random = new SeededRandom(3);
    for (int round = 0; round < 5000; round++) {
      TreeSet<Long> voters = members(random);
      TreeSet<Long> outgoing = random.chance(500) ? members(random) : new TreeSet<>();
      long[] reached = new long[10];
      for (int i = 0; i < reached.length; i++) {
        reached[i] = random.nextInt(6);
      }
      long byHand = 0;
      for (long n = 1; n <= 6; n++) {
        if (isReached(voters, reached, n) && isReached(outgoing, reached, n)) {
          byHand = n;
        }
      }
      Quorum quorum = new Quorum(voters, outgoing);
      assertThat(quorum.agreed(id -> reached[(int) id])).isEqualTo(byHand);
      long least = byHand;
      assertThat(quorum.tally(id -> reached[(int) id] >= least ? Ballot.GRANTED : Ballot.REFUSED))
          .isEqualTo(VoteResult.WON);
      assertThat(quorum.tally(id -> reached[(int) id] > least ? Ballot.GRANTED : Ballot.REFUSED))
          .isEqualTo(VoteResult.LOST);
    }
  }

  private static boolean isReached(TreeSet<Long> ids, long[] reached, long n) {
    return ids.isEmpty()
        || ids.stream().filter(id -> reached[id.intValue()] >= n).count() * 2 > ids.size();
  }

  private static TreeSet<Long> members(SeededRandom random) {
    TreeSet<Long> ids = new TreeSet<>();
    for (int n = 1 + random.nextInt(7); n > 0; n--) {
      ids.add((long) random.nextInt(10));
    }
    return ids;
  }
}
