package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.base.EtcdError;
import io.quorate.base.EtcdException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class RefusalsTest {
  @Test
  void refusalIsTheSameWrappedOrNot() {
    Throwable refusal = EtcdError.NO_LEADER.exception();
    assertThat(Refusals.of(refusal)).isSameAs(refusal);
    assertThat(Refusals.of(new CompletionException(refusal))).isSameAs(refusal);
  }

  @Test
  void otherFailuresAreOfCodeUnknownWithTheirText() {
    EtcdException told = Refusals.of(new CompletionException(new IllegalStateException("x")));
    assertThat(told.code()).isEqualTo(EtcdError.Code.UNKNOWN);
    assertThat(told.text()).isEqualTo("x");
    assertThat(Refusals.of(new CompletionException("alone", null)).text()).isEqualTo("alone");
  }
}
