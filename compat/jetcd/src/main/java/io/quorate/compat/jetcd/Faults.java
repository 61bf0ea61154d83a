package io.quorate.compat.jetcd;

import static io.quorate.compat.jetcd.Tasks.bytes;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.watch.WatchEvent;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What jetcd tells its user while {@code compat/jetcd-faults} harms the members. The arguments are
 * what to do, the URLs of the members with commas between, and for how many seconds. Prints {@code
 * ready} when the harm may begin, and then what it saw.
 */
public final class Faults {
  private static final long CALL_SECONDS_MAX = 90;
  private static final int TTL_SECONDS = 5;

  private final Client client;
  private final long begin = System.nanoTime();
  private final long endNanos;

  private Faults(String[] args) {
    client = Client.builder().endpoints(args[1].split(",", -1)).build();
    endNanos = begin + TimeUnit.SECONDS.toNanos(Long.parseLong(args[2]));
  }

  /** Does what the first argument says. */
  public static void main(String[] args) throws Exception {
    Faults faults = new Faults(args);
    switch (args[0]) {
      case "first" -> faults.first();
      case "calls" -> faults.calls();
      case "lease" -> faults.lease();
      case "watch" -> faults.watch(true);
      case "idle" -> faults.watch(false);
      case "close" -> faults.close();
      default -> throw new IllegalArgumentException(args[0]);
    }
    System.exit(0);
  }

  private void say(String text) {
    System.out.printf("%6.1f s  %s%n", (System.nanoTime() - begin) / 1e9, text);
    System.out.flush();
  }

  private boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  private void first() throws Exception {
    say("first get: " + outcome(client.getKVClient().get(bytes("a"))));
  }

  /** One caller of puts, each to a key of its own, and one of gets. */
  private void calls() throws Exception {
    say("first get: " + outcome(client.getKVClient().get(bytes("a"))));
    System.out.println("ready");
    Thread gets = new Thread(() -> loop("get", new ArrayList<>()));
    gets.start();
    List<Integer> failed = new ArrayList<>();
    loop("put", failed);
    gets.join();
    int done = 0;
    for (int number : failed) {
      long count =
          client
              .getKVClient()
              .get(bytes("put/" + number))
              .get(CALL_SECONDS_MAX, TimeUnit.SECONDS)
              .getCount();
      done += (int) count;
    }
    say(failed.size() + " puts failed, of which " + done + " were done");
  }

  private void loop(String what, List<Integer> failed) {
    KV kv = client.getKVClient();
    Map<String, Integer> outcomes = new TreeMap<>();
    double longest = 0;
    for (int i = 0; !isOver(); i++) {
      long from = System.nanoTime();
      String outcome =
          outcome(what.equals("put") ? kv.put(bytes("put/" + i), bytes("v")) : kv.get(bytes("a")));
      longest = Math.max(longest, (System.nanoTime() - from) / 1e9);
      outcomes.merge(outcome, 1, Integer::sum);
      if (!outcome.equals("answered")) {
        failed.add(i);
      }
    }
    say(what + ": longest " + String.format("%.1f s ", longest) + outcomes);
  }

  private static String outcome(CompletableFuture<?> future) {
    try {
      future.get(CALL_SECONDS_MAX, TimeUnit.SECONDS);
      return "answered";
    } catch (ExecutionException e) {
      return e.getCause().toString();
    } catch (TimeoutException e) {
      return "nothing within " + CALL_SECONDS_MAX + " s";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void lease() throws Exception {
    long id = client.getLeaseClient().grant(TTL_SECONDS).get().getID();
    client
        .getLeaseClient()
        .keepAlive(
            id,
            new StreamObserver<LeaseKeepAliveResponse>() {
              @Override
              public void onNext(LeaseKeepAliveResponse answer) {
                say("renewed for " + answer.getTTL() + " s");
              }

              @Override
              public void onError(Throwable failure) {
                say("onError: " + failure);
              }

              @Override
              public void onCompleted() {
                say("onCompleted");
              }
            });
    System.out.println("ready");
    awaitEnd();
  }

  /** A watch from now on, of which an event is told at once or not. */
  private void watch(boolean isTold) throws Exception {
    ConcurrentLinkedQueue<WatchEvent> told = new ConcurrentLinkedQueue<>();
    client
        .getWatchClient()
        .watch(
            bytes("w"),
            response -> {
              told.addAll(response.getEvents());
              say("told of revisions " + revisions(response.getEvents()));
            },
            failure -> say("onError: " + failure),
            () -> say("onCompleted"));
    if (isTold) {
      client.getKVClient().put(bytes("w"), bytes("1")).get();
    }
    System.out.println("ready");
    awaitEnd();
  }

  private static List<Long> revisions(List<WatchEvent> events) {
    return events.stream().map(event -> event.getKeyValue().getModRevision()).toList();
  }

  private void awaitEnd() throws InterruptedException {
    Thread.currentThread().join(Math.max(1, (endNanos - System.nanoTime()) / 1_000_000));
  }

  private void close() throws Exception {
    client.getKVClient().get(bytes("a")).get();
    System.out.println("ready");
    System.in.read();
    CompletableFuture<?> put = client.getKVClient().put(bytes("a"), bytes("1"));
    CompletableFuture<?> get = client.getKVClient().get(bytes("a"));
    Thread closer = new Thread(client::close);
    closer.start();
    closer.join(10_000);
    say(closer.isAlive() ? "close() waits" : "close() is done");
    awaitEnd();
    say("put: " + (put.isDone() ? outcome(put) : "still open"));
    say("get: " + (get.isDone() ? outcome(get) : "still open"));
  }
}
