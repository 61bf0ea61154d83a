package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.EtcdError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a handler sees while things happen to its stream at the same time. */
class StreamCallTest {
  private final Dispatcher.Shared shared =
      new Dispatcher.Shared(Limits.defaults(), new Outflow(1 << 20));
  private final List<String> seen = new ArrayList<>();

  private StreamCall open(Runnable duringMessage) {
    StreamMethod method =
        (context, out) ->
            new StreamHandler() {
              @Override
              public void onMessage(byte[] message) {
                seen.add("message");
                duringMessage.run();
                seen.add("done");
              }

              @Override
              public void onHalfClose() {
                seen.add("half");
              }

              @Override
              public void onCancel() {
                seen.add("cancel");
              }
            };
    MethodTable table = MethodTable.builder().bidiStream("t.T", "Talk", method).build();
    RequestContext context = RequestContext.of("/t.T/Talk", Map.of());
    StreamCall call =
        new StreamCall(
            shared, Flight.UNCOUNTED, context, table.find("/t.T/Talk"), new FrameDecoder(100, ""));
    call.onStart();
    return call;
  }

  @Test
  void aCancelWaitsForTheMessageThatIsUnderWay() {
    StreamCall[] call = new StreamCall[1];
    call[0] = open(() -> call[0].out().gone());
    call[0].onBytes(RawHttp2.grpc(0, new byte[1]));
    call[0].onEnd();
    assertThat(seen).containsExactly("message", "done", "cancel");
    assertThat(shared.streams()).isEmpty();
  }

  @Test
  void aStopWaitsForTheMessageThatIsUnderWay() {
    StreamCall[] call = new StreamCall[1];
    call[0] = open(() -> call[0].stop());
    call[0].onBytes(RawHttp2.grpc(0, new byte[1]));
    assertThat(seen).containsExactly("message", "done", "cancel");
    assertThat(call[0].out().finish())
        .isEqualTo(new OutboundQueue.End(EtcdError.STOPPED.code(), EtcdError.STOPPED.text()));
  }

  @Test
  void nothingFollowsACloseByTheHandler() {
    StreamCall[] call = new StreamCall[1];
    call[0] = open(() -> call[0].out().close());
    byte[] one = RawHttp2.grpc(0, new byte[1]);
    byte[] two = new byte[one.length * 2];
    System.arraycopy(one, 0, two, 0, one.length);
    System.arraycopy(one, 0, two, one.length, one.length);
    call[0].onBytes(two);
    call[0].onEnd();
    call[0].out().gone();
    assertThat(seen).containsExactly("message", "done");
  }
}
