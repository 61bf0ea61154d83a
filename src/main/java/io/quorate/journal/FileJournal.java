package io.quorate.journal;

import com.typesafe.config.Config;
import io.quorate.base.Check;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.package$;
import scala.jdk.javaapi.CollectionConverters;
import scala.util.Try;

/**
 * The journal plugin. Its dispatcher must have a thread to spare: the actor writes, and a write
 * returns only when it is on the device. All atomic writes of one call are one record and one sync,
 * so they become durable together. Events of the log are written by {@link EventCodec}; everything
 * else goes through Pekko Serialization. The metadata of a message is not kept.
 *
 * <p>The replay of a Raft group whose older part was deleted begins with a {@link
 * LogEvent.LogReset} that stands for that part and bears its last sequence number.
 *
 * <p>If the files cannot be opened or are damaged, every operation fails with the reason.
 */
public final class FileJournal extends AsyncWriteJournal {
  private static final String NO_MANIFEST = "";

  private final FileJournals journals;
  private final Serialization serialization;
  private final ExecutionContext replayDispatcher;
  private final @Nullable SegmentedLog log;
  private final Exception openFailure;

  /** Opens the journal that {@code config} describes, see {@code quorate-journal.conf}. */
  public FileJournal(Config config) {
    journals = FileJournals.get(context().system());
    serialization = SerializationExtension.get(context().system());
    replayDispatcher =
        context().system().dispatchers().lookup(config.getString("replay-dispatcher"));
    SegmentedLog opened = null;
    Exception failure = new IOException("journal is closed");
    try {
      opened = blocking(() -> journals.open(LogSettings.of(config), disk(config)));
    } catch (Exception e) {
      failure = e;
    }
    log = opened;
    openFailure = failure;
  }

  private static Disk disk(Config config) {
    return config.getBoolean("sync") ? Disk.REAL : Disk.UNSYNCED;
  }

  @Override
  public void postStop() throws Exception {
    if (log != null) {
      SegmentedLog open = log;
      blocking(
          () -> {
            journals.close(open);
            return done();
          });
    }
    super.postStop();
  }

