package io.quorate.link;

import io.quorate.base.Durations;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The link of consensus to one member: dialled until it is open, and again whenever it breaks. One
 * attempt follows the other, so there is never more than one connection; what happens is told in
 * the order in which it happened. Safe for threads.
 */
final class MemberLink {
  /** Who is told. */
  interface Owner {
    void onUp(long member);

    void onDown(long member, boolean refused);

    /** The link was stopped, and nothing comes any more unless it is started again. */
    void onStopped(long member);
  }

  /** What a link does. */
  private sealed interface State {}

  /** Nothing: it is not wanted. */
  private record Stopped() implements State {}

  /** Waits for the next attempt. */
  private record Waiting(Cancellable timer) implements State {}

  /** Tries one URL, or is open. */
  private record Trying(Dialler.Attempt attempt) implements State {}

  private final long member;
  private final Preface preface;
  private final ActorSystem system;
  private final Dialler dialler;
  private final Owner owner;
  private final PeerTraffic traffic;
  private final InOrder tell = new InOrder();

  private State state = new Stopped();
  private List<PeerUrl> urls = List.of();
  private int nextUrl;
  private Duration pause;
  // How many URLs still have to refuse until the member counts as gone; 0 if nobody asks.
  private int probing;
  private int probes;
  private long probedNanos;
  private volatile @Nullable Open open;

  /** An open connection. */
  private record Open(SendQueue queue, long sinceNanos) {}

  MemberLink(
      long member,
      Preface preface,
      ActorSystem system,
      Dialler dialler,
      Owner owner,
      PeerTraffic traffic) {
    this.member = member;
    this.preface = preface;
    this.system = system;
    this.dialler = dialler;
    this.probedNanos = System.nanoTime() - probeWithin().toNanos();
    this.owner = owner;
    this.traffic = traffic;
    this.pause = dialler.timing().redial();
  }

  /** The URLs that are tried; none if the link was stopped. */
  synchronized List<PeerUrl> urls() {
    return urls;
  }

  /** Whether messages are sent at all. */
  boolean isOpen() {
    return open != null;
  }

  /** Puts {@code frames} into the queue of the open connection; without one they are dropped. */
  void send(List<SendQueue.OfMessage> frames) {
    Open now = open;
    int taken = now == null ? 0 : now.queue().offer(frames);
    if (taken < frames.size()) {
      traffic.sentFailures.add(frames.size() - taken);
    }
  }

  /** How long the link has been open. */
  Duration connectedFor() {
    Open now = open;
    return now == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - now.sinceNanos());
  }

  /** Dials these URLs from now on; none stops the link. {@link #tell} is to follow. */
  synchronized void connect(List<PeerUrl> newUrls) {
    if (urls.equals(newUrls)) {
      return;
    }
    urls = newUrls;
    nextUrl = 0;
    pause = dialler.timing().redial();
    if (state instanceof Trying trying) {
      trying.attempt().close(); // its end goes on
    } else {
      if (state instanceof Waiting waiting) {
        waiting.timer().cancel();
      }
      goOn(Duration.ZERO);
    }
  }

  /** Tells the owner what has happened. Not to be called under a lock. */
  void tell() {
    tell.run();
  }

  private void goOn(Duration delay) {
    if (urls.isEmpty()) {
      state = new Stopped();
      tell.add(() -> owner.onStopped(member));
    } else if (delay.isZero()) {
      attempt();
    } else {
      state =
          new Waiting(
              system.scheduler().scheduleOnce(delay, this::onPauseOver, system.dispatcher()));
    }
  }

  private synchronized void onPauseOver() {
    if (state instanceof Waiting) {
      attempt();
    }
  }

  private void attempt() {
    PeerUrl url = urls.get(nextUrl);
    nextUrl = (nextUrl + 1) % urls.size();
    SendQueue queue = new SendQueue();
    Dialler.Attempt attempt =
        dialler.dial(
            url,
            preface,
            () -> {
              onOpen(queue);
              return Frames.through(new WireStage(queue, MemberLink::refuse, keepAlive(), traffic));
            });
    state = new Trying(attempt);
    attempt
        .ended()
        .whenComplete(
            (done, error) -> {
              onEnded(attempt, error);
              tell.run();
            });
  }

  private Duration keepAlive() {
    return dialler.timing().keepAlive();
  }

  private Duration probeWithin() {
    return dialler.timing().probe();
  }

  private static void refuse(ByteString frame) {
    throw new RefusedException(
        Preface.Refusal.MESSAGE, "an answer of " + frame.size() + " bytes on a link of consensus");
  }

  private void onOpen(SendQueue queue) {
    synchronized (this) {
      if (probing > 0) {
        probing = 0;
        tell.add(() -> owner.onDown(member, false));
      }
      open = new Open(queue, System.nanoTime());
      traffic.opened();
      pause = dialler.timing().redial();
      tell.add(() -> owner.onUp(member));
    }
    tell.run();
  }

  private synchronized void onEnded(Dialler.Attempt attempt, @Nullable Throwable error) {
    if (attempt.wasAccepted()) {
      open = null;
      traffic.closed();
      // Somebody who accepts and closes at once is not dialled without a pause again and again.
      long sinceProbe = System.nanoTime() - probedNanos;
      if (attempt.wasClosedByPeer(error)
          && !urls.isEmpty()
          && sinceProbe >= probeWithin().toNanos()) {
        probe();
      } else {
        tell.add(() -> owner.onDown(member, false));
        goOn(attempt.wasClosedHere() ? Duration.ZERO : pause);
      }
      return;
    }
    if (probing > 0) {
      boolean refused = Dialler.isConnectionRefused(error);
      probing--;
      if (refused && probing > 0) {
        goOn(Duration.ZERO);
        return;
      }
      probing = 0;
      tell.add(() -> owner.onDown(member, refused));
    }
    Duration delay = attempt.wasClosedHere() ? Duration.ZERO : pause;
    Duration longer = Durations.times(pause, 2);
    Duration longest = dialler.timing().redialMax();
    pause = longer.compareTo(longest) < 0 ? longer : longest;
    goOn(delay);
  }

  private void probe() {
    probing = urls.size();
    probedNanos = System.nanoTime();
    int probe = ++probes;
    system
        .scheduler()
        .scheduleOnce(
            probeWithin(),
            () -> {
              giveProbeUp(probe);
              tell.run();
            },
            system.dispatcher());
    goOn(Duration.ZERO);
  }

  private synchronized void giveProbeUp(int probe) {
    if (probing > 0 && probe == probes) {
      probing = 0;
      tell.add(() -> owner.onDown(member, false));
    }
  }
}
