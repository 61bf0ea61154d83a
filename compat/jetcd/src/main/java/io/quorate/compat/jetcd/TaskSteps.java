package io.quorate.compat.jetcd;

import static io.quorate.compat.jetcd.Tasks.bytes;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.watch.WatchEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Does the common tasks against a running server. Prints {@code ok <task>} for each and ends with 1
 * at the first that fails. The first argument is host and port; with a second one, {@code locks},
 * also those that need etcd's services for locks and elections.
 */
public final class TaskSteps {
  private static final long WAIT_SECONDS = 30;
  private static final int LISTED_KEYS = 1_200;

  private TaskSteps() {}

  /** Does all tasks. */
  public static void main(String[] args) {
    try (Client client = Client.builder().endpoints("http://" + args[0]).build()) {
      keys(client);
      watches(client);
      CompletableFuture<Void> lost = new CompletableFuture<>();
      CloseableClient alive =
          wait(Tasks.announce(client, "tasks/lease", 5, () -> lost.complete(null)));
      KeyValue announced = first(client, "tasks/lease");
      wait(client.getLeaseClient().revoke(announced.getLease()));
      wait(lost);
      alive.close();
      step("lease", true);
      if (args.length > 1 && args[1].equals("locks")) {
        locks(client);
      }
      Tasks.close(client);
      step("close", true);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }

  private static void keys(Client client) throws Exception {
    step("put-get", wait(Tasks.putAndGet(client, "tasks/a", "1")).equals("1"));
    KeyValue seen = first(client, "tasks/a");
    boolean isFirst = wait(Tasks.replace(client, seen, "2"));
    boolean isSecond = wait(Tasks.replace(client, seen, "3"));
    step("compare-and-swap", isFirst && !isSecond);
    for (int i = 0; i < LISTED_KEYS; i++) {
      wait(client.getKVClient().put(bytes("tasks/list/" + i), bytes("v")));
    }
    BlockingQueue<KeyValue> listed = new LinkedBlockingQueue<>();
    CompletableFuture<String> end = new CompletableFuture<>();
    Tasks.list(client, "tasks/list/", listed::add, end::complete);
    step("list", wait(end).equals("done") && listed.size() == LISTED_KEYS);
  }

  private static void watches(Client client) throws Exception {
    long from = first(client, "tasks/a").getModRevision();
    wait(client.getKVClient().put(bytes("tasks/w/1"), bytes("old")));
    wait(client.getKVClient().put(bytes("tasks/w/1"), bytes("older")));
    long at = first(client, "tasks/w/1").getModRevision();
    wait(client.getKVClient().compact(at));
    BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
    CompletableFuture<Void> gap = new CompletableFuture<>();
    Tasks.watch(
        client,
        "tasks/w/",
        from,
        response -> events.addAll(response.getEvents()),
        () -> gap.complete(null));
    wait(gap);
    step("watch", value(events).equals("older"));
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    Tasks.listThenWatch(
        client,
        "tasks/w/",
        kv -> told.add("listed " + kv.getValue().toString(StandardCharsets.UTF_8)),
        response ->
            response.getEvents().forEach(event -> told.add(event.getEventType().toString())));
    String listed = told.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    wait(client.getKVClient().delete(bytes("tasks/w/1")));
    String deleted = told.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    step("list-then-watch", "listed older".equals(listed) && "DELETE".equals(deleted));
  }

  private static void locks(Client client) throws Exception {
    CompletableFuture<String> work = new CompletableFuture<>();
    CompletableFuture<String> first = Tasks.locked(client, "tasks/lock", () -> work, () -> {});
    work.complete("done");
    step("lock", wait(first).equals("done"));
    step(
        "election",
        wait(Tasks.lead(
                client,
                "tasks/election",
                "me",
                () ->
                    client
                        .getElectionClient()
                        .leader(bytes("tasks/election"))
                        .thenApply(leader -> leader.getKv().getValue()),
                () -> {}))
            .equals(bytes("me")));
  }

  private static String value(BlockingQueue<WatchEvent> events) throws InterruptedException {
    WatchEvent event = events.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    return event == null
        ? "nothing"
        : event.getKeyValue().getValue().toString(StandardCharsets.UTF_8);
  }

  private static KeyValue first(Client client, String key) throws Exception {
    List<KeyValue> found = wait(client.getKVClient().get(bytes(key))).getKvs();
    return found.get(0);
  }

  private static <T> T wait(CompletableFuture<T> future) throws Exception {
    return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
  }

  private static void step(String name, boolean holds) {
    if (!holds) {
      throw new IllegalStateException("failed: " + name);
    }
    System.out.println("ok " + name);
  }
}
