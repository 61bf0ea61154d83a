package io.quorate.chaos.check;

import io.quorate.chaos.history.Fact;
import io.quorate.chaos.history.Fact.Operation;
import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.History;
import io.quorate.chaos.history.Outcome;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Span;
import io.quorate.chaos.history.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Histories of single keys as lines that one can read: {@code client begin end operation -> answer
 * @revision}, where the end is {@code ?} if there was no answer.
 *
 * <pre>
 * a 0 10 put x 1 -> ok @2
 * b 5 ?  cas x 1 2
 * c 6 12 get x -> 1 @2 #2          found 1, which was written at revision 2
 * c 13 14 get x -> - @2            found nothing
 * c 15 16 cas x - 5 -> no @2       not done, as x was there
 * c 17 18 del x -> 1 @3
 * </pre>
 */
final class Told {
  private Told() {}

  /** The history of these lines, in the order of their ends. */
  static History history(String... lines) {
    List<Fact> facts = new ArrayList<>();
    for (String line : lines) {
      facts.add(operation(line));
    }
    return new History(facts);
  }

  static Operation operation(String line) {
    String[] halves = line.trim().split(" -> ");
    String[] words = halves[0].trim().split(" +");
    long begin = Long.parseLong(words[1]);
    boolean isOpen = words[2].equals("?");
    Span span = new Span(begin, isOpen ? begin : Long.parseLong(words[2]));
    Request request = request(words);
    Optional<Reply> reply = halves.length < 2 ? Optional.empty() : reply(words, halves[1]);
    return new Operation(
        "register-" + words[0],
        "",
        span,
        request,
        reply.isPresent() ? Outcome.DONE : isOpen ? Outcome.UNKNOWN : Outcome.REFUSED,
        reply,
        reply.isPresent() ? "" : "no answer");
  }

  private static Request request(String[] words) {
    String key = words[4];
    return switch (words[3]) {
      case "get" -> Request.of(new Step.Read(key));
      case "put" -> Request.of(new Step.Write(key, words[5], 0));
      case "del" -> Request.of(new Step.Remove(key));
      case "cas" ->
          Request.when(
              words[5].equals("-")
                  ? new Guard(key, Guard.Field.CREATED, "0")
                  : new Guard(key, Guard.Field.VALUE, words[5]),
              new Step.Write(key, words[6], 0));
      default -> throw new IllegalArgumentException(words[3]);
    };
  }

  private static Optional<Reply> reply(String[] words, String answer) {
    long revision = number(answer, '@');
    long modified = number(answer, '#');
    String said = answer.split(" ")[0];
    Reply.Result nothing = new Reply.Result(List.of(), 0);
    Reply reply =
        switch (words[3]) {
          case "get" ->
              new Reply(
                  revision,
                  true,
                  List.of(
                      said.equals("-")
                          ? nothing
                          : new Reply.Result(
                              List.of(new Row(words[4], said, modified, modified, 1, 0)), 1)));
          case "del" ->
              new Reply(revision, true, List.of(new Reply.Result(List.of(), Long.parseLong(said))));
          case "put" -> new Reply(revision, true, List.of(nothing));
          default ->
              new Reply(
                  revision, said.equals("yes"), said.equals("yes") ? List.of(nothing) : List.of());
        };
    return Optional.of(reply);
  }

  private static long number(String answer, char mark) {
    int at = answer.indexOf(mark);
    return at < 0 ? 0 : Long.parseLong(answer.substring(at + 1).split(" ")[0]);
  }
}
