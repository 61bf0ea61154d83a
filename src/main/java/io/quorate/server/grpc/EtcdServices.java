package io.quorate.server.grpc;

import io.quorate.apply.SpaceCost;
import io.quorate.node.Node;
import java.security.SecureRandom;
import java.time.Duration;

/** All services of the client port as one table. */
public final class EtcdServices {
  /** How often streams that want a leader are looked at: an election time-out. */
  private static final Duration LEADER_CHECK = Duration.ofSeconds(1);

  private EtcdServices() {}

  /**
   * The table of one member.
   *
   * @param txnOpsMax operations in one list of a transaction
   * @param requestBytesMax the size of one write, in bytes
   * @param limits the transport's bounds
   * @param metrics where calls are counted
   */
  public static MethodTable of(
      Node node,
      HealthService health,
      MaintenanceService.Versions versions,
      long txnOpsMax,
      long requestBytesMax,
      Limits limits,
      CallMetrics metrics) {
    MethodTable.Builder table = MethodTable.builder(metrics);
    new KvService(node, txnOpsMax, requestBytesMax).addTo(table);
    new MaintenanceService(node, versions).addTo(table);
    new ClusterService(node).addTo(table);
    Unsupported.addAuthTo(table);
    RequireLeader leader = new RequireLeader(node);
    node.system()
        .scheduler()
        .scheduleWithFixedDelay(
            LEADER_CHECK, LEADER_CHECK, leader::check, node.system().executionContext());
    WatchService watch =
        new WatchService(node.watches(), node, WatchGuard.NONE, limits.requestBytesMax());
    table.bidiStream(WatchService.NAME, "Watch", leader.guard(watch));
    SpaceGuard space = new SpaceGuard(node);
    LeaseGuard guard =
        (context, call, id) ->
            call == LeaseGuard.Call.GRANT ? space.refusal(SpaceCost.LEASE_BYTES) : null;
    LeaseService lease =
        new LeaseService(
            node.leases(), node.leasePort(), node, guard, new SecureRandom()::nextLong);
    lease.addUnaryTo(table);
    table.bidiStream(LeaseService.NAME, "LeaseKeepAlive", leader.guard(lease::keepAlive));
    health.register(table);
    return table.guardAll(new MemberGuard(node)).build();
  }
}
