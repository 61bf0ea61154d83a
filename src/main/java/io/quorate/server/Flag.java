package io.quorate.server;

import java.util.Locale;

/**
 * A flag of etcd 3.7.3, or one of our own.
 *
 * @param name as on the command line, without dashes
 * @param kind how its value is read
 * @param preset the default, as text; empty for none
 * @param support what this version does with it
 */
record Flag(String name, Kind kind, String preset, Support support) {

  /** How a value is read. */
  enum Kind {
    STRING,
    BOOL,
    UINT,
    INT,
    DURATION,
    URLS,
    STATE;

    /** Refuses a value that etcd would refuse, with its text. */
    void check(String value) throws GoText.BadValue {
      switch (this) {
        case BOOL -> GoText.parseBool(value);
        case UINT -> GoText.parseUnsigned(value);
        case INT -> GoText.parseSigned(value);
        case DURATION -> checkDuration(value);
        case URLS -> {
          if (!value.isEmpty()) {
            EtcdUrl.parseList(value);
          }
        }
        case STATE -> {
          if (!value.equals("new") && !value.equals("existing")) {
            throw new GoText.BadValue("invalid value");
          }
        }
        case STRING -> {}
      }
    }

    private static void checkDuration(String value) throws GoText.BadValue {
      try {
        GoDuration.parse(value);
      } catch (GoText.BadValue e) {
        throw new GoText.BadValue("parse error");
      }
    }
  }

  /** What this version does with a flag. */
  enum Support {
    /** It has its effect. */
    SERVED,
    /** It has its effect, and etcd does not know it. */
    OWN,
    /** Only the value that changes nothing is taken; any other is refused by name. */
    PRESET_ONLY,
    /** etcd itself has ignored it for years. */
    IGNORED
  }

  /** Whether {@code --name} alone means true. */
  boolean isBool() {
    return kind == Kind.BOOL;
  }

  /** The environment variable that stands for the flag. */
  String variable() {
    return "ETCD_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /**
   * Whether {@code value} means the same as the default; {@code value} has passed {@link
   * Kind#check}.
   */
  boolean isPreset(String value) {
    if (value.equals(preset)) {
      return true;
    }
    try {
      return switch (kind) {
        case BOOL -> GoText.parseBool(value) == GoText.parseBool(preset);
        case UINT, INT -> GoText.parseSigned(value) == GoText.parseSigned(preset);
        case DURATION -> GoDuration.parse(value).equals(GoDuration.parse(preset));
        case STRING -> name.equals("log-outputs") && value.equals("stderr");
        case URLS, STATE -> false;
      };
    } catch (GoText.BadValue e) {
      return false;
    }
  }
}
