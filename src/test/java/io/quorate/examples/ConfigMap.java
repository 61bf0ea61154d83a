package io.quorate.examples;

import io.quorate.client.Change;
import io.quorate.client.Client;
import io.quorate.client.Watch;
import io.quorate.client.WatchSignal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;

class ConfigMap implements Flow.Subscriber<WatchSignal> {
  private final Map<String, String> values = new ConcurrentHashMap<>();
  private Flow.Subscription subscription;

  static ConfigMap of(Client client, String prefix) {
    ConfigMap map = new ConfigMap();
    client.watch(Watch.prefix(prefix).withList()).subscribe(map);
    return map;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(1);
  }

  @Override
  public void onNext(WatchSignal signal) {
    if (signal instanceof WatchSignal.Listing listing) {
      if (listing.isFirst()) {
        values.clear();
      }
      listing.kvs().forEach(kv -> values.put(kv.keyText(), kv.valueText()));
    } else if (signal instanceof WatchSignal.Changes changes) {
      for (Change change : changes.changes()) {
        if (change.isDelete()) {
          values.remove(change.key().utf8());
        } else {
          values.put(change.kv().keyText(), change.kv().valueText());
        }
      }
    }
    subscription.request(1);
  }

  @Override
  public void onError(Throwable failure) {
    // Refused by a member, or the client was closed.
  }

  @Override
  public void onComplete() {}

  Map<String, String> values() {
    return Map.copyOf(values);
  }
}
