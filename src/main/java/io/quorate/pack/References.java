package io.quorate.pack;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes a {@code reference.conf} short: the same values without the comments and the layout, which
 * are six of its seven parts, and which every start reads letter by letter.
 */
final class References {
  private static final ConfigRenderOptions SHORT =
      ConfigRenderOptions.defaults()
          .setComments(false)
          .setOriginComments(false)
          .setFormatted(false)
          .setJson(false);

  private References() {}

  /**
   * Text that means the same as {@code text}, or {@code text} where no shorter one is known to.
   *
   * @param included the text of a file that is included, by the name that the text gives it
   */
  static String shorter(String text, Function<String, Optional<String>> included) {
    try {
      Config meant = parse(text, included);
      String shorter = meant.root().render(SHORT);
      return ConfigFactory.parseString(shorter).equals(meant) ? shorter : text;
    } catch (ConfigException e) {
      // A file that is not there; or values that are merged only later, which not always have a
      // text of their own.
      return text;
    }
  }

  private static Config parse(String text, Function<String, Optional<String>> included) {
    return ConfigFactory.parseString(
        text, ConfigParseOptions.defaults().setIncluder(new Includer(included)));
  }

  private record Includer(Function<String, Optional<String>> included) implements ConfigIncluder {
    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String name) {
      String text =
          included
              .apply(name)
              .orElseThrow(() -> new ConfigException.BugOrBroken("nothing is included by " + name));
      return parse(text, included).root();
    }
  }
}
