package io.quorate.raft;

import io.quorate.base.Membership;
import java.util.List;
import java.util.stream.Collectors;

/** One line of text for each value of the core, as transcripts show them. */
final class Trace {
  private Trace() {}

  static String of(Message m) {
    StringBuilder out = new StringBuilder();
    out.append(m.from())
        .append("->")
        .append(m.to())
        .append(' ')
        .append(m.getClass().getSimpleName());
    if (m.term() != 0) {
      out.append(" term=").append(m.term());
    }
    if (m instanceof Message.PreVote v) {
      out.append(" last=").append(v.log().lastIndex()).append('/').append(v.log().lastTerm());
    } else if (m instanceof Message.Vote v) {
      out.append(" last=").append(v.log().lastIndex()).append('/').append(v.log().lastTerm());
      out.append(v.transfer() ? " transfer" : "");
    } else if (m instanceof Message.PreVoteReply v) {
      out.append(v.granted() ? " granted" : " refused");
    } else if (m instanceof Message.VoteReply v) {
      out.append(v.granted() ? " granted" : " refused");
    } else if (m instanceof Message.Append a) {
      out.append(" prev=").append(a.prevIndex()).append('/').append(a.prevTerm());
      out.append(" commit=").append(a.commit()).append(' ').append(entries(a.entries()));
    } else if (m instanceof Message.AppendReply a) {
      out.append(a.granted() ? " granted=" : " refused=").append(a.index());
      out.append(a.granted() ? "" : " hint=" + a.hintIndex() + "/" + a.hintTerm());
    } else if (m instanceof Message.Commit c) {
      out.append(" index=").append(c.index()).append('/').append(c.entryTerm());
    } else if (m instanceof Message.Heartbeat h) {
      out.append(" commit=").append(h.commit()).append(round(h.round()));
    } else if (m instanceof Message.HeartbeatReply h) {
      out.append(round(h.round()));
    } else if (m instanceof Message.InstallSnapshot s) {
      out.append(' ').append(of(s.meta()));
    } else if (m instanceof Message.Propose p) {
      out.append(' ').append(p.payloads());
    } else if (m instanceof Message.ReadIndex r) {
      out.append(" context=").append(r.context());
    } else if (m instanceof Message.ReadIndexReply r) {
      out.append(" context=").append(r.context()).append(" index=").append(r.index());
    } else if (m instanceof Message.Transfer t) {
      out.append(" target=").append(t.target());
    }
    return out.toString().stripTrailing();
  }

  private static String round(long round) {
    return round == 0 ? "" : " round=" + round;
  }

  static String of(SnapshotMeta meta) {
    return meta.index() + "/" + meta.term() + " " + of(meta.membership());
  }

  static String of(Membership m) {
    return "voters="
        + m.voters()
        + (m.isJoint() ? " outgoing=" + m.outgoing() : "")
        + (m.learners().isEmpty() ? "" : " learners=" + m.learners())
        + (m.learnersNext().isEmpty() ? "" : " learnersNext=" + m.learnersNext())
        + (m.autoLeave() ? " auto-leave" : "");
  }

  static String entries(List<Entry> entries) {
    return entries.stream().map(Trace::of).collect(Collectors.joining(" "));
  }

  static String of(Entry e) {
    String data = e.data().utf8();
    if (e.kind() == Entry.Kind.CONF_CHANGE) {
      ConfChange change = ConfChange.decode(e.data());
      data =
          change.leavesJoint()
              ? "leave-joint"
              : change.steps().stream()
                  .map(s -> s.op() + "=" + s.member())
                  .collect(Collectors.joining(",", change.mode() + ":", ""));
    }
    return e.index() + "/" + e.term() + (data.isEmpty() ? "" : "'" + data + "'");
  }

  static String of(Ready ready) {
    StringBuilder out = new StringBuilder();
    if (ready.softState() != null) {
      SoftState soft = ready.softState();
      out.append("  now ").append(soft.role()).append(" term=").append(soft.term());
      out.append(" leader=").append(soft.leader()).append('\n');
    }
    ready.messages().forEach(m -> out.append("  send ").append(of(m)).append('\n'));
    if (ready.persist() != null) {
      HardState hard = ready.persist().hardState();
      out.append("  persist term=").append(hard.term()).append(" vote=").append(hard.vote());
      out.append(" commit=").append(hard.commit());
      if (ready.persist().snapshot() != null) {
        out.append(" snapshot ").append(of(ready.persist().snapshot()));
      }
      out.append(' ').append(entries(ready.persist().entries()));
      trim(out).append('\n');
    }
    ready.messagesAfterPersist().forEach(m -> out.append("  then ").append(of(m)).append('\n'));
    if (!ready.committed().isEmpty()) {
      out.append("  apply ").append(entries(ready.committed())).append('\n');
    }
    ready
        .reads()
        .forEach(
            r ->
                out.append("  read ")
                    .append(r.context())
                    .append(" at ")
                    .append(r.index())
                    .append('\n'));
    return out.toString();
  }

  private static StringBuilder trim(StringBuilder out) {
    while (out.charAt(out.length() - 1) == ' ') {
      out.setLength(out.length() - 1);
    }
    return out;
  }

  static String status(RaftCore core) {
    RaftLog log = core.log();
    return core.id()
        + ": "
        + core.roleKind()
        + " term="
        + core.term()
        + " leader="
        + core.leader()
        + " last="
        + log.last()
        + "/"
        + log.lastTerm()
        + " commit="
        + log.commit()
        + " persisted="
        + log.persisted()
        + " applied="
        + log.applied()
        + " "
        + of(core.membership());
  }
}
