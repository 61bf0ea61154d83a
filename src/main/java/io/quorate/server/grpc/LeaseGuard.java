package io.quorate.server.grpc;

import io.quorate.base.EtcdError;
import org.jspecify.annotations.Nullable;

/** Decides who may do what with leases. Called on the default dispatcher; it must not block. */
@FunctionalInterface
public interface LeaseGuard {
  /** The calls of the Lease service, as far as permission tells them apart. */
  enum Call {
    GRANT,
    REVOKE,
    KEEP_ALIVE,
    TIME_TO_LIVE,
    /** Time to live, and the keys. */
    KEYS,
    LEASES
  }

  /** Everybody may do everything: authentication is off. */
  LeaseGuard NONE = (context, call, id) -> null;

  /** Why the caller may not do that with lease {@code id}, or null if it may. */
  @Nullable EtcdError refusal(RequestContext context, Call call, long id);
}
