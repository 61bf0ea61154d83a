package io.quorate.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdError.Code;
import io.quorate.client.wire.Method.Repeat;
import io.quorate.client.wire.Verdict.Next;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VerdictTest {
  /** Texts with which an attempt that was given to a connection certainly did nothing. */
  private static final Set<String> DID_NOTHING =
      Set.of(
          EtcdError.REQUEST_TOO_MANY_REQUESTS.text(), EtcdError.NOT_SUPPORTED_FOR_LEARNER.text());

  /** What is seen of an attempt that was sent, and what that means for a read and for a write. */
  private record Row(Code code, String text, Next read, Next write, boolean isSick) {
    Row(EtcdError error, Next read, Next write, boolean isSick) {
      this(error.code(), error.text(), read, write, isSick);
    }
  }

  private static final List<Row> TABLE =
      List.of(
          new Row(Code.UNAVAILABLE, "io exception", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.CANCELLED, "RST_STREAM", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.DEADLINE_EXCEEDED, "late", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.INTERNAL, "broken", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.OK, "there was no answer", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.UNKNOWN, "a proxy", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.UNIMPLEMENTED, "HTTP status code 404", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.PERMISSION_DENIED, "HTTP status code 403", Next.RETRY, Next.AMBIGUOUS, true),
          new Row(Code.UNIMPLEMENTED, "unknown method", Next.REFUSED, Next.REFUSED, false),
          new Row(
              Code.RESOURCE_EXHAUSTED,
              "grpc: received message larger than max",
              Next.REFUSED,
              Next.REFUSED,
              false),
          new Row(EtcdError.NO_LEADER, Next.RETRY, Next.AMBIGUOUS, true),
          new Row(EtcdError.TIMEOUT, Next.RETRY, Next.AMBIGUOUS, true),
          new Row(EtcdError.STOPPED, Next.RETRY, Next.AMBIGUOUS, true),
          new Row(EtcdError.LEADER_CHANGED, Next.RETRY, Next.AMBIGUOUS, false),
          new Row(EtcdError.TIMEOUT_LEADER_TRANSFER, Next.REFUSED, Next.AMBIGUOUS, false),
          new Row(EtcdError.REQUEST_TOO_MANY_REQUESTS, Next.RETRY, Next.RETRY, false),
          new Row(EtcdError.NOT_SUPPORTED_FOR_LEARNER, Next.RETRY, Next.RETRY, true),
          new Row(EtcdError.INVALID_AUTH_TOKEN, Next.AUTHENTICATE, Next.AUTHENTICATE, false),
          new Row(EtcdError.AUTH_OLD_REVISION, Next.AUTHENTICATE, Next.AUTHENTICATE, false),
          new Row(EtcdError.PERMISSION_DENIED, Next.REFUSED, Next.REFUSED, false),
          new Row(EtcdError.COMPACTED, Next.REFUSED, Next.REFUSED, false),
          new Row(EtcdError.NO_SPACE, Next.REFUSED, Next.REFUSED, false));

  @Test
  void judgesAttemptsThatWereSent() {
    for (Row row : TABLE) {
      for (Repeat repeat : Repeat.values()) {
        Next next = repeat == Repeat.UNSAFE ? row.write() : row.read();
        assertThat(Verdict.of(row.code(), row.text(), true, repeat))
            .as("%s of %s", row, repeat)
            .isEqualTo(new Verdict(next, row.isSick()));
      }
    }
  }

  @Test
  void whatWasNotSentIsRetriedWhateverIsSaid() {
    for (Row row : TABLE) {
      for (Repeat repeat : Repeat.values()) {
        assertThat(Verdict.of(row.code(), row.text(), false, repeat))
            .isEqualTo(new Verdict(Next.RETRY, false));
      }
    }
  }

  @Test
  void sentWritesAreRetriedOnlyIfTheyCertainlyDidNothing() {
    Random luck = new Random(1);
    List<String> texts = new ArrayList<>(DID_NOTHING);
    TABLE.forEach(row -> texts.add(row.text()));
    for (EtcdError error : EtcdError.values()) {
      texts.add(error.text());
    }
    for (int i = 0; i < 20_000; i++) {
      String one = texts.get(luck.nextInt(texts.size()));
      String other = texts.get(luck.nextInt(texts.size()));
      String text =
          switch (luck.nextInt(4)) {
            case 0 -> one;
            case 1 -> "etcdserver: " + one;
            case 2 -> "a proxy was told: " + one + " by " + other;
            default -> one.substring(luck.nextInt(one.length()));
          };
      Code code = Code.of(luck.nextInt(17));
      if (Verdict.of(code, text, true, Repeat.UNSAFE).next() == Next.RETRY) {
        assertThat(DID_NOTHING).as("%s %s", code, text).anyMatch(text::startsWith);
      }
    }
  }

  @Test
  void sentWritesAreCalledRefusedOnlyIfSomebodyWhoSpeaksGrpcSaidSo() {
    for (Code code : Code.values()) {
      assertThat(Verdict.of(code, "HTTP status code 403", true, Repeat.UNSAFE).next())
          .as("%s", code)
          .isEqualTo(Next.AMBIGUOUS);
    }
  }

  @Test
  void everyErrorOfMembersIsSaidByMembers() {
    for (EtcdError error : EtcdError.values()) {
      assertThat(Verdict.isSaidByMember(error.text())).as(error.text()).isTrue();
    }
    assertThat(Verdict.isSaidByMember("a proxy: etcdserver: no leader")).isFalse();
  }
}
