package io.quorate.compat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One watch stream of a transcript. Events are printed one by one, so that it does not matter how a
 * server groups revisions into responses; every other response is printed as a whole.
 */
final class WatchStream {
  private static final int PROGRESS_TRIES_MAX = 20;
  private static final long PROGRESS_WAIT_MILLIS = 100;
  private static final long LINE_WAIT_SECONDS = 10;
  private static final String METHOD = "Watch";

  private final ClientCall<DynamicMessage, DynamicMessage> call;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final AnswerText answers;
  private boolean fragments;

  WatchStream(ManagedChannel channel, Metadata headers, AnswerText answers) {
    this.answers = answers;
    this.call = channel.newCall(WireMethods.method(METHOD), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<DynamicMessage>() {
          @Override
          public void onMessage(DynamicMessage message) {
            received(message);
            call.request(1);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            lines.add("end " + answers.of(status));
          }
        },
        headers);
    call.request(1);
  }

  private void received(DynamicMessage message) {
    FieldDescriptor events = message.getDescriptorForType().findFieldByName("events");
    FieldDescriptor id = message.getDescriptorForType().findFieldByName("watch_id");
    FieldDescriptor fragment = message.getDescriptorForType().findFieldByName("fragment");
    int count = message.getRepeatedFieldCount(events);
    if (count == 0) {
      lines.add("response " + answers.of(message));
    }
    fragments |= (boolean) message.getField(fragment);
    for (int i = 0; i < count; i++) {
      DynamicMessage event = (DynamicMessage) message.getRepeatedField(events, i);
      lines.add("event watch_id=" + message.getField(id) + " " + answers.of(event));
    }
  }

  /** Whether a response was marked as a fragment so far. */
  boolean sawFragment() {
    return fragments;
  }

  void send(String request) {
    call.sendMessage(WireMethods.request(METHOD, request));
  }

  void halfClose() {
    call.halfClose();
  }

  void cancel() {
    call.cancel("the transcript says so", null);
  }

  /** The next lines, as many as asked for; fewer with a last line that says so. */
  List<String> await(int count) throws InterruptedException {
    List<String> result = new ArrayList<>();
    while (result.size() < count) {
      String line = lines.poll(LINE_WAIT_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        result.add("nothing more within " + LINE_WAIT_SECONDS + " s");
        return byWatch(result);
      }
      result.add(line);
    }
    return byWatch(result);
  }

  /** Events that follow each other by watch, as only the order within a watch is promised. */
  private static List<String> byWatch(List<String> lines) {
    List<String> result = new ArrayList<>(lines);
    for (int from = 0; from < result.size(); from++) {
      int to = from;
      while (to < result.size() && result.get(to).startsWith("event ")) {
        to++;
      }
      result.subList(from, to).sort(Comparator.comparing(line -> line.split(" ", 3)[1]));
      from = to;
    }
    return result;
  }

  /** All lines before the answer to a request for progress, and that answer. */
  List<String> drain() throws InterruptedException {
    List<String> result = new ArrayList<>();
    for (int i = 0; i < PROGRESS_TRIES_MAX; i++) {
      send("progress_request {}");
      @Nullable String line = lines.poll(PROGRESS_WAIT_MILLIS, TimeUnit.MILLISECONDS);
      while (line != null) {
        result.add(line);
        if (line.startsWith("end ") || isProgressOfStream(line)) {
          return byWatch(result);
        }
        line = lines.poll(PROGRESS_WAIT_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
    result.add("no progress");
    return result;
  }

  private static boolean isProgressOfStream(String line) {
    return line.startsWith("response ") && line.endsWith(" watch_id=-1");
  }
}
