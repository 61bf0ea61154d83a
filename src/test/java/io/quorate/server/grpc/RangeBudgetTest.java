package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.EtcdError;
import org.junit.jupiter.api.Test;

class RangeBudgetTest {
  private final RangeBudget budget = new RangeBudget(100);

  @Test
  void refusesWhatIsNotThereAndKeepsWhatWasTaken() {
    RangeBudget.Share first = budget.share();
    RangeBudget.Share second = budget.share();
    first.take(60);
    assertThatThrownBy(() -> second.take(41))
        .hasMessage(EtcdError.REQUEST_TOO_MANY_REQUESTS.text());
    second.take(40);
    assertThat(budget.takenBytes()).isEqualTo(100);
    assertThatThrownBy(budget::check).hasMessage(EtcdError.REQUEST_TOO_MANY_REQUESTS.text());
    first.close();
    budget.check();
    assertThat(budget.takenBytes()).isEqualTo(40);
  }

  @Test
  void givesBackOnceAndNothingIsTakenAfterwards() {
    RangeBudget.Share share = budget.share();
    share.takeAnyway(300);
    share.give(100);
    assertThat(budget.takenBytes()).isEqualTo(200);
    share.close();
    share.close();
    share.take(1000);
    share.give(5);
    assertThat(budget.takenBytes()).isZero();
  }
}
