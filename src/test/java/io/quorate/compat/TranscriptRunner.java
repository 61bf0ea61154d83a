package io.quorate.compat;

import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * Runs the cases of one {@link Transcript} against one fresh server.
 *
 * <p>Statements: a method's name with its request in protobuf's text form, after any of the
 * prefixes {@code code} (print the code alone), {@code gzip} (compress the request) and {@code with
 * K=V} (send a header); {@code repeat N} prints only the last answer and puts the round's three
 * digits for <code>${i}</code>; <code>${x*9}</code> is a text repeated. {@code watch}, {@code
 * await}, {@code drain}, {@code close} (this side), {@code cancel}, {@code fragmented} work on a
 * named stream; {@code raw} sends chosen bytes (see {@link RawRequest}); {@code http GET /path};
 * {@code gone "key"} waits until a key is not there; {@code restart} and {@code kill} start the
 * server again.
 */
final class TranscriptRunner implements AutoCloseable {
  private static final long CALL_SECONDS_MAX = 20;
  private static final Duration GONE_WITHIN = Duration.ofSeconds(15);

  private static final Pattern REPEATED = Pattern.compile("\\$\\{(.+?)\\*(\\d+)}");

  private final ServerProcess server;
  private final AnswerText answers;
  private final Map<String, WatchStream> streams = new TreeMap<>();
  private ManagedChannel channel;

  TranscriptRunner(List<String> command, Path folder, Transcript transcript) {
    this.server = ServerProcess.start(command, folder, transcript.serverFlags());
    Map<String, String> replacements = new LinkedHashMap<>();
    replacements.put(server.clientUrl(), "$client");
    replacements.put(server.peerUrl(), "$peer");
    this.answers = new AnswerText(replacements);
    this.channel = EtcdClient.channel(server.endpoint());
  }

  /** The answer to one case, a line or more for each statement. */
  List<String> run(Transcript.Case one) throws Exception {
    List<String> lines = new ArrayList<>();
    for (String statement : one.statements()) {
      String[] words = statement.split(" ", 3);
      if (words[0].equals("repeat")) {
        lines.add(repeat(Integer.parseInt(words[1]), words[2]));
      } else {
        lines.addAll(statement(expanded(statement)));
      }
    }
    return lines;
  }

  private String repeat(int count, String statement) throws Exception {
    String last = "";
    for (int i = 0; i < count; i++) {
      String round = statement.replace("${i}", String.format("%03d", i));
      last = String.join(" | ", statement(expanded(round)));
    }
    return last;
  }

  private static String expanded(String statement) {
    return REPEATED
        .matcher(statement)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(found.group(1).repeat(Integer.parseInt(found.group(2)))));
  }

  private List<String> statement(String statement) throws Exception {
    String verb = statement.split(" ", 2)[0];
    String rest = statement.substring(verb.length()).trim();
    String name = rest.split(" ", 2)[0];
    String tail = rest.substring(name.length()).trim();
    switch (verb) {
      case "watch" -> {
        stream(name).send(tail);
        return List.of();
      }
      case "await" -> {
        return stream(name).await(Integer.parseInt(tail));
      }
      case "drain" -> {
        return stream(name).drain();
      }
      case "fragmented" -> {
        return List.of("fragmented " + stream(name).sawFragment());
      }
      case "close" -> {
        stream(name).halfClose();
        return List.of();
      }
      case "cancel" -> {
        stream(name).cancel();
        return List.of();
      }
      case "raw" -> {
        return List.of(answers.replaced(RawRequest.parse(name, tail).send(server.clientPort())));
      }
      case "http" -> {
        return List.of(http(name, tail));
      }
      case "gone" -> {
        return List.of(gone(rest));
      }
      case "until" -> {
        return List.of(until(name, tail));
      }
      case "restart", "kill" -> {
        return List.of(again(verb));
      }
      default -> {
        return List.of(call(statement));
      }
    }
  }

  private WatchStream stream(String name) {
    return streams.computeIfAbsent(name, n -> new WatchStream(channel, new Metadata(), answers));
  }

  private String again(String verb) {
    channel.shutdownNow();
    streams.clear();
    if (verb.equals("kill")) {
      server.kill();
    } else {
      server.terminate();
    }
    server.start();
    channel = EtcdClient.channel(server.endpoint());
    return "started again";
  }

  private String gone(String key) {
    String text = "Range count_only: true key: " + key;
    Awaitility.await("gone " + key)
        .atMost(GONE_WITHIN)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !call(text).contains("count="));
    return "gone";
  }

  private String until(String code, String statement) {
    return Awaitility.await(statement)
        .atMost(GONE_WITHIN)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> call(statement), answer -> answer.startsWith(code));
  }

  private String http(String verb, String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.clientUrl() + path))
            .method(verb, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(CALL_SECONDS_MAX))
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    String type = response.headers().firstValue("content-type").orElse("no content-type");
    return response.statusCode() + " " + type + " " + response.body().trim();
  }

  private String call(String statement) throws Exception {
    String rest = statement;
    boolean codeOnly = false;
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    Metadata headers = new Metadata();
    while (true) {
      String[] words = rest.split(" ", 2);
      switch (words[0]) {
        case "code" -> codeOnly = true;
        case "gzip" -> options = options.withCompression("gzip");
        case "with" -> {
          words = words[1].split(" ", 2);
          String[] pair = words[0].split("=", 2);
          headers.put(Metadata.Key.of(pair[0], Metadata.ASCII_STRING_MARSHALLER), pair[1]);
        }
        default -> {
          return call(words[0], words.length > 1 ? words[1] : "", options, headers, codeOnly);
        }
      }
      rest = words[1];
    }
  }

  private String call(
      String name, String request, CallOptions options, Metadata headers, boolean codeOnly)
      throws Exception {
    MethodDescriptor<DynamicMessage, DynamicMessage> method =
        WireMethods.exists(name) ? WireMethods.method(name) : WireMethods.unknown(name);
    List<DynamicMessage> messages = new ArrayList<>();
    CompletableFuture<Status> end = new CompletableFuture<>();
    ClientCall<DynamicMessage, DynamicMessage> call = channel.newCall(method, options);
    call.start(
        new ClientCall.Listener<DynamicMessage>() {
          @Override
          public void onMessage(DynamicMessage message) {
            messages.add(message);
            call.request(1);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        headers);
    call.request(2);
    call.sendMessage(WireMethods.request(name, request));
    call.halfClose();
    Status status = end.get(CALL_SECONDS_MAX + 1, TimeUnit.SECONDS);
    if (codeOnly) {
      return status.getCode().toString();
    }
    if (!status.isOk()) {
      return answers.of(status);
    }
    return StreamAnswer.of(name, messages, answers);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.close();
  }
}
