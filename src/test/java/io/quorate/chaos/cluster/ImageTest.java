package io.quorate.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ImageTest {
  @Test
  void findsMountsInAFolderTheDeepestFirst() {
    String table =
        """
        25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/a rw
        90 25 7:0 / /run/a\\040b/m1/disk rw,relatime shared:2 - ext4 /dev/loop0 rw
        91 90 7:1 / /run/a\\040b/m1/disk/inner rw,relatime shared:3 - ext4 /dev/loop1 rw
        92 25 7:2 / /run/a\\040bc/m1/disk rw,relatime shared:4 - ext4 /dev/loop2 rw
        93 25 7:3 / /run/c rw,relatime shared:5 - ext4 /dev/loop3 rw
        """;
    assertThat(Image.mounts(table, Path.of("/run/a b")))
        .containsExactly(Path.of("/run/a b/m1/disk/inner"), Path.of("/run/a b/m1/disk"));
    assertThat(Image.mounts(table, Path.of("/run/c"))).containsExactly(Path.of("/run/c"));
  }

  @Test
  void whoMayMountHasTheCapability() {
    assertThat(Image.mayMount("Name:\tx\nCapEff:\t000001ffffffffff\n")).isTrue();
    // What a container leaves to root, usually.
    assertThat(Image.mayMount("Name:\tx\nCapEff:\t00000000a80425fb\n")).isFalse();
    assertThat(Image.mayMount("")).isFalse();
  }

  @Test
  void fieldsOfAProcessBeginBehindItsName() {
    assertThat(Processes.fields("7 (a) (b) S 1 2\n")).startsWith("S", "1", "2");
  }
}
