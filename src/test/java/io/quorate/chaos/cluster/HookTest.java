package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HookTest {
  @TempDir Path folder;

  private Hook hook(String script) throws IOException {
    Path file = folder.resolve("hook.sh");
    Files.writeString(file, script);
    return new Hook(List.of("sh", file.toString()));
  }

  @Test
  void isToldWhatToDoToWhom() throws IOException {
    Path told = folder.resolve("told");
    Hook hook = hook("echo \"$@\" >> " + told + "\n");
    hook.begin("kill", List.of("m1", "m2"));
    hook.end("kill", List.of("m1", "m2"));
    assertThat(told).hasContent("begin kill m1 m2\nend kill m1 m2\n");
  }

  @Test
  void saysWhatItCanDoAndWhatItSaw() throws IOException {
    Hook hook =
        hook("case $1 in kinds) echo kill; echo pause two-way;; end) echo a; echo b;; esac");
    assertThat(hook.kinds()).containsExactly("kill", "pause", "two-way");
    assertThat(hook.end("kill", List.of("m1"))).isEqualTo("b");
    assertThat(hook("").kinds()).isEmpty();
    assertThat(hook("").end("kill", List.of("m1"))).isEmpty();
  }

  @Test
  void failsWithWhatItSaid() throws IOException {
    Hook hook = hook("echo no such member >&2; exit 4");
    assertThatThrownBy(() -> hook.begin("kill", List.of("m9")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("status 4: no such member");
  }
}
