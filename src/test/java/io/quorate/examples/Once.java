package io.quorate.examples;

import io.quorate.client.Client;
import io.quorate.client.ClientException;
import io.quorate.client.Compare;
import io.quorate.client.KeyValue;
import io.quorate.client.Put;
import io.quorate.client.Txn;
import io.quorate.client.TxnResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

class Once {
  /** Creates a key once, whatever happens to the first answer. */
  static CompletionStage<Boolean> create(Client client, String key, String value) {
    return client
        .txn(Txn.when(Compare.absent(key)).then(Put.of(key, value)))
        .thenApply(TxnResult::succeeded)
        .exceptionallyCompose(
            failure ->
                failure instanceof ClientException.Ambiguous
                    ? client.get(key).thenApply(kv -> kv.isPresent() && isMine(kv.get(), value))
                    : CompletableFuture.failedStage(failure));
  }

  private static boolean isMine(KeyValue kv, String value) {
    return kv.valueText().equals(value) && kv.version() == 1;
  }
}
