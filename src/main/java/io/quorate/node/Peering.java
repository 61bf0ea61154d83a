package io.quorate.node;

import io.quorate.apply.Member;
import io.quorate.raft.Message;
import java.util.List;

/** The way to the other members. All methods are safe from any thread and none blocks. */
interface Peering {
  /** A member without others. */
  Peering NONE =
      new Peering() {
        @Override
        public void send(List<Message> messages) {}

        @Override
        public void follow(List<Member> members) {}

        @Override
        public boolean reaches(long member) {
          return false;
        }
      };

  /** Sends each message to its receiver, if there is a way; else it is lost. */
  void send(List<Message> messages);

  /** These are the members from now on. */
  void follow(List<Member> members);

  /** Whether there is a way to {@code member} now. */
  boolean reaches(long member);
}