  @Override
  public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> writes) {
    return attempt(() -> write(writes));
  }

  @Override
  public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
    return attempt(
        () -> {
          log().deleteTo(persistenceId, toSequenceNr);
          return done();
        });
  }

  @Override
  public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
    return attempt(() -> log().state().highestSequenceNr(persistenceId));
  }

  @Override
  public Future<Void> doAsyncReplayMessages(
      String persistenceId,
      long fromSequenceNr,
      long toSequenceNr,
      long max,
      Consumer<PersistentRepr> replayCallback) {
    return Futures.future(
        () -> {
          Replay replay = new Replay(persistenceId, replayCallback);
          new LogScan(log(), persistenceId, fromSequenceNr, toSequenceNr, max, replay).run();
          return done();
        },
        replayDispatcher);
  }

  private SegmentedLog log() throws Exception {
    if (log == null) {
      throw openFailure;
    }
    return log;
  }

  private Iterable<Optional<Exception>> write(Iterable<AtomicWrite> writes) throws Exception {
    List<Optional<Exception>> rejections = new ArrayList<>();
    log().append(buffer -> encode(writes, buffer, rejections));
    return rejections.stream().anyMatch(Optional::isPresent) ? rejections : Collections.emptyList();
  }

  private List<Writes.Written> encode(
      Iterable<AtomicWrite> writes, RecordBuffer buffer, List<Optional<Exception>> rejections) {
    List<Writes.Written> written = new ArrayList<>();
    for (AtomicWrite write : writes) {
      int start = buffer.bodyBytes();
      try {
        written.add(encode(write, buffer));
        rejections.add(Optional.empty());
      } catch (Exception e) {
        // Scala's serializers throw checked exceptions without saying so.
        buffer.cutTo(start);
        rejections.add(Optional.of(e));
      }
    }
    return written;
  }

  private Writes.Written encode(AtomicWrite write, RecordBuffer buffer) {
    List<PersistentRepr> messages = CollectionConverters.asJava(write.payload());
    PersistentRepr first = messages.get(0);
    List<LogEvent> events = new ArrayList<>(messages.size());
    for (PersistentRepr message : messages) {
      if (message.payload() instanceof LogEvent event) {
        events.add(event);
      }
    }
    int group = events.isEmpty() ? Writes.NO_GROUP : events.get(0).group();
    Writes.begin(
        buffer,
        write.persistenceId(),
        group,
        first.sequenceNr(),
        messages.size(),
        first.writerUuid());
    for (PersistentRepr message : messages) {
      if (message.payload() instanceof LogEvent event) {
        Check.that(event.group() == group, "write for groups %d and %d", group, event.group());
        Writes.putEvent(buffer, message.timestamp(), message.manifest(), event);
      } else {
        putSerialized(message, buffer);
      }
    }
    return new Writes.Written(write.persistenceId(), write.highestSequenceNr(), events);
  }

  private void putSerialized(PersistentRepr message, RecordBuffer buffer) {
    Object payload = message.payload();
    Serializer serializer = serialization.findSerializerFor(payload);
    Try<byte[]> bytes = serialization.serialize(payload);
    Writes.putSerialized(
        buffer,
        message.timestamp(),
        message.manifest(),
        serializer.identifier(),
        Serializers.manifestFor(serializer, payload),
        bytes.get());
  }

  private static <T> Future<T> attempt(Callable<T> operation) {
    try {
      return Futures.successful(blocking(operation));
    } catch (Exception e) {
      return Futures.failed(e);
    }
  }

  /** Does it here, and tells the pool of this thread that the disk may hold it up. */
  private static <T> T blocking(Callable<T> operation) throws Exception {
    return package$.MODULE$.blocking(() -> outcome(operation)).call();
  }

  /** What {@code operation} gives or throws, each time it is called. */
  private static <T> Callable<T> outcome(Callable<T> operation) {
    try {
      T result = operation.call();
      return () -> result;
    } catch (Exception e) {
      return () -> {
        throw e;
      };
    }
  }

  @SuppressWarnings("NullAway") // The one value of Void is null.
  private static Void done() {
    return null;
  }

  /** Turns what a scan finds into messages for the actor that recovers. */
  private final class Replay implements LogScan.Visitor {
    private final String persistenceId;
    private final Consumer<PersistentRepr> replayCallback;
    private final @Nullable ReplayGate gate;

    Replay(String persistenceId, Consumer<PersistentRepr> replayCallback) {
      this.persistenceId = persistenceId;
      this.replayCallback = replayCallback;
      this.gate = journals.gate(persistenceId);
    }

    @Override
    public void base(GroupState state, long sequenceNr) {
      LogEvent.LogReset event = state.toReset();
      enter(EventCodec.sizeOf(event));
      give(event, sequenceNr, NO_MANIFEST, "", 0);
    }

    @Override
    public void message(Writes.Message message) {
      Object payload;
      if (message.payloadType() == Writes.PAYLOAD_EVENT) {
        enter(message.payload().remaining());
        payload = EventCodec.decode(message.payload());
      } else {
        payload = deserialize(message.payload());
      }
      give(
          payload, message.sequenceNr(), message.manifest(), message.writer(), message.timestamp());
    }

    private void give(
        Object payload, long sequenceNr, String manifest, String writer, long timestamp) {
      replayCallback.accept(
          PersistentRepr.apply(
                  payload, sequenceNr, persistenceId, manifest, false, ActorRef.noSender(), writer)
              .withTimestamp(timestamp));
    }

    private Object deserialize(ByteBuffer from) {
      int serializerId = from.getInt();
      String manifest = RecordBuffer.getText(from);
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      return serialization.deserialize(bytes, serializerId, manifest).get();
    }

    private void enter(int bytes) {
      if (gate == null) {
        return;
      }
      try {
        gate.enter(bytes);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("replay of " + persistenceId + " was interrupted", e);
      }
    }
  }
}
