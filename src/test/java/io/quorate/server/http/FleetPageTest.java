package io.quorate.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.fleet.FleetView;
import io.quorate.fleet.FleetView.Reach;
import io.quorate.fleet.FleetView.Seen;
import io.quorate.fleet.Status;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetPageTest {
  @Test
  void saysThatThereIsNone() {
    assertThat(FleetPage.render(FleetView.none(0xab), 0))
        .isEqualTo(
            "{\"running\":false,\"member_id\":\"ab\",\"raft_term\":0,\"leader\":\"0\","
                + "\"members\":[]}");
  }

  @Test
  void showsEachMemberWithTheNewestThatItTold() {
    Status status =
        new Status(
            "m1",
            "0.1.0",
            new Status.Raft(3, -1, false, 9),
            new Status.Store(8, 4096, 100),
            new Status.Health(true, false, List.of("NOSPACE")),
            new Status.Load(1000, 60));
    FleetView view =
        new FleetView(
            true,
            -1,
            3,
            -1,
            List.of(
                new Seen(-1, "m1", "h:1", Reach.REACHABLE, status, 0),
                new Seen(2, "a\"\n\\", "", Reach.ABSENT, null, 0)));
    assertThat(FleetPage.render(view, 2_500_000_000L))
        .isEqualTo(
            "{\"running\":true,\"member_id\":\"ffffffffffffffff\",\"raft_term\":3,"
                + "\"leader\":\"ffffffffffffffff\",\"members\":["
                + "{\"id\":\"ffffffffffffffff\",\"name\":\"m1\",\"address\":\"h:1\","
                + "\"reach\":\"reachable\",\"leads\":true,\"age_ms\":2500,\"version\":\"0.1.0\","
                + "\"raft_term\":3,\"leader\":\"ffffffffffffffff\",\"learner\":false,"
                + "\"applied_index\":9,\"revision\":8,\"db_size\":4096,\"db_size_in_use\":100,"
                + "\"serving\":true,\"quarantined\":false,\"alarms\":[\"NOSPACE\"],"
                + "\"heap_bytes\":1000,\"uptime_seconds\":60},"
                + "{\"id\":\"2\",\"name\":\"a\\\"\\u000a\\\\\",\"address\":\"\","
                + "\"reach\":\"absent\",\"leads\":false}]}");
    assertThat(view.size()).isEqualTo(1);
    assertThat(view.unreachable()).isZero();
  }
}
