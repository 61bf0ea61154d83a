package io.quorate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodSetTest {
  private static PodSet pod(int ordinal) throws Exception {
    String name = "q-1-" + ordinal;
    return PodSet.of("q-1", name, urls("https://" + name + ".peers.ns.svc:2380"));
  }

  private static List<EtcdUrl> urls(String list) throws Exception {
    return EtcdUrl.parseList(list);
  }

  @Test
  void knowsWhereTheOthersAreByItsOwnUrls() throws Exception {
    assertThat(pod(1).others(3))
        .containsExactly("https://q-1-0.peers.ns.svc:2380", "https://q-1-2.peers.ns.svc:2380");
    assertThat(EtcdUrl.texts(pod(0).urls(12))).containsExactly("https://q-1-12.peers.ns.svc:2380");
  }

  @Test
  void allPodsFoundTheSameCluster() throws Exception {
    DataDir.Owner first = pod(0).founding(3, "t").orElseThrow();
    DataDir.Owner third = pod(2).founding(3, "t").orElseThrow();
    assertThat(first.founders()).isEqualTo(third.founders()).hasSize(3);
    assertThat(first.identity().clusterId()).isEqualTo(third.identity().clusterId());
    assertThat(first.identity().memberId()).isNotEqualTo(third.identity().memberId());
    assertThat(pod(0).founding(1, "t").orElseThrow().identity().clusterId())
        .isNotEqualTo(first.identity().clusterId());
    assertThat(pod(2).founding(2, "t")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "https://q-1-3.peers.ns.svc:2380,3",
    "https://q-1-0.peers.ns.svc:2380,0",
    "https://q-1-10.peers.ns.svc:2380,10",
    "http://q-1-3.peers.ns.svc:2380,-1",
    "https://q-1-3.peers.ns.svc:2381,-1",
    "https://q-1-3.others.ns.svc:2380,-1",
    "https://q-1-03.peers.ns.svc:2380,-1",
    "https://q-1-x.peers.ns.svc:2380,-1",
    "https://q-2-3.peers.ns.svc:2380,-1",
    "https://evil/q-1-3.peers.ns.svc:2380,-1",
  })
  void knowsItsPodsAndNobodyElse(String url, int ordinal) throws Exception {
    assertThat(pod(1).ordinalOf(List.of(url)).orElse(-1)).isEqualTo(ordinal);
  }

  @Test
  void ofSeveralUrlsAllHaveToBeThoseOfThePod() throws Exception {
    PodSet two = PodSet.of("q", "q-0", urls("http://q-0.a:1,http://q-0.b:2"));
    assertThat(two.ordinalOf(List.of("http://q-4.b:2", "http://q-4.a:1"))).hasValue(4);
    assertThat(two.ordinalOf(List.of("http://q-4.a:1"))).isEmpty();
    assertThat(two.ordinalOf(List.of("http://q-4.a:1", "http://q-5.b:2"))).isEmpty();
    assertThat(two.ordinalOf(List.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"q", "q-", "q-x", "q-01", "q--1", "p-0", "q-10000", "q-1-0"})
  void refusesNamesThatAreNoPods(String name) {
    assertThatThrownBy(() -> PodSet.of("q", name, urls("http://" + name + ".a:1")))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "--stateful-set is \"q\", but --name is \""
                + name
                + "\", which is none of its pods q-0, q-1, ...");
  }

  @Test
  void refusesUrlsWithoutTheName() {
    assertThatThrownBy(() -> PodSet.of("q", "q-1", urls("http://10.0.0.1:2380")))
        .hasMessage(
            "--stateful-set needs URLs that begin with the name of the pod, but"
                + " --initial-advertise-peer-urls has http://10.0.0.1:2380");
    assertThatThrownBy(() -> PodSet.of("q", "q-1", urls("http://q-10.a:2380")))
        .hasMessageContaining("q-10.a");
  }
}
