package io.quorate.apply;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who is damaged, told from the digests of members at one index.
 *
 * @param damaged those that differ from a majority of all voters, in the order of their ids
 * @param undecided whether voters differ and none of their digests can still have a majority
 */
public record Attribution(Set<Long> damaged, boolean undecided) {
  /**
   * Judges what was answered.
   *
   * @param digests by member; who did not answer is not in it
   * @param voters all who vote, whether they answered or not
   */
  public static Attribution of(Map<Long, Long> digests, Set<Long> voters) {
    Map<Long, Integer> votes = new TreeMap<>();
    int answered = 0;
    for (long voter : voters) {
      Long digest = digests.get(voter);
      if (digest != null) {
        answered++;
        votes.merge(digest, 1, Integer::sum);
      }
    }
    int most = 0;
    long agreed = 0;
    for (Map.Entry<Long, Integer> each : votes.entrySet()) {
      if (each.getValue() > most) {
        most = each.getValue();
        agreed = each.getKey();
      }
    }
    Set<Long> damaged = new TreeSet<>();
    if (most > voters.size() / 2) {
      for (Map.Entry<Long, Long> each : digests.entrySet()) {
        if (each.getValue() != agreed) {
          damaged.add(each.getKey());
        }
      }
      return new Attribution(damaged, false);
    }
    int silent = voters.size() - answered;
    return new Attribution(damaged, votes.size() > 1 && most + silent <= voters.size() / 2);
  }
}
