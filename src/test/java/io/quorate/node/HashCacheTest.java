package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.mvcc.StoreHash;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HashCacheTest {
  private final HashCache cache = new HashCache();

  private CompletableFuture<Long> settled() {
    return cache.settled().toCompletableFuture();
  }

  @Test
  void keepsTheLastTenHashes() {
    for (int revision = 1; revision <= 12; revision++) {
      cache.add(new StoreHash(revision * 7, revision - 1, revision));
    }
    assertThat(cache.find(1)).isNull();
    assertThat(cache.find(2)).isNull();
    for (int revision = 3; revision <= 12; revision++) {
      assertThat(cache.find(revision))
          .isEqualTo(new StoreHash(revision * 7, revision - 1, revision));
    }
    assertThat(cache.find(13)).isNull();
  }

  @Test
  void isSettledWhenNothingWasEverAsked() {
    assertThat(settled()).isCompleted();
  }

  @Test
  void compactionAtRevisionZeroHasNothingToWaitFor() {
    cache.begin(0);
    assertThat(settled()).isCompleted();
  }

  @Test
  void settlesWhenTheCompactionUnderWayIsDone() {
    cache.begin(5);
    CompletableFuture<Long> first = settled();
    CompletableFuture<Long> second = settled();
    assertThat(first).isNotCompleted();
    cache.finished(5);
    assertThat(first).isCompletedWithValue(5L);
    assertThat(second).isCompletedWithValue(5L);
    assertThat(settled()).isCompletedWithValue(5L);
  }

  @Test
  void waitsForTheLastCompactionThatWasAskedFor() {
    cache.begin(5);
    cache.begin(8);
    CompletableFuture<Long> wait = settled();
    cache.finished(5);
    assertThat(wait).isNotCompleted();
    cache.finished(8);
    assertThat(wait).isCompletedWithValue(8L);
  }
}
