package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import io.quorate.mvcc.KeyRange;
import org.jspecify.annotations.Nullable;

/** Decides who may watch what. Called on the default dispatcher; it must not block. */
@FunctionalInterface
public interface WatchGuard {
  /** Everybody may watch everything: authentication is off. */
  WatchGuard NONE = (context, range) -> null;

  /**
   * Why the caller may not watch {@code range}, or null if it may. As with etcd only this watch is
   * refused, by a cancelled response with the error's text, and the stream goes on.
   */
  @Nullable EtcdError refusal(RequestContext context, KeyRange range);
}
