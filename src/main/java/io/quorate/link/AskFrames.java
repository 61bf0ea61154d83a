package io.quorate.link;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import org.apache.pekko.util.ByteString;

/**
 * What travels on the lane of questions: a type and the number of the question, then its kind and
 * content, the content of the answer, or the text of a refusal.
 */
final class AskFrames {
  private static final int QUESTION = 1;
  private static final int ANSWER = 2;
  private static final int REFUSAL = 3;

  private static final int HEAD_BYTES = 1 + Long.BYTES;

  private AskFrames() {}

  /** A question. */
  record Question(long id, int kind, Bytes content) {}

  /**
   * The reply to a question.
   *
   * @param answered false if {@code content} is the text of a refusal
   */
  record Reply(long id, boolean answered, Bytes content) {}

  static SendQueue.Frame encode(Question question) {
    Bytes head =
        new ByteWriter(HEAD_BYTES + Integer.BYTES)
            .put(QUESTION)
            .putLong(question.id())
            .putInt(question.kind())
            .toBytes();
    return new SendQueue.OfBytes(head, question.content(), true);
  }

  static SendQueue.Frame encode(Reply reply) {
    Bytes head =
        new ByteWriter(HEAD_BYTES)
            .put(reply.answered() ? ANSWER : REFUSAL)
            .putLong(reply.id())
            .toBytes();
    return new SendQueue.OfBytes(head, reply.content(), reply.answered());
  }

  /** The question in {@code frame}; throws {@link IllegalArgumentException} if it is none. */
  static Question question(ByteString frame) {
    ByteReader in = Frames.reader(frame);
    if (in.get() != QUESTION) {
      throw new IllegalArgumentException("not a question");
    }
    return new Question(in.getLong(), in.getInt(), Frames.rest(frame, HEAD_BYTES + Integer.BYTES));
  }

  /** The reply in {@code frame}; throws {@link IllegalArgumentException} if it is none. */
  static Reply reply(ByteString frame) {
    ByteReader in = Frames.reader(frame);
    int type = in.get();
    if (type != ANSWER && type != REFUSAL) {
      throw new IllegalArgumentException("not a reply: type " + type);
    }
    return new Reply(in.getLong(), type == ANSWER, Frames.rest(frame, HEAD_BYTES));
  }
}
