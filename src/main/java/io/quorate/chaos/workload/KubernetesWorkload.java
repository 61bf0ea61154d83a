package io.quorate.chaos.workload;

import io.quorate.chaos.history.Guard;
import io.quorate.chaos.history.Reply;
import io.quorate.chaos.history.Request;
import io.quorate.chaos.history.Row;
import io.quorate.chaos.history.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Objects as kube-apiserver keeps them: created if they are not there, changed and deleted if they
 * are still what they were when they were read, read along where that failed, and listed.
 */
final class KubernetesWorkload implements Workload {
  private static final String PODS = "/registry/pods/";
  private static final int NAMESPACES = 3;
  private static final int PODS_OF_ONE = 8;

  private final Caller caller;
  private final RandomGenerator luck;
  private final Map<String, Long> modified = new HashMap<>();
  private long count;

  KubernetesWorkload(Caller caller, RandomGenerator luck) {
    this.caller = caller;
    this.luck = luck;
  }

  @Override
  public void step() {
    String namespace = PODS + "ns" + luck.nextInt(NAMESPACES) + "/";
    String pod = namespace + "pod" + luck.nextInt(PODS_OF_ONE);
    int dice = luck.nextInt(100);
    if (dice < 10) {
      caller.ask(Request.of(new Step.Scan(namespace))).ifPresent(this::listed);
    } else if (dice < 25) {
      caller.ask(Request.of(new Step.Read(pod))).ifPresent(reply -> seen(pod, reply, 0));
    } else {
      change(pod, dice);
    }
  }

  private void listed(Reply reply) {
    reply.results().get(0).rows().forEach(row -> modified.put(row.key(), row.modified()));
  }

  private void change(String pod, int dice) {
    long known = modified.getOrDefault(pod, 0L);
    boolean removes = known > 0 && dice < 40;
    Step change =
        removes ? new Step.Remove(pod) : new Step.Write(pod, caller.name() + "." + count++, 0);
    Guard guard = new Guard(pod, Guard.Field.MODIFIED, Long.toString(known));
    Request request =
        new Request(List.of(guard), List.of(change), List.of(new Step.Read(pod)), false);
    Optional<Reply> reply = caller.ask(request);
    if (reply.isEmpty()) {
      modified.remove(pod);
    } else if (!reply.get().succeeded()) {
      seen(pod, reply.get(), 0);
    } else {
      modified.put(pod, removes ? 0 : reply.get().revision());
    }
  }

  private void seen(String pod, Reply reply, long absent) {
    modified.put(pod, Translation.first(reply).map(Row::modified).orElse(absent));
  }
}
