package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.raft.Message;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * Who is told what comes over links. Called by the threads of the connections, at the same time for
 * different members; no method may block. An exception ends the connection that it is about.
 */
public interface LinkListener {
  /** Whether {@code member} may open connections to this one: it is in the cluster. */
  boolean admits(long member);

  /**
   * A message: its sender is who the connection belongs to, its receiver is this member. In order
   * and one at a time for each connection.
   */
  void onMessage(Message message);

  /** The link to {@code member} is open: what is sent now is not dropped at once. */
  void onUp(long member);

  /**
   * The link to {@code member} is not open any more. Follows {@link #onUp}, in order for each
   * member.
   *
   * @param refused the other side closed it, and right after that nobody listened at any of its
   *     URLs: its process is most likely gone. Never true for mere silence
   */
  void onDown(long member, boolean refused);

  /**
   * A question. A failed stage refuses it, with the text of the exception.
   *
   * @param from who asks; 0 is somebody who is no member, see {@link #answersStrangers}
   * @param kind what is asked, in numbers of the owner
   * @param request at most {@link LinkLimits#ASK_BYTES_MAX} bytes, of strangers {@link
   *     LinkLimits#STRANGER_BYTES_MAX}
   */
  CompletionStage<Bytes> onAsk(long from, int kind, Bytes request);

  /** Whether somebody who is no member may ask questions of {@code kind}. */
  boolean answersStrangers(int kind);

  /**
   * A transfer. The stage is the verdict, at most {@link LinkLimits#CHUNK_BYTES_MAX} bytes, and
   * should complete soon after {@code chunks} has; a failed stage refuses, with the text of the
   * exception.
   *
   * @param chunks to be run once, within five seconds; completes only if all has come, and fails if
   *     the connection breaks before that
   */
  CompletionStage<Bytes> onTransfer(long from, Bytes header, Source<Bytes, NotUsed> chunks);
}
