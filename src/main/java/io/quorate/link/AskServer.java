package io.quorate.link;

import io.quorate.base.Bytes;
import io.quorate.base.OneLine;
import io.quorate.link.AskFrames.Question;
import io.quorate.link.AskFrames.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** Answers the questions of one connection, in the order in which the answers are ready. */
final class AskServer {
  private final Preface preface;
  private final LinkListener listener;
  private final SendQueue queue;
  private final AtomicInteger unanswered = new AtomicInteger();

  AskServer(Preface preface, LinkListener listener, SendQueue queue) {
    this.preface = preface;
    this.listener = listener;
    this.queue = queue;
  }

  /** Takes the next frame. */
  void onFrame(ByteString frame) {
    Question question = AskFrames.question(frame);
    if (preface.isOfStranger() && !listener.answersStrangers(question.kind())) {
      refuse(question.id(), "not a question that strangers may ask: " + question.kind());
    } else if (unanswered.incrementAndGet() > LinkLimits.ASKS_MAX) {
      unanswered.decrementAndGet();
      refuse(question.id(), "too many questions wait for answers");
    } else {
      answer(question)
          .whenComplete(
              (bytes, error) -> {
                unanswered.decrementAndGet();
                reply(question.id(), bytes, error);
              });
    }
  }

  private CompletionStage<Bytes> answer(Question question) {
    try {
      return listener.onAsk(preface.sender(), question.kind(), question.content());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void reply(long id, @Nullable Bytes bytes, @Nullable Throwable error) {
    if (bytes == null) {
      refuse(id, Dialler.text(error));
    } else if (bytes.size() > LinkLimits.ASK_BYTES_MAX) {
      refuse(id, "answer of " + bytes.size() + " bytes, at most " + LinkLimits.ASK_BYTES_MAX);
    } else if (!queue.offer(AskFrames.encode(new Reply(id, true, bytes)))) {
      refuse(id, "too many bytes of answers wait");
    }
  }

  private void refuse(long id, String text) {
    queue.offer(AskFrames.encode(new Reply(id, false, Bytes.utf8(OneLine.of(text)))));
  }
}
