package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {

  private static FlagValues apply(Map<String, String> env, String... args) throws Exception {
    FlagValues values = CommandLine.parse(List.of(args)).values();
    Environment.apply(env, values);
    return values;
  }

  @Test
  void variablesStandForFlags() throws Exception {
    FlagValues values = apply(Map.of("ETCD_SNAPSHOT_COUNT", "7", "ETCD_NAME", "n", "NAME", "no"));
    assertThat(values.number("snapshot-count")).isEqualTo(7);
    assertThat(values.text("name")).isEqualTo("n");
  }

  @Test
  void flagsOfOurOwnHaveVariablesToo() throws Exception {
    FlagValues values = apply(Map.of("ETCD_AUTO_PROMOTE", "true", "ETCD_PRE_VOTE", "0"));
    assertThat(values.isTrue("auto-promote")).isTrue();
    assertThat(values.isTrue("pre-vote")).isFalse();
  }

  @Test
  void emptyVariableCountsForNothing() throws Exception {
    assertThat(apply(Map.of("ETCD_NAME", "")).isSet("name")).isFalse();
  }

  @Test
  void flagAndVariableTogetherAreRefused() {
    assertThatThrownBy(() -> apply(Map.of("ETCD_NAME", "x"), "--name=y"))
        .hasMessageContaining("conflicting environment variable \"ETCD_NAME\" is shadowed");
  }

  @Test
  void badValueIsRefusedInTheWordsOfEtcd() {
    assertThatThrownBy(() -> apply(Map.of("ETCD_SNAPSHOT_COUNT", "x")))
        .hasMessage("invalid value \"x\" for ETCD_SNAPSHOT_COUNT: parse error");
  }

  @Test
  void unknownVariablesAreOnlyWarnedOf() throws Exception {
    FlagValues values = CommandLine.parse(List.of()).values();
    Map<String, String> env =
        Map.of("ETCD_FOO", "x", "ETCD_VERSION", "y", "ETCDCTL_API", "3", "GOFAIL_HTTP", "z");
    assertThat(Environment.apply(env, values)).hasSize(2);
    assertThat(values.isTrue("version")).isFalse();
  }

  @Test
  void variableOfWhatWeDoNotServeIsRefused() {
    assertThatThrownBy(() -> apply(Map.of("ETCD_WAL_DIR", "/x")))
        .hasMessageContaining("ETCD_WAL_DIR is known to etcd");
  }
}
