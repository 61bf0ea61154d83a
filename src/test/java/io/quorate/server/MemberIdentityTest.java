package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;

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

  @Test
  void orderOfMembersDoesNotMatter() {
    // -1 is the largest id: unsigned order, not signed.
    assertThat(MemberIdentity.clusterId(List.of(1L, -1L)))
        .isEqualTo(MemberIdentity.clusterId(List.of(-1L, 1L)));
  }

  @Test
  void memberAddedLaterHasItsTimeInItsId() {
    List<String> urls = List.of("http://localhost:2380");
    assertThat(MemberIdentity.memberId(urls, "etcd-cluster", OptionalLong.of(1_700_000_000)))
        .isNotEqualTo(MemberIdentity.memberId(urls, "etcd-cluster", OptionalLong.empty()));
  }
}
