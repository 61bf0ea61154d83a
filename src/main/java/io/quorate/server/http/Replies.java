package io.quorate.server.http;

import io.quorate.server.grpc.HttpRoutes.Call;
import io.quorate.server.grpc.HttpRoutes.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Answers in the shapes of Go's {@code net/http}, which etcd's are. Stateless. */
final class Replies {
  static final String JSON = "application/json";
  static final String TEXT = "text/plain; charset=utf-8";
  static final int OK = 200;
  static final int UNAVAILABLE = 503;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final String SNIFF = "X-Content-Type-Options";
  private static final Map<String, String> NO_SNIFF = Map.of(SNIFF, "nosniff");

  private Replies() {}

  /** Answers by {@code answer} if {@code call} is a GET, else refuses it. */
  static void get(Call call, Reply reply, Runnable answer) {
    if (call.method().equals("GET")) {
      answer.run();
    } else {
      reply.send(
          METHOD_NOT_ALLOWED,
          TEXT,
          Map.of("Allow", "GET", SNIFF, "nosniff"),
          utf8("Method Not Allowed\n"));
    }
  }

  /** Answers with what is there. */
  static void send(Reply reply, String type, String body) {
    reply.send(OK, type, utf8(body));
  }

  /** Answers with a text that nobody is to take for anything else. */
  static void text(Reply reply, String body) {
    reply.send(OK, TEXT, NO_SNIFF, utf8(body));
  }

  /** Refuses with a text; it gets an end of line. */
  static void unavailable(Reply reply, String body) {
    reply.send(UNAVAILABLE, TEXT, NO_SNIFF, utf8(body + "\n"));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
