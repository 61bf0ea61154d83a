package io.quorate.server;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * One URL of a member: scheme, host and port. The text is kept as etcd would print it, since member
 * ids are derived from it.
 *
 * @param scheme {@code http}, {@code https}, {@code unix} or {@code unixs}
 * @param host a name, an IPv4 address, or an IPv6 address without brackets; for Unix sockets the
 *     path; may be empty
 * @param port 0 to 65535, 0 for any free one; an empty port counts as 0; above 65535 kept as it is,
 *     for the listener to refuse
 * @param text the whole URL
 */
public record EtcdUrl(String scheme, String host, int port, String text) {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*");
  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f]");
  private static final Pattern BAD_HOST = Pattern.compile("[ \"<>\\\\^`{|}]");
  private static final int PORT_DIGITS_MAX = 9;

  /** The order of etcd: that of the texts. */
  static final Comparator<EtcdUrl> BY_TEXT = Comparator.comparing(EtcdUrl::text);

  /** Whether a Unix socket is meant. */
  public boolean isUnix() {
    return scheme.startsWith("unix");
  }

  /** Whether TLS is meant. */
  public boolean isTls() {
    return scheme.equals("https") || scheme.equals("unixs");
  }

  /** The same URL with another host and port. */
  EtcdUrl at(String newHost, int newPort) {
    String shown = newHost.contains(":") ? "[" + newHost + "]" : newHost;
    return new EtcdUrl(scheme, newHost, newPort, scheme + "://" + shown + ":" + newPort);
  }

  /** The texts, in the order given, joined by commas. */
  static String join(List<EtcdUrl> urls) {
    return String.join(",", texts(urls));
  }

  /** The texts, in the order given. */
  static List<String> texts(List<EtcdUrl> urls) {
    return urls.stream().map(EtcdUrl::text).toList();
  }

  /** Reads a comma-separated list, sorts it by text and drops repetitions. */
  static List<EtcdUrl> parseList(String list) throws GoText.BadValue {
    List<EtcdUrl> urls = new ArrayList<>();
    for (String part : list.split(",", -1)) {
      EtcdUrl url = parse(part.strip());
      if (!urls.contains(url)) {
        urls.add(url);
      }
    }
    urls.sort(BY_TEXT);
    return List.copyOf(urls);
  }

  /** Reads one URL; the refusals are etcd's. */
  static EtcdUrl parse(String text) throws GoText.BadValue {
    if (CONTROL.matcher(text).find()) {
      throw broken(text, "net/url: invalid control character in URL");
    }
    int colon = text.indexOf(':');
    String scheme = colon < 0 ? "" : text.substring(0, colon);
    if (colon == 0) {
      throw broken(text, "missing protocol scheme");
    }
    if (!SCHEME.matcher(scheme).matches()) {
      int slash = text.indexOf('/');
      if (colon > 0 && (slash < 0 || colon < slash)) {
        throw broken(text, "first path segment in URL cannot contain colon");
      }
      throw wrongScheme(text);
    }
    return withScheme(scheme.toLowerCase(Locale.ROOT), text, text.substring(colon + 1));
  }

  private static EtcdUrl withScheme(String scheme, String text, String rest)
      throws GoText.BadValue {
    switch (scheme) {
      case "http", "https" -> {
        String body = rest.startsWith("//") ? rest.substring(2) : "";
        int end = end(body);
        EtcdUrl url = withAuthority(scheme, text, body.substring(0, end));
        if (end < body.length()) {
          throw new GoText.BadValue("URL must not contain a path: " + text);
        }
        return url;
      }
      case "unix", "unixs" -> {
        String path = rest.startsWith("//") ? rest.substring(2) : rest;
        return new EtcdUrl(scheme, path, 0, scheme + "://" + path);
      }
      default -> throw wrongScheme(text);
    }
  }

  private static EtcdUrl withAuthority(String scheme, String text, String authority)
      throws GoText.BadValue {
    String host;
    String port;
    if (authority.startsWith("[")) {
      int close = authority.indexOf(']');
      if (close < 0) {
        throw broken(text, "missing ']' in host");
      }
      host = authority.substring(1, close);
      port = authority.substring(close + 1);
    } else {
      int colon = authority.lastIndexOf(':');
      host = colon < 0 ? authority : authority.substring(0, colon);
      port = colon < 0 ? "" : authority.substring(colon);
    }
    if (!port.isEmpty() && !port.matches(":[0-9]*")) {
      throw broken(text, "invalid port " + GoText.quote(port) + " after host");
    }
    var bad = BAD_HOST.matcher(host);
    if (bad.find()) {
      throw broken(text, "invalid character " + GoText.quote(bad.group()) + " in host name");
    }
    boolean bare = host.contains(":") && !authority.startsWith("[");
    if (port.isEmpty() || bare || host.contains("@") || port.length() > PORT_DIGITS_MAX) {
      throw new GoText.BadValue("URL address does not have the form \"host:port\": " + text);
    }
    int number = port.length() == 1 ? 0 : Integer.parseInt(port.substring(1));
    return new EtcdUrl(scheme, host, number, scheme + "://" + authority);
  }

  private static int end(String body) {
    for (int i = 0; i < body.length(); i++) {
      if ("/?#".indexOf(body.charAt(i)) >= 0) {
        return i;
      }
    }
    return body.length();
  }

  private static GoText.BadValue wrongScheme(String text) {
    return new GoText.BadValue("URL scheme must be http, https, unix, or unixs: " + text);
  }

  private static GoText.BadValue broken(String text, String why) {
    return new GoText.BadValue("parse " + GoText.quote(text) + ": " + why);
  }

  /** Whether the host is an address and no name, without asking anybody. */
  boolean hasAddress() {
    return Addresses.isLiteral(host);
  }

  @Override
  public String toString() {
    return text;
  }
}
