package io.quorate.apply;

import io.quorate.base.ByteReader;
import io.quorate.base.ByteWriter;
import io.quorate.base.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * A member of the cluster as all know it.
 *
 * @param id its id, unsigned
 * @param name its name; empty until it has started for the first time
 * @param peerUrls where its peers reach it
 * @param clientUrls where it tells clients to reach it
 * @param learner whether it has no vote
 */
public record Member(
    long id, String name, List<String> peerUrls, List<String> clientUrls, boolean learner) {
  /** Copies the lists. */
  public Member {
    peerUrls = List.copyOf(peerUrls);
    clientUrls = List.copyOf(clientUrls);
  }

  Member promoted() {
    return new Member(id, name, peerUrls, clientUrls, false);
  }

  Member withPeerUrls(List<String> urls) {
    return new Member(id, name, urls, clientUrls, learner);
  }

  Member published(String newName, List<String> newClientUrls) {
    return new Member(id, newName, peerUrls, newClientUrls, learner);
  }

  /** Encodes everything but the id. */
  public Bytes encode() {
    ByteWriter out = new ByteWriter(128).putText(name);
    putAll(out, peerUrls);
    putAll(out, clientUrls);
    return out.put(learner).toBytes();
  }

  /** Decodes what {@link #encode} gave; {@link IllegalArgumentException} for anything else. */
  public static Member decode(long id, Bytes bytes) {
    ByteReader in = new ByteReader(bytes);
    return new Member(id, in.getText(), getAll(in), getAll(in), in.getBoolean());
  }

  private static void putAll(ByteWriter out, List<String> texts) {
    out.putVar(texts.size());
    texts.forEach(out::putText);
  }

  private static List<String> getAll(ByteReader in) {
    List<String> texts = new ArrayList<>();
    for (int left = in.getVarInt(); left > 0; left--) {
      texts.add(in.getText());
    }
    return texts;
  }
}
