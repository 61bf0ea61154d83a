package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.apply.MemberIds;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ids were read from etcd 3.7.3, started with the same flags, by etcdctl endpoint status. */
class MemberIdentityTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--name=default | 14841639068965178418 | 10276657743932975437",
        "--name=e | 14841639068965178418 | 10276657743932975437",
        "--name a --initial-advertise-peer-urls http://127.0.0.1:22012"
            + " --initial-cluster a=http://127.0.0.1:22012"
            + " | 404114660879464160 | 12880908667108630643",
        "--name b --initial-advertise-peer-urls http://127.0.0.1:22012"
            + " --initial-cluster b=http://127.0.0.1:22012 --initial-cluster-token tok-1"
            + " | 6518789777852217502 | 2239899395169538035",
        "--name c --initial-advertise-peer-urls http://127.0.0.1:22013,http://127.0.0.1:22012"
            + " --initial-cluster c=http://127.0.0.1:22012,c=http://127.0.0.1:22013"
            + " | 11392758510868830254 | 585013157006888420",
        "--name d --initial-advertise-peer-urls http://localhost:22012"
            + " --initial-cluster d=http://localhost:22012 --initial-cluster-token="
            + " | 3501149423104513419 | 8688035753960247976",
        "--name f --initial-advertise-peer-urls http://192.0.2.2:22012"
            + " | 4018350448403412469 | 5593187843262505024"
      })
  void derivesTheIdsThatEtcdDerives(String args, String clusterId, String memberId)
      throws Exception {
    MemberIdentity identity = MemberIdentity.of(ConfigResolverTest.resolve(args.split(" ")));
    assertThat(Long.toUnsignedString(identity.clusterId())).isEqualTo(clusterId);
    assertThat(Long.toUnsignedString(identity.memberId())).isEqualTo(memberId);
  }

  /** Each row is one member of the same cluster. Its second member is listed twice. */
  @ParameterizedTest
  @CsvSource({
    "c1,'http://127.0.0.1:26012',9286722236557341013",
    "c2,'http://127.0.0.1:26022,http://127.0.0.1:26023',9834071869316613092",
    "c3,'http://127.0.0.1:26032',10740801299938612076"
  })
  void foundersAgreeOnAllIdsOfTheClusterThatEtcdWouldFound(String name, String urls, String id)
      throws Exception {
    ServeConfig config =
        ConfigResolverTest.resolve(
            "--name=" + name,
            "--initial-advertise-peer-urls=" + urls,
            "--initial-cluster-token=tok-3",
            "--initial-cluster=c3=http://127.0.0.1:26032,c2=http://127.0.0.1:26023,"
                + "c1=http://127.0.0.1:26012,c2=http://127.0.0.1:26022");
    Founding.check(config);
    MemberIdentity identity = MemberIdentity.of(config);
    assertThat(Long.toUnsignedString(identity.clusterId())).isEqualTo("4761182150180085774");
    assertThat(Long.toUnsignedString(identity.memberId())).isEqualTo(id);
    assertThat(MemberIdentity.founders(config))
        .containsExactly(
            founder("9286722236557341013", "c1", "http://127.0.0.1:26012"),
            founder(
                "9834071869316613092", "c2", "http://127.0.0.1:26022", "http://127.0.0.1:26023"),
            founder("10740801299938612076", "c3", "http://127.0.0.1:26032"));
  }

  private static MemberIdentity.Founder founder(String id, String name, String... urls) {
    return new MemberIdentity.Founder(Long.parseUnsignedLong(id), name, List.of(urls));
  }

  @Test
  void foundersAreInUnsignedOrderOfTheirIdsAndNotOfTheirNames() throws Exception {
    // From the ids above: default's is below 2^63, the other's is above.
    List<MemberIdentity.Founder> founders =
        MemberIdentity.founders(
            ConfigResolverTest.resolve(
                "--initial-cluster=a=http://localhost:2380,b=http://localhost:2381,"
                    + "c=http://localhost:2382,d=http://localhost:2383"));
    assertThat(founders)
        .extracting(MemberIdentity.Founder::id)
        .isSortedAccordingTo(Long::compareUnsigned)
        .contains(Long.parseUnsignedLong("10276657743932975437"));
    assertThat(founders).extracting(f -> f.id() < 0).contains(true, false);
    assertThat(founders).extracting(MemberIdentity.Founder::name).doesNotContain("default");
  }

  @Test
  void orderOfMembersDoesNotMatter() {
    // -1 is the largest id: unsigned order, not signed.
    assertThat(MemberIds.cluster(List.of(1L, -1L))).isEqualTo(MemberIds.cluster(List.of(-1L, 1L)));
  }

  @Test
  void memberAddedLaterHasItsTimeInItsId() {
    List<String> urls = List.of("http://localhost:2380");
    assertThat(MemberIds.member(urls, "etcd-cluster", OptionalLong.of(1_700_000_000)))
        .isNotEqualTo(MemberIds.member(urls, "etcd-cluster", OptionalLong.empty()));
  }
}
