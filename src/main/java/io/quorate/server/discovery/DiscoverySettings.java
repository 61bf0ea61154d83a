package io.quorate.server.discovery;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;

/**
 * What discovery goes by, besides flags: {@code quorate-discovery.conf}, which system properties
 * override.
 *
 * @param dnsServer host and port of the server of DNS that is asked; empty for those of the system
 * @param within how long the expected members are waited for
 * @param every how often it is looked for them
 * @param all the whole of it, with the settings of Pekko
 */
public record DiscoverySettings(String dnsServer, Duration within, Duration every, Config all) {
  /** Reads them. Blocks. */
  public static DiscoverySettings load() {
    ConfigFactory.invalidateCaches(); // properties may have changed since somebody read them
    ClassLoader loader = DiscoverySettings.class.getClassLoader();
    return of(
        ConfigFactory.defaultOverrides()
            .withFallback(ConfigFactory.parseResources(loader, "quorate-discovery.conf"))
            .withFallback(ConfigFactory.defaultReferenceUnresolved(loader))
            .resolve());
  }

  static DiscoverySettings of(Config all) {
    Config own = all.getConfig("quorate.discovery");
    return new DiscoverySettings(
        own.getString("dns-server"), own.getDuration("within"), own.getDuration("every"), all);
  }
}
