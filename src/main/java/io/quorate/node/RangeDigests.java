package io.quorate.node;

import io.quorate.apply.Attribution;
import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.base.Digest;
import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import io.quorate.lmdb.CorruptStoreException;
import io.quorate.lmdb.LmdbStore;
import io.quorate.mvcc.DiskView;
import io.quorate.mvcc.Row;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the rows of a range of revisions are on disk here as they are on the other members. Rows
 * are the same everywhere where the same compaction has removed all that it removes; a member of
 * which that cannot be said does not answer. Who looks judges itself alone: each member looks. Any
 * thread.
 */
final class RangeDigests {
  private static final Logger LOG = LoggerFactory.getLogger(RangeDigests.class);

  /**
   * All rows from one revision to another, both inclusive.
   *
   * @param compacted the compaction that has removed all that it removes
   * @param rows how many there are where somebody asks; nobody reads many more than that
   */
  record Range(long first, long last, long compacted, long rows) {
    Bytes encode() {
      ByteWriter out = new ByteWriter(4 * Long.BYTES).putLong(first).putLong(last);
      return out.putLong(compacted).putLong(rows).toBytes();
    }

    static Range decode(Bytes bytes) {
      ByteReader in = new ByteReader(bytes);
      return new Range(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }
  }

  /**
   * Rows that were read.
   *
   * @param last the last revision of which all rows were read
   * @param rows how many there were
   * @param digest of all of them and of their number
   * @param more whether others follow
   */
  record Walked(long last, long rows, long digest, boolean more) {}

  private final Node node;

  RangeDigests(Node node) {
    this.node = node;
  }

  /**
   * Reads whole revisions from {@code first} up to {@code last}, until they are {@code rowsMax}
   * rows or {@code bytesMax} bytes.
   */
  static Walked walk(
      DiskView view, long first, long last, long rowsMax, long bytesMax, Consumer<Row> visitor) {
    Digest digest = new Digest(0);
    long rows = 0;
    long bytes = 0;
    long at = first - 1;
    boolean more = false;
    try (DiskView.RevisionCursor cursor = view.revisions(first)) {
      while (cursor.next() && cursor.main() <= last) {
        if (cursor.main() != at && (rows >= rowsMax || bytes >= bytesMax)) {
          more = true;
          break;
        }
        Row row = cursor.row();
        visitor.accept(row);
        row.addTo(digest);
        at = row.main();
        bytes += row.countedBytes();
        rows++;
      }
    }
    digest.add(rows);
    return new Walked(at, rows, digest.value(), more);
  }

  /**
   * Asks the others for their digests of {@code range} and judges this member by them; whether a
   * majority of all voters could be heard, this one among them.
   */
  CompletionStage<Boolean> compare(Range range, long own) {
    return node.integrity()
        .gather(Questions.Kind.RANGE_DIGEST, range.encode(), own)
        .thenApply(answers -> judge(range, answers));
  }

  private boolean judge(Range range, Map<Long, Long> answers) {
    String what = "rows of revisions " + range.first() + " to " + range.last();
    Attribution verdict = node.integrity().judge(answers, what);
    if (verdict.damaged().contains(node.memberId())) {
      node.integrity().damaged("its " + what + " are not those of a majority");
    }
    long voters = node.published().members().stream().filter(m -> !m.learner()).count();
    return answers.size() > voters / 2;
  }

  /** The digest of a range here; fails where it cannot be compared. */
  CompletionStage<Bytes> answer(Bytes request) {
    Range range = Range.decode(request);
    return CompletableFuture.supplyAsync(() -> digest(range), node.readerPool());
  }

  private Bytes digest(Range range) {
    if (!node.isQuarantined()) {
      try (DiskView view = node.disk().open()) {
        LmdbStore.Settled settled = LmdbStore.settled(view);
        if (settled != null
            && settled.compacted() == range.compacted()
            && settled.revision() >= range.last()) {
          long rowsMax = range.rows() + 1;
          Walked walked =
              walk(view, range.first(), range.last(), rowsMax, Long.MAX_VALUE, row -> {});
          return Bytes.ofLong(walked.digest());
        }
      } catch (CorruptStoreException e) {
        node.fail(e);
      } catch (IllegalStateException e) {
        LOG.debug("a range was not read", e);
      }
    }
    throw new EtcdException(EtcdError.Code.FAILED_PRECONDITION, "no digest of these revisions");
  }
}
