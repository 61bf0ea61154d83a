package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quorate.client.wire.Methods;
import io.quorate.proto.etcd.Member;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Endpoints that follow the list of members. */
class MemberSyncTest {
  private final FakeStore store = new FakeStore();

  private static void reconnect(Client client, Link link) {
    link.cut();
    Calls.get(client.get("k"));
  }

  @Test
  void membersThatAreToldOfAreAskedAndThoseThatAreNotAnyMoreAreLeft() {
    try (FakeMember one = new FakeMember(store);
        Link link = new Link(one);
        FakeMember two = new FakeMember(store);
        Client client = Client.at(link.endpoint()).open()) {
      await()
          .until(
              () -> {
                Calls.get(client.get("k"));
                return two.count(Methods.RANGE) > 0;
              });
      Member gone = store.members().remove(1);
      reconnect(client, link);
      await().until(() -> two.connections() == 0);
      store.members().add(gone);
      reconnect(client, link);
      await().until(() -> two.connections() == 1);
    }
  }

  @Test
  void addressesOfNoUseAreLeftOut() {
    try (FakeMember one = new FakeMember(store)) {
      for (String url : new String[] {"", "a/b://c", "unix://x:1", "http://no port"}) {
        store.members().add(Member.newBuilder().setID(url.hashCode()).addClientURLs(url).build());
      }
      try (Client client = Client.at(one.endpoint()).open()) {
        for (int i = 0; i < 10; i++) {
          Calls.get(client.put("k", "v"));
        }
      }
    }
  }

  @Test
  void givenEndpointStaysThoughMembersAdvertiseOthers() {
    try (FakeMember one = new FakeMember(store);
        Link link = new Link(one)) {
      store.members().clear();
      store
          .members()
          .add(Member.newBuilder().setID(one.id()).addClientURLs("http://127.0.0.1:1").build());
      try (Client client = Client.at(link.endpoint()).open()) {
        for (int i = 0; i < 10; i++) {
          Calls.get(client.get("k"));
          reconnect(client, link);
        }
      }
    }
  }

  @Test
  void nothingIsFollowedWithoutSync() {
    try (FakeMember one = new FakeMember(store);
        FakeMember two = new FakeMember(store);
        Client client = Client.at(one.endpoint()).withoutMemberSync().open()) {
      for (int i = 0; i < 10; i++) {
        Calls.get(client.get("k"));
      }
      assertThat(two.connections()).isZero();
      assertThat(one.connections()).isEqualTo(1);
    }
  }

  @Test
  void callsOnTheWayToAMemberThatIsRemovedEnd() {
    try (FakeMember one = new FakeMember(store);
        Link link = new Link(one);
        FakeMember two = new FakeMember(store);
        Client client = Client.at(link.endpoint()).callTimeout(Duration.ofSeconds(5)).open()) {
      two.on(Methods.PUT, call -> {});
      two.on(Methods.RANGE, call -> {});
      await()
          .until(
              () -> {
                client.put("k", "v").exceptionally(why -> null);
                return two.count(Methods.PUT) > 0;
              });
      var read = client.get("k");
      var write = client.put("other", "v").exceptionally(why -> null);
      store.members().remove(1);
      reconnect(client, link);
      Calls.get(read);
      Calls.get(write);
    }
  }
}
