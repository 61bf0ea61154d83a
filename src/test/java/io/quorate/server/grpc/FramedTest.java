package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.AbstractMessageLite;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.quorate.base.EtcdException;
import io.quorate.proto.etcd.PutRequest;
import org.junit.jupiter.api.Test;

class FramedTest {
  @Test
  void putsThePrefixBeforeTheMessage() {
    PutRequest put =
        PutRequest.newBuilder().setKey(ByteString.copyFrom(new byte[0x01_02_03])).build();
    Framed framed = Framed.of(put);
    int size = put.getSerializedSize();
    assertThat(framed.length()).isEqualTo(size + 5);
    assertThat(framed.message()).isEqualTo(put.toByteArray());
    assertThat(framed.unsafeArray())
        .startsWith(0, size >>> 24, (byte) (size >>> 16), (byte) (size >>> 8), (byte) size);
  }

  @Test
  void takesWhatWasEncodedByHand() {
    Framed framed = Framed.ofEncoded(new byte[] {9, 9, 9, 9, 9, 1, 2, 3, 7, 7}, 8);
    assertThat(framed.length()).isEqualTo(8);
    assertThat(framed.unsafeArray()).startsWith(0, 0, 0, 0, 3, 1, 2, 3);
    assertThat(framed.message()).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> Framed.ofEncoded(new byte[4], 4))
        .isInstanceOf(IllegalStateException.class);
  }

  /** A message whose size no int holds. */
  private static final class Huge extends AbstractMessageLite<Huge, Huge.Builder> {
    private abstract static class Builder extends AbstractMessageLite.Builder<Huge, Builder> {}

    @Override
    public int getSerializedSize() {
      return (int) 2_147_483_700L;
    }

    @Override
    public void writeTo(CodedOutputStream output) {}

    @Override
    public Parser<Huge> getParserForType() {
      throw new AssertionError();
    }

    @Override
    public MessageLite.Builder newBuilderForType() {
      throw new AssertionError();
    }

    @Override
    public MessageLite.Builder toBuilder() {
      throw new AssertionError();
    }

    @Override
    public MessageLite getDefaultInstanceForType() {
      throw new AssertionError();
    }

    @Override
    public boolean isInitialized() {
      return true;
    }
  }

  @Test
  void refusesMessagesThatNoArrayHolds() {
    assertThatThrownBy(() -> Framed.of(new Huge()))
        .isInstanceOf(EtcdException.class)
        .hasMessage("trying to send message larger than max (2147483700 vs. 2147483647)");
  }
}
