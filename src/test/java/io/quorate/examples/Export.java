package io.quorate.examples;

import io.quorate.client.Client;
import io.quorate.client.KeyValue;
import io.quorate.client.Range;
import java.util.concurrent.Flow;

class Export {
  static Flow.Publisher<KeyValue> all(Client client) {
    return client.stream(Range.prefix("orders/"));
  }
}
