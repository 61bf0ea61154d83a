package io.quorate.server.grpc;

import io.quorate.base.EtcdError;

/** Calls of the protocol that this version does not serve. */
final class Unsupported {
  private static final String[] AUTH = {
    "AuthEnable",
    "AuthDisable",
    "AuthStatus",
    "Authenticate",
    "UserAdd",
    "UserGet",
    "UserList",
    "UserDelete",
    "UserChangePassword",
    "UserGrantRole",
    "UserRevokeRole",
    "RoleAdd",
    "RoleGet",
    "RoleList",
    "RoleDelete",
    "RoleGrantPermission",
    "RoleRevokePermission"
  };

  private Unsupported() {}

  /** A handler that says so. */
  static UnaryHandler call(String name) {
    return (context, array, offset, length, reply) ->
        reply.fail(
            EtcdError.Code.UNIMPLEMENTED, "etcdserver: " + name + " is not served in this version");
  }

  /** Adds the Auth service, of which nothing is served. */
  static void addAuthTo(MethodTable.Builder table) {
    for (String name : AUTH) {
      table.unary("etcdserverpb.Auth", name, call(name));
    }
  }
}
