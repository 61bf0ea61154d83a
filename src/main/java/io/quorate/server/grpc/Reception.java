package io.quorate.server.grpc;

import java.util.ArrayDeque;
import org.apache.pekko.http.scaladsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.HttpResponse;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BidiShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/**
 * Gives the requests of an HTTP/2 connection to their {@link Dispatcher} at once, on the thread of
 * the connection. Pekko HTTP makes a task of each, lest a handler that works for long holds up its
 * connection; ours parse and hand on. As tasks, requests that came together would be answered one
 * by one from several threads, and each answer written by itself.
 *
 * <p>Who handles the requests is known once the first one has come the way of Pekko HTTP.
 */
final class Reception
    extends GraphStage<BidiShape<HttpResponse, HttpResponse, HttpRequest, HttpRequest>> {
  private final Inlet<HttpResponse> answered = Inlet.create("answered");
  private final Outlet<HttpResponse> responses = Outlet.create("responses");
  private final Inlet<HttpRequest> requests = Inlet.create("requests");
  private final Outlet<HttpRequest> asked = Outlet.create("asked");
  private final BidiShape<HttpResponse, HttpResponse, HttpRequest, HttpRequest> shape =
      new BidiShape<>(answered, responses, requests, asked);
  private final Outflow outflow;

  Reception(Outflow outflow) {
    this.outflow = outflow;
  }

  @Override
  public BidiShape<HttpResponse, HttpResponse, HttpRequest, HttpRequest> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  /** What came of the request of a stream. */
  private record Settled(Object stream, Try<HttpResponse> result) {}

  private final class Logic extends GraphStageLogic {
    private final AsyncCallback<Settled> later = createAsyncCallback(this::onLater);
    private final ArrayDeque<HttpResponse> ready = new ArrayDeque<>();
    private @Nullable Connection connection;
    // Waits for Pekko HTTP to take it.
    private @Nullable HttpRequest waiting;
    private int pending;
    private int requestsMax = 1;
    private boolean allAnswered;

    Logic() {
      super(shape);
      setHandler(requests, new Requests());
      setHandler(asked, new Asked());
      setHandler(answered, new Answered());
      setHandler(responses, new Responses());
    }

    @Override
    public void preStart() {
      pull(requests);
      pull(answered);
    }

    private void onRequest(HttpRequest request) {
      Connection of = connection;
      if (of == null) {
        of = outflow.connection(request);
        connection = of;
      }
      Dispatcher dispatcher = of == null ? null : of.dispatcher();
      Object stream = request.getAttribute(Dispatcher.STREAM).orElse(null);
      if (of == null || dispatcher == null || stream == null) {
        waiting = request;
        ask();
      } else {
        requestsMax = dispatcher.limits().streamsPerConnectionMax();
        Future<HttpResponse> reply = dispatcher.apply(request, of);
        if (reply.isCompleted()) {
          settle(new Settled(stream, reply.value().get()));
        } else {
          pending++;
          reply.onComplete(
              result -> {
                later.invoke(new Settled(stream, result));
                return BoxedUnit.UNIT;
              },
              ExecutionContext.parasitic$.MODULE$);
        }
      }
      readOn();
    }

    private void ask() {
      HttpRequest next = waiting;
      if (next != null && isAvailable(asked)) {
        waiting = null;
        push(asked, next);
      }
    }

    private void readOn() {
      if (waiting == null
          && pending + ready.size() < requestsMax
          && !hasBeenPulled(requests)
          && !isClosed(requests)) {
        pull(requests);
      }
    }

    private void onLater(Settled settled) {
      pending--;
      settle(settled);
      readOn();
    }

    private void settle(Settled settled) {
      if (settled.result().isFailure()) {
        failStage(settled.result().failed().get());
        return;
      }
      ready.add(
          (HttpResponse) settled.result().get().addAttribute(Dispatcher.STREAM, settled.stream()));
      respond();
    }

    private void respond() {
      if (!ready.isEmpty() && isAvailable(responses)) {
        push(responses, ready.remove());
      }
      if (allAnswered && pending == 0 && ready.isEmpty()) {
        completeStage();
      }
    }

    /** From the client. */
    private final class Requests extends AbstractInHandler {
      @Override
      public void onPush() {
        onRequest(grab(requests));
      }

      @Override
      public void onUpstreamFinish() {
        if (waiting == null) {
          complete(asked);
        }
      }
    }

    /** To the handler, the way of Pekko HTTP. */
    private final class Asked extends AbstractOutHandler {
      @Override
      public void onPull() {
        ask();
        if (isClosed(requests)) {
          complete(asked);
        } else {
          readOn();
        }
      }

      @Override
      public void onDownstreamFinish(Throwable cause) {
        // Why is told by its answers.
      }
    }

    /** What came of those. */
    private final class Answered extends AbstractInHandler {
      @Override
      public void onPush() {
        ready.add(grab(answered));
        pull(answered);
        respond();
      }

      @Override
      public void onUpstreamFinish() {
        allAnswered = true;
        respond();
      }
    }

    /** To the client. */
    private final class Responses extends AbstractOutHandler {
      @Override
      public void onPull() {
        respond();
        readOn();
      }
    }
  }
}
