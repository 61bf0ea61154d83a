package io.quorate.examples;

import io.quorate.base.Bytes;
import io.quorate.client.Client;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

class Backup implements Flow.Subscriber<Bytes> {
  private final OutputStream out;
  private final Executor disk;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private Flow.Subscription subscription;

  private Backup(OutputStream out, Executor disk) {
    this.out = out;
    this.disk = disk;
  }

  /** Writes a copy of one member's store on the one thread of {@code disk}. */
  static CompletionStage<Void> save(Client client, OutputStream out, Executor disk) {
    Backup backup = new Backup(out, disk);
    client.maintenance().snapshot().subscribe(backup);
    return backup.done;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(1);
  }

  @Override
  public void onNext(Bytes part) {
    disk.execute(() -> write(part));
  }

  private void write(Bytes part) {
    try {
      out.write(part.toArray());
      subscription.request(1);
    } catch (IOException e) {
      subscription.cancel();
      done.completeExceptionally(e);
    }
  }

  @Override
  public void onError(Throwable failure) {
    done.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    disk.execute(() -> done.complete(null));
  }
}
