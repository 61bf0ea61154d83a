package io.quorate.server.grpc;

import com.google.protobuf.CodedOutputStream;
import io.quorate.node.MemberFacts;
import io.quorate.proto.etcd.ResponseHeader;
import java.io.IOException;

/** The header that every answer of the API begins with. */
final class HeaderCodec {
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
    int body =
        size(1, facts.clusterId()) + size(2, facts.memberId()) + size(3, revision) + size(4, term);
    // Four numbers are at most 44 bytes, so that the length takes one byte.
    byte[] bytes = new byte[2 + body];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      out.writeTag(1, 2);
      out.writeUInt32NoTag(body);
      write(out, 1, facts.clusterId());
      write(out, 2, facts.memberId());
      write(out, 3, revision);
      write(out, 4, term);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("header does not fit its size", e);
    }
    return bytes;
  }

  private static int size(int field, long value) {
    return value == 0 ? 0 : CodedOutputStream.computeUInt64Size(field, value);
  }

  private static void write(CodedOutputStream out, int field, long value) throws IOException {
    if (value != 0) {
      out.writeUInt64(field, value);
    }
  }
}
