package io.quorate.server.grpc;

import io.quorate.node.MemberFacts;

/** A member whose term, revision and leader the test sets. */
final class FakeFacts implements MemberFacts {
  volatile long term = 7;
  volatile long revision = 1;
  volatile boolean leader = true;

  @Override
  public long clusterId() {
    return 0xcdf818194e3a8c32L;
  }

  @Override
  public long memberId() {
    return 0x8e9e05c52164694dL;
  }

  @Override
  public long term() {
    return term;
  }

  @Override
  public long revision() {
    return revision;
  }

  @Override
  public boolean hasLeader() {
    return leader;
  }
}
