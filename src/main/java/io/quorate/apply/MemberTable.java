package io.quorate.apply;

import io.quorate.base.Bytes;
import io.quorate.base.EtcdError;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The members of the cluster, and the ids of those that were. The rules are etcd's
 * (server/etcdserver/api/membership): what they refuse is refused by every member alike, since they
 * look at nothing but this. Used by one thread.
 */
final class MemberTable {
  /** How many learners there may be at a time. */
  static final int LEARNERS_MAX = 1;

  /** The row of a member that was removed; that of a member is longer. */
  private static final Bytes REMOVED = Bytes.wrap(new byte[] {0});

  private final KvStore store;
  private final SortedMap<Long, Member> members = new TreeMap<>(Long::compareUnsigned);
  private final SortedSet<Long> removed = new TreeSet<>(Long::compareUnsigned);

  /** The table as {@code disk} has it; changes go to {@code store}. */
  MemberTable(DiskView disk, KvStore store) {
    this.store = store;
    disk.scan(
        Table.MEMBER,
        Bytes.EMPTY,
        (key, value) -> {
          long id = key.longAt(0);
          if (value.equals(REMOVED)) {
            removed.add(id);
          } else {
            members.put(id, Member.decode(id, value));
          }
          return true;
        });
  }

  /** The members, by id. */
  List<Member> all() {
    return new ArrayList<>(members.values());
  }

  /** The ids of members that were removed. */
  List<Long> removed() {
    return List.copyOf(removed);
  }

  /** A member told its name and URLs, of itself or of a version before. */
  void publish(Member member) {
    if (removed.contains(member.id())) {
      return;
    }
    Member known = members.get(member.id());
    put(known == null ? member : known.published(member.name(), member.clientUrls()));
  }

  /** Makes {@code change}, or refuses all of it. */
  void change(MemberChange change) {
    for (MemberChange.Step step : change.steps()) {
      check(step, change);
    }
    for (MemberChange.Step step : change.steps()) {
      perform(step);
    }
  }

  private void check(MemberChange.Step step, MemberChange whole) {
    Member asked = step.member();
    if (removed.contains(asked.id())) {
      throw EtcdError.MEMBER_NOT_FOUND.exception();
    }
    switch (step.kind()) {
      case ADD -> {
        if (members.containsKey(asked.id())) {
          throw EtcdError.MEMBER_EXIST.exception();
        }
        checkAdded(asked, whole);
      }
      case UPDATE -> {
        known(asked.id());
        checkUrls(asked, whole);
      }
      case PROMOTE -> {
        if (!known(asked.id()).learner()) {
          throw EtcdError.MEMBER_NOT_LEARNER.exception();
        }
      }
      case REMOVE -> known(asked.id());
    }
  }

  private Member known(long id) {
    Member member = members.get(id);
    if (member == null) {
      throw EtcdError.MEMBER_NOT_FOUND.exception();
    }
    return member;
  }

  private void checkAdded(Member added, MemberChange whole) {
    checkUrls(added, whole);
    long learners =
        members.values().stream().filter(m -> m.learner() && !removes(whole, m.id())).count();
    if (added.learner() && learners >= LEARNERS_MAX) {
      throw EtcdError.TOO_MANY_LEARNERS.exception();
    }
  }

  private void checkUrls(Member asked, MemberChange whole) {
    HashSet<String> taken = new HashSet<>();
    members
        .values()
        .forEach(
            member -> {
              if (member.id() != asked.id() && !removes(whole, member.id())) {
                taken.addAll(member.peerUrls());
              }
            });
    if (asked.peerUrls().stream().anyMatch(taken::contains)) {
      throw EtcdError.PEER_URL_EXIST.exception();
    }
  }

  private static boolean removes(MemberChange change, long id) {
    return change.steps().stream()
        .anyMatch(step -> step.kind() == MemberChange.Kind.REMOVE && step.member().id() == id);
  }

  private void perform(MemberChange.Step step) {
    Member asked = step.member();
    switch (step.kind()) {
      case ADD -> put(asked);
      case PROMOTE -> put(known(asked.id()).promoted());
      case UPDATE -> put(known(asked.id()).withPeerUrls(asked.peerUrls()));
      case REMOVE -> {
        members.remove(asked.id());
        removed.add(asked.id());
        store.putTable(Table.MEMBER, Bytes.ofLong(asked.id()), REMOVED);
      }
    }
  }

  private void put(Member member) {
    members.put(member.id(), member);
    store.putTable(Table.MEMBER, Bytes.ofLong(member.id()), member.encode());
  }
}
