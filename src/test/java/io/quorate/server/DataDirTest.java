package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.server.MemberIdentity.Founder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirTest {
  private static final MemberIdentity A = new MemberIdentity(-1, 2, "a");

  @TempDir Path temp;
  private Path dir;

  @BeforeEach
  void chooseDir() {
    dir = temp.resolve("a b,c").resolve("d");
  }

  private static void found(Path dir, MemberIdentity identity) throws Exception {
    found(dir, new DataDir.Owner(identity, List.of()));
  }

  private static void found(Path dir, DataDir.Owner owner) throws Exception {
    try (DataDir dataDir = DataDir.open(dir)) {
      dataDir.found(owner);
    }
  }

  @Test
  void makesTheDirectoryForTheOwnerAlone() throws Exception {
    try (DataDir dataDir = DataDir.open(dir)) {
      for (Path made : new Path[] {dir, dataDir.journal(), dataDir.store()}) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
            .isEqualTo("rwx------");
      }
      assertThat(dir.resolve("member/journal")).isDirectory();
    }
  }

  @Test
  void remembersWhoseItIs() throws Exception {
    assertThat(DataDir.isFounded(dir)).isFalse();
    found(dir, A);
    assertThat(DataDir.isFounded(dir)).isTrue();
    try (DataDir dataDir = DataDir.open(dir)) {
      assertThat(dataDir.owner()).contains(new DataDir.Owner(A, List.of()));
    }
  }

  @Test
  void remembersWithWhomItWasFounded() throws Exception {
    // The largest id comes last: unsigned order, not signed.
    DataDir.Owner owner =
        new DataDir.Owner(
            A,
            List.of(
                new Founder(2, "a", List.of("http://a:1", "http://a:2")),
                new Founder(0x123456789abcdefL, " b =c", List.of("http://b:1")),
                new Founder(-3, "", List.of("http://[::1]:1"))));
    found(dir, owner);
    try (DataDir dataDir = DataDir.open(dir)) {
      assertThat(dataDir.owner()).contains(owner);
    }
  }

  @Test
  void namesOfSeveralLinesBecomeOne() throws Exception {
    Founder founder = new Founder(2, "a\nformat=9\r", List.of("http://a:1"));
    found(dir, new DataDir.Owner(new MemberIdentity(1, 2, founder.name()), List.of(founder)));
    try (DataDir dataDir = DataDir.open(dir)) {
      DataDir.Owner owner = dataDir.owner().orElseThrow();
      assertThat(owner.identity().name()).isEqualTo("a format=9 ");
      assertThat(owner.founders()).extracting(Founder::name).containsExactly("a format=9 ");
    }
  }

  @Test
  void refusesToWriteWhatItWouldNotRead() {
    Founder founder = new Founder(2, "a".repeat(64 * 1024), List.of("http://a:1"));
    assertThatThrownBy(() -> found(dir, new DataDir.Owner(A, List.of(founder))))
        .hasMessageContaining("identity of more than 65536 bytes");
    assertThat(DataDir.isFounded(dir)).isFalse();
  }

  @Test
  void takesAnEmptyDirectoryAndTheRootOfAVolume() throws Exception {
    Files.createDirectories(dir.resolve("lost+found"));
    found(dir, A);
    assertThat(DataDir.isFounded(dir)).isTrue();
  }

  @Test
  void takesUpWhatAProcessLeftThatDiedBeforeItKnewWhoItWas() throws Exception {
    DataDir.open(dir).close();
    Files.writeString(dir.resolve("member/identity.part"), "form");
    found(dir, A);
    assertThat(DataDir.isFounded(dir)).isTrue();
  }

  @Test
  void refusesASecondHolderAndNamesTheFirst() throws Exception {
    try (DataDir first = DataDir.open(dir)) {
      assertThatThrownBy(() -> DataDir.open(dir))
          .hasMessage(
              "data directory "
                  + first.root()
                  + " is in use by process "
                  + ProcessHandle.current().pid());
    }
    DataDir.open(dir).close();
  }

  @Test
  void refusesTheDirectoryOfEtcdUntouched() throws Exception {
    Files.createDirectories(dir.resolve("member/snap"));
    assertThatThrownBy(() -> DataDir.open(dir))
        .hasMessage("data directory " + dir + " belongs to etcd: it holds member/snap");
    assertThat(dir.resolve("member/lock")).doesNotExist();
  }

  @Test
  void refusesAnyOtherDirectoryUntouched() throws Exception {
    Files.createDirectories(dir);
    Files.writeString(dir.resolve("letter.txt"), "dear");
    assertThatThrownBy(() -> DataDir.open(dir))
        .hasMessage("data directory " + dir + " is not empty and not ours: it holds letter.txt");
    assertThat(dir.resolve("member")).doesNotExist();
  }

  @Test
  void refusesAMemberDirectoryThatIsNotOurs() throws Exception {
    Files.createDirectories(dir.resolve("member/journal"));
    assertThatThrownBy(() -> DataDir.open(dir))
        .hasMessage("data directory " + dir + " is not ours: it holds member/journal");
  }

  @Test
  void refusesANewerFormat() throws Exception {
    found(dir, A);
    Path file = dir.resolve("member/identity");
    Files.writeString(file, Files.readString(file).replace("format=1", "format=2"));
    assertThatThrownBy(() -> DataDir.open(dir))
        .hasMessageContaining("has format 2, but this version only knows formats up to 1");
  }

  @Test
  void refusesADamagedIdentity() throws Exception {
    found(dir, A);
    Files.writeString(dir.resolve("member/identity"), "format=1\nmember-id=x\n");
    assertThatThrownBy(() -> DataDir.open(dir)).hasMessageContaining("is damaged");
  }

  @Test
  void refusesADamagedFounder() throws Exception {
    found(dir, A);
    Path file = dir.resolve("member/identity");
    String whole = Files.readString(file);
    Files.writeString(file, whole + "founder.2=http://a:1\n");
    assertThatThrownBy(() -> DataDir.open(dir)).hasMessageEndingWith("no name of a founder");
    Files.writeString(file, whole + "founder.x=http://a:1 a\n");
    assertThatThrownBy(() -> DataDir.open(dir)).hasMessageEndingWith("no id");
  }

  @Test
  void refusesAFileAndAPlaceWhereNothingCanBeMade() throws Exception {
    Files.createDirectories(temp);
    Path file = Files.writeString(temp.resolve("file"), "");
    assertThatThrownBy(() -> DataDir.open(file))
        .hasMessage("cannot write to data directory " + file + ": not a directory");
    assertThatThrownBy(() -> DataDir.open(file.resolve("below")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot write to data directory");
  }

  @Test
  void refusesAnotherMemberOnlyWhenNameAndIdBothDiffer() throws Exception {
    DataDir.refuseOther(dir, A, new MemberIdentity(-1, 2, "renamed"));
    DataDir.refuseOther(dir, A, new MemberIdentity(-7, 8, "a"));
    assertThatThrownBy(() -> DataDir.refuseOther(dir, A, new MemberIdentity(-7, 8, "b")))
        .hasMessage(
            "data directory "
                + dir
                + " belongs to member \"a\" (2 of cluster ffffffffffffffff),"
                + " not to \"b\" (8 of cluster fffffffffffffff9)");
  }
}
