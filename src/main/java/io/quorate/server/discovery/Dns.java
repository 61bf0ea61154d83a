package io.quorate.server.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks DNS by the JDK's own client, which sees SRV records; texts of failures are Go's. Every
 * method blocks, at most for some seconds.
 */
final class Dns {
  /** How long a server may take to answer for the first time; it doubles with each try. */
  private static final String TIMEOUT_MILLIS = "1000";

  private static final String TRIES = "3";

  /** Records of one name; what is beyond is not looked at. */
  private static final int RECORDS_MAX = 256;

  private final String server;

  /**
   * A service.
   *
   * @param priority the lower one is to be asked first
   * @param port where it listens
   * @param target its host, as the record has it: with a dot at its end
   */
  record Service(int priority, int port, String target) {}

  /**
   * @param server host and port of the server that is asked; empty for those of the system
   */
  Dns(String server) {
    this.server = server;
  }

  /** The SRV records of {@code name}, by priority; at least one. */
  List<Service> services(String name) throws DiscoveryException {
    List<Service> services = new ArrayList<>();
    for (String record : records(name, "SRV")) {
      String[] cells = record.split(" ", -1);
      if (cells.length == 4) {
        services.add(new Service(Integer.parseInt(cells[0]), Integer.parseInt(cells[2]), cells[3]));
      }
    }
    if (services.isEmpty()) {
      throw noSuchHost(name);
    }
    services.sort(
        Comparator.comparingInt(Service::priority)
            .thenComparing(Service::target)
            .thenComparingInt(Service::port));
    return services;
  }

  /** The first address of {@code host}, IPv4 before IPv6, as text. */
  String address(String host) throws DiscoveryException {
    if (!server.isEmpty() && !isLiteral(host) && !host.equals("localhost")) {
      for (String type : List.of("A", "AAAA")) {
        List<String> found = records(host, type);
        if (!found.isEmpty()) {
          return literal(found.get(0));
        }
      }
      throw noSuchHost(host);
    }
    return literal(host);
  }

  /** Whether {@code host} is an address and no name. */
  static boolean isLiteral(String host) {
    return host.contains(":") || host.matches("[0-9.]+");
  }

  /** A name as records have it, without the dot at its end. */
  static String withoutDot(String name) {
    return name.replaceFirst("\\.$", "");
  }

  private String literal(String host) throws DiscoveryException {
    try {
      return InetAddress.getByName(host).getHostAddress();
    } catch (UnknownHostException e) {
      throw noSuchHost(host);
    }
  }

  private List<String> records(String name, String type) throws DiscoveryException {
    try {
      return query(name, type);
    } catch (NameNotFoundException e) {
      return List.of();
    } catch (NamingException e) {
      throw failed(name, e);
    }
  }

  // What is banned is the reading of objects that a directory holds; DNS has texts.
  @SuppressWarnings({"BanJNDI", "JdkObsolete"})
  private List<String> query(String name, String type) throws NamingException {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put(Context.PROVIDER_URL, server.isEmpty() ? "dns:" : "dns://" + server);
    environment.put("com.sun.jndi.dns.timeout.initial", TIMEOUT_MILLIS);
    environment.put("com.sun.jndi.dns.timeout.retries", TRIES);
    List<String> records = new ArrayList<>();
    InitialDirContext context = new InitialDirContext(environment);
    try {
      @Nullable Attribute found = context.getAttributes(name, new String[] {type}).get(type);
      if (found != null) {
        NamingEnumeration<?> all = found.getAll();
        while (all.hasMore() && records.size() < RECORDS_MAX) {
          records.add(String.valueOf(all.next()));
        }
      }
    } finally {
      context.close();
    }
    return records;
  }

  private DiscoveryException noSuchHost(String name) {
    return new DiscoveryException("lookup " + name + on() + ": no such host");
  }

  private DiscoveryException failed(String name, NamingException why) {
    return new DiscoveryException("lookup " + name + on() + ": " + why.getMessage());
  }

  private String on() {
    return server.isEmpty() ? "" : " on " + server;
  }
}
