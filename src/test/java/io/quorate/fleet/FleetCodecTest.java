package io.quorate.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import io.quorate.fleet.FleetCommand.Leads;
import io.quorate.fleet.FleetCommand.Message;
import io.quorate.fleet.FleetCommand.Report;
import java.io.NotSerializableException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetCodecTest {
  private static final Report REPORT =
      new Report(
          -7,
          1_700_000_000_000L,
          300,
          true,
          new Status(
              "näme \"x\"",
              "0.1.0",
              new Status.Raft(12, -3, true, 1L << 40),
              new Status.Store(5, 1 << 20, 4096),
              new Status.Health(true, false, List.of("NOSPACE", "CORRUPT")),
              new Status.Load(100 << 20, 86_400)));

  @Test
  void readsWhatItWrote() throws Exception {
    FleetSerializer serializer = new FleetSerializer();
    for (Message message : List.of(REPORT, new Leads(-1, 9))) {
      byte[] bytes = serializer.toBinary(message);
      assertThat(serializer.fromBinary(bytes, serializer.manifest(message))).isEqualTo(message);
    }
  }

  @Test
  void ignoresWhatALaterVersionAdds() {
    Bytes longer = FleetCodec.encode(REPORT).concat(Bytes.utf8("more"));
    assertThat(FleetCodec.decode(FleetCodec.manifest(REPORT), longer)).isEqualTo(REPORT);
  }

  @Test
  void refusesEveryBeginningOfAMessage() {
    Bytes whole = FleetCodec.encode(REPORT);
    for (int size = 0; size < whole.size(); size++) {
      Bytes part = whole.slice(0, size);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> FleetCodec.decode(FleetCodec.manifest(REPORT), part));
    }
  }

  @Test
  void refusesKindsThatItDoesNotKnow() {
    assertThatThrownBy(() -> new FleetSerializer().fromBinary(new byte[8], "later"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("later");
  }

  @Test
  void boundsTextsAndAlarms() {
    Status.Health many =
        new Status.Health(true, true, Collections.nCopies(Status.ALARMS_MAX + 1, "NOSPACE"));
    assertThat(many.alarms()).hasSize(Status.ALARMS_MAX);
    Status told = REPORT.status();
    Status wordy = new Status("n".repeat(4000), "", told.raft(), told.store(), many, told.load());
    Report report = new Report(1, 1, 1, false, wordy);
    Report read = (Report) FleetCodec.decode("report", FleetCodec.encode(report));
    assertThat(read.status().name()).hasSize(FleetCodec.TEXT_BYTES_MAX);
  }

  @Test
  void refusesTextsThatNobodyMayWrite() {
    ByteWriter longer = new ByteWriter(1024).putLong(1).putVar(1).putVar(1).put(true);
    longer.putText("n".repeat(FleetCodec.TEXT_BYTES_MAX + 1));
    Bytes wordy = longer.toBytes().concat(FleetCodec.encode(REPORT));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FleetCodec.decode("report", wordy))
        .withMessageContaining("at most " + FleetCodec.TEXT_BYTES_MAX);
  }

  @Test
  void aReportOfAnotherLifeReplacesOneWithAHigherNumber() {
    Report reborn = new Report(-7, 1, 1, false, REPORT.status());
    Report earlier = new Report(-7, REPORT.life(), 299, true, REPORT.status());
    assertThat(reborn.isNewerThan(REPORT)).isTrue();
    assertThat(earlier.isNewerThan(REPORT)).isFalse();
    assertThat(REPORT.isNewerThan(REPORT)).isFalse();
  }
}
