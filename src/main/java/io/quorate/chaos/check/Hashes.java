package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.History;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;

/**
 * Whoever tells the hash of what is there up to a revision tells the same, as long as as much of it
 * was compacted. Memory: one entry for each revision that somebody told the hash of.
 */
public final class Hashes implements Checker {
  /** What has one hash. */
  private record Contents(long revision, long compacted) {}

  @Override
  public List<Finding> check(History history) {
    List<Fact.Hash> hashes = history.of(Fact.Hash.class);
    if (hashes.isEmpty()) {
      return List.of();
    }
    Tally tally = new Tally("hashes: members hold the same");
    HashMap<Contents, Fact.Hash> first = new HashMap<>();
    HashSet<Contents> compared = new HashSet<>();
    for (Fact.Hash each : hashes) {
      Contents contents = new Contents(each.revision(), each.compacted());
      Fact.Hash known = first.putIfAbsent(contents, each);
      if (known == null) {
        continue;
      }
      if (!known.member().equals(each.member()) && compared.add(contents)) {
        tally.looked();
      }
      if (known.hash() != each.hash()) {
        tally.broken(
            "up to revision "
                + each.revision()
                + " the hash of "
                + known.member()
                + " is "
                + known.hash()
                + ", that of "
                + each.member()
                + " is "
                + each.hash(),
            List.of(known, each));
      }
    }
    Finding finding = tally.finding("revisions of which two members or more told the hash");
    return finding.verdict() == Verdict.INCONCLUSIVE && isAlone(history)
        ? List.of()
        : List.of(finding);
  }

  /** Whether there is nobody whom the only member could be compared with. */
  private static boolean isAlone(History history) {
    return history.of(Fact.Run.class).stream().anyMatch(run -> run.members().size() == 1);
  }
}
