package io.quorate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** How {@code bench/client} speaks with its processes: lines of words, each answered by one. */
interface Orders {
  /** Does what the words say; returns figures, as {@code name=value} with blanks between. */
  String done(String[] words) throws Exception;

  /** Does what standard input says until it ends. */
  static void obey(Orders orders) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      try {
        say(orders.done(line.split(" ", -1)));
      } catch (Exception e) {
        print("failed " + line + ": " + e);
      }
    }
  }

  /** Says figures. */
  static void say(String figures) {
    print("figures " + figures);
  }

  private static void print(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
