package io.quorate.utl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.Bytes;
import io.quorate.client.ClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow.Publisher;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotSaveTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path dir;

  /** So many parts, each on request, then an end. */
  private static final class Parts implements Publisher<Bytes>, Subscription {
    private final int parts;
    private final @Nullable Throwable end;
    private final boolean ends;
    private @Nullable Subscriber<? super Bytes> subscriber;
    private int sent;
    private long asked;
    private boolean sending;
    long askedMost;
    boolean cancelled;

    Parts(int parts, @Nullable Throwable end, boolean ends) {
      this.parts = parts;
      this.end = end;
      this.ends = ends;
    }

    @Override
    public void subscribe(Subscriber<? super Bytes> given) {
      subscriber = given;
      given.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      asked += n;
      askedMost = Math.max(askedMost, asked - sent);
      if (sending) {
        return;
      }
      sending = true;
      while (sent < Math.min(asked, parts) && !cancelled) {
        sent++;
        subscriber.onNext(Bytes.utf8("part " + sent + "\n"));
      }
      sending = false;
      if (sent == parts && ends && !cancelled) {
        if (end == null) {
          subscriber.onComplete();
        } else {
          subscriber.onError(end);
        }
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void isThereWhenItIsWholeForItsOwnerAlone() throws Exception {
    Path file = dir.resolve("s.db");
    List<Long> told = new ArrayList<>();
    Parts parts = new Parts(1000, null, true);
    SnapshotSave.save(parts, file, LONG, told::add);
    assertThat(Files.readAllLines(file)).hasSize(1000).first().isEqualTo("part 1");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(files()).containsExactly("s.db");
    assertThat(told).hasSize(1000).last().isEqualTo(Files.size(file));
    // No more than 2 MiB of them are on their way.
    assertThat(parts.askedMost).isEqualTo(64);
  }

  @Test
  void whatBreaksOffLeavesWhatWasSavedBefore() throws Exception {
    Path file = Files.writeString(dir.resolve("s.db"), "before");
    Parts broken = new Parts(3, new ClientException.Unavailable("the snapshot broke off"), true);
    assertThatThrownBy(() -> SnapshotSave.save(broken, file, LONG, bytes -> {}))
        .hasMessage("could not write snapshot: the snapshot broke off")
        .extracting(e -> ((UtlException) e).exit().code())
        .isEqualTo(5);
    assertThat(file).hasContent("before");
    assertThat(files()).containsExactly("s.db");
  }

  @Test
  void whatTakesTooLongEnds() throws Exception {
    Path file = dir.resolve("s.db");
    Parts endless = new Parts(3, null, false);
    assertThatThrownBy(() -> SnapshotSave.save(endless, file, Duration.ofMillis(1), bytes -> {}))
        .hasMessage("context deadline exceeded");
    assertThat(files()).isEmpty();
  }

  @Test
  void whatAnotherSaveHasLeftIsReplaced() throws Exception {
    Files.writeString(dir.resolve("s.db.part"), "of a save that was killed, and rather long\n");
    SnapshotSave.save(new Parts(1, null, true), dir.resolve("s.db"), LONG, bytes -> {});
    assertThat(dir.resolve("s.db")).hasContent("part 1\n");
    assertThat(files()).containsExactly("s.db");
  }

  @Test
  void aPlaceThatIsNotThereIsRefusedAsByEtcdctl() {
    Path file = dir.resolve("none/s.db");
    assertThatThrownBy(() -> SnapshotSave.save(new Parts(1, null, true), file, LONG, b -> {}))
        .hasMessage("could not open %s.part (open %s.part: no such file or directory)", file, file);
  }
}
