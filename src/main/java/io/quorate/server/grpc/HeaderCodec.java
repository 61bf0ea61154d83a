package io.quorate.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.quorate.node.MemberFacts;
import io.quorate.proto.etcd.ResponseHeader;
import java.io.IOException;

/** The header that every answer of the API begins with, for those who encode by hand. */
final class HeaderCodec {
  private static final int DELIMITED = 2;

  private HeaderCodec() {}

  /** The header of an answer at {@code revision}. */
  static ResponseHeader message(MemberFacts facts, long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(facts.clusterId())
        .setMemberId(facts.memberId())
        .setRevision(revision)
        .setRaftTerm(facts.term())
        .build();
  }

  /** Field 1 of an answer, tag and length included: the same bytes as protobuf writes. */
  static byte[] field(MemberFacts facts, long revision, long term) {
    byte[] bytes = new byte[size(facts, revision, term)];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      write(out, facts, revision, term);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("header does not fit its size", e);
    }
    return bytes;
  }

  /** The size of {@link #field}. */
  static int size(MemberFacts facts, long revision, long term) {
    // Four numbers take at most 44 bytes, so the length takes one.
    return 2 + bodySize(facts, revision, term);
  }

  /** Writes {@link #field}. */
  static void write(CodedOutputStream out, MemberFacts facts, long revision, long term)
      throws IOException {
    out.writeTag(1, DELIMITED);
    out.writeUInt32NoTag(bodySize(facts, revision, term));
    write(out, 1, facts.clusterId());
    write(out, 2, facts.memberId());
    write(out, 3, revision);
    write(out, 4, term);
  }

  private static int bodySize(MemberFacts facts, long revision, long term) {
    return size(1, facts.clusterId())
        + size(2, facts.memberId())
        + size(3, revision)
        + size(4, term);
  }

  /** The size of a number; none when it is 0, which protobuf leaves out. */
  static int size(int field, long value) {
    return value == 0 ? 0 : CodedOutputStream.computeUInt64Size(field, value);
  }

  /** Writes a number unless it is 0. */
  static void write(CodedOutputStream out, int field, long value) throws IOException {
    if (value != 0) {
      out.writeUInt64(field, value);
    }
  }
}
