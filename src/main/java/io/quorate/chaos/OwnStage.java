package io.quorate.chaos;

import io.quorate.chaos.cluster.Disk;
import io.quorate.chaos.cluster.LocalCluster;
import io.quorate.chaos.cluster.Member;
import io.quorate.chaos.cluster.Program;
import io.quorate.chaos.nemesis.Kind;
import io.quorate.chaos.nemesis.OwnSite;
import io.quorate.chaos.nemesis.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A cluster that the harness starts, and ends. */
final class OwnStage implements Stage {
  private final Consumer<String> says;
  private final Program program;
  private final List<Kind> kinds;
  private final LocalCluster cluster;

  /**
   * Members that do not run yet.
   *
   * @param folder where they are to lie
   * @throws IOException if the program is none that can be tested
   */
  OwnStage(Target.Own target, Options options, Path folder, Consumer<String> says)
      throws IOException {
    this.says = says;
    this.program = Program.of(target.command());
    this.kinds =
        OwnSite.possible(options.faults(), program, target.members(), Disk.missingHere(), says);
    if (kinds.isEmpty()) {
      throw new IOException("none of the faults can be done here");
    }
    this.cluster =
        LocalCluster.create(
            folder, OwnSite.setup(program, target.members(), kinds, options.seed()));
  }

  @Override
  public String title() {
    return program.title();
  }

  @Override
  public List<String> names() {
    return cluster.members().stream().map(Member::name).toList();
  }

  @Override
  public List<Kind> kinds() {
    return kinds;
  }

  @Override
  public void open() throws IOException {
    says.accept("starting " + cluster.members().size() + " members of " + title());
    cluster.startAll();
  }

  @Override
  public Map<String, String> endpoints() {
    Map<String, String> endpoints = new LinkedHashMap<>();
    cluster.members().forEach(member -> endpoints.put(member.name(), member.endpoint()));
    return endpoints;
  }

  @Override
  public Site site() {
    return new OwnSite(cluster);
  }

  @Override
  public void close() throws IOException {
    cluster.close();
  }
}
