package io.quorate.client;

import io.grpc.Status;
import io.quorate.base.Bytes;
import java.util.concurrent.Flow.Publisher;
import org.testng.annotations.Test;

/** The rules of Reactive Streams for {@link Maintenance#snapshot}. */
@Test
public class MaintenanceRulesTest extends PublisherRules<Bytes> {
  private static final int PARTS_MAX = 1_000;

  @Override
  public long maxElementsFromPublisher() {
    return PARTS_MAX;
  }

  /** The last element is the digest, so that there is always one. */
  @Override
  public Publisher<Bytes> createFlowPublisher(long elements) {
    byte[] content = new byte[(int) Math.max(0, elements - 1)];
    member().maintenance().snapshot(FakeMaintenance.parts(content, 1), Status.OK);
    return client().maintenance().snapshot();
  }

  @Override
  Publisher<Bytes> failed(Client closed) {
    return closed.maintenance().snapshot();
  }
}
