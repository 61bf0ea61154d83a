package io.quorate.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.apply.StoreMeta;
import io.quorate.base.Bytes;
import io.quorate.base.Membership;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.KeyValue;
import io.quorate.mvcc.Row;
import io.quorate.mvcc.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreImportTest {
  private static final int ROUNDS = 20;

  @TempDir Path dir;

  private static Row row(long revision) {
    Bytes key = Bytes.utf8("k" + revision);
    return new Row(new KeyValue(key, revision, revision, 1, Bytes.utf8("v"), 0), 0, 0, 0);
  }

  private static List<StoreImport.Entry> state(long index) {
    StoreMeta meta = new StoreMeta(index, 2, index, -1, 0, Membership.of(Set.of(1L)));
    return List.of(new StoreImport.Entry(LmdbStore.META_STATE, meta.encode()));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> file.getFileName().toString()).filter(n -> n.contains("-")).toList();
    }
  }

  @Test
  void replacesTheStoreInOneStep() throws IOException {
    try (LmdbStore store = new LmdbStore(dir, LmdbDisk.MAP_BYTES)) {
      StoreImport content = store.beginImport();
      content.add(Table.META, state(9));
      content.add(row(2));
      content.add(row(3));
      content.finish();
      assertThat(store.meta()).isNull();
      store.install(content);
      assertThat(store.meta().appliedIndex()).isEqualTo(9);
      assertThat(store.isAsInstalled()).isTrue();
      try (DiskView view = store.open()) {
        assertThat(view.newest(Bytes.utf8("k3")).kv().value()).isEqualTo(Bytes.utf8("v"));
      }
      assertThat(left()).containsExactly("gen-2");
    }
  }

  @Test
  void takesNothingAfterItWasClosed() throws IOException {
    try (LmdbStore store = new LmdbStore(dir, LmdbDisk.MAP_BYTES)) {
      StoreImport content = store.beginImport();
      content.close();
      assertThatThrownBy(() -> content.add(row(2))).hasMessage("the import was closed");
      assertThatThrownBy(() -> content.add(Table.META, state(9)))
          .hasMessage("the import was closed");
      assertThatThrownBy(content::finish).hasMessage("the import was closed");
      content.close();
      assertThat(left()).containsExactly("gen-1");
    }
  }

  /** The stream that brings a snapshot may end at any moment, with a chunk of it on its way in. */
  @Test
  void mayBeClosedWhileAnotherThreadAdds() throws Exception {
    try (LmdbStore store = new LmdbStore(dir, LmdbDisk.MAP_BYTES)) {
      for (int round = 0; round < ROUNDS; round++) {
        StoreImport content = store.beginImport();
        CountDownLatch adding = new CountDownLatch(1 + round);
        CompletableFuture<Void> adder =
            CompletableFuture.runAsync(
                () -> {
                  for (long index = 2; ; index++) {
                    content.add(Table.META, state(index));
                    adding.countDown();
                  }
                });
        adding.await();
        content.close();
        assertThatThrownBy(adder::join)
            .isInstanceOf(CompletionException.class)
            .hasMessageContaining("the import was closed");
      }
      assertThat(left()).containsExactly("gen-1");
    }
  }
}
