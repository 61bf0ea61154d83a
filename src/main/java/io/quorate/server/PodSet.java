package io.quorate.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The StatefulSet of Kubernetes to which a member belongs as one of its pods. Its pods are called
 * {@code NAME-0}, {@code NAME-1} and so on, and each is reached at the URLs of any other with the
 * one name in place of the other: so each member knows where all others are, however many there
 * will be.
 *
 * @param name the name of the set
 * @param ordinal which of its pods this member is
 * @param advertised the peer URLs of this member; each host begins with the name of the pod
 */
record PodSet(String name, int ordinal, List<EtcdUrl> advertised) {
  /** More pods than a cluster ever has members. */
  private static final int ORDINAL_DIGITS_MAX = 4;

  private static final Pattern ORDINAL = Pattern.compile("0|[1-9][0-9]{0,3}");

  /** Copies the list. */
  PodSet {
    advertised = List.copyOf(advertised);
  }

  /**
   * The set {@code name} as the member {@code pod} sees it.
   *
   * @throws ConfigException when the name or the URLs of the member are not those of such a pod
   */
  static PodSet of(String name, String pod, List<EtcdUrl> advertised) throws ConfigException {
    String prefix = name + "-";
    OptionalInt ordinal =
        pod.startsWith(prefix) ? number(pod.substring(prefix.length())) : OptionalInt.empty();
    if (ordinal.isEmpty()) {
      throw ConfigException.verify(
          "--stateful-set is "
              + GoText.quote(name)
              + ", but --name is "
              + GoText.quote(pod)
              + ", which is none of its pods "
              + name
              + "-0, "
              + name
              + "-1, ...");
    }
    for (EtcdUrl url : advertised) {
      if (!url.host().equals(pod) && !url.host().startsWith(pod + ".")) {
        throw ConfigException.verify(
            "--stateful-set needs URLs that begin with the name of the pod, but"
                + " --initial-advertise-peer-urls has "
                + url);
      }
    }
    return new PodSet(name, ordinal.getAsInt(), advertised);
  }

  private static OptionalInt number(String text) {
    return text.length() <= ORDINAL_DIGITS_MAX && ORDINAL.matcher(text).matches()
        ? OptionalInt.of(Integer.parseInt(text))
        : OptionalInt.empty();
  }

  String pod(int of) {
    return name + "-" + of;
  }

  /** The peer URLs of pod {@code of}, sorted by text. */
  List<EtcdUrl> urls(int of) {
    String own = pod(ordinal);
    return advertised.stream()
        .map(url -> url.at(pod(of) + url.host().substring(own.length()), url.port()))
        .sorted(EtcdUrl.BY_TEXT)
        .toList();
  }

  /** Which pod is reached at {@code peerUrls}; empty when it is none of this set. */
  OptionalInt ordinalOf(List<String> peerUrls) {
    Pattern pod = Pattern.compile("//" + Pattern.quote(name) + "-([0-9]{1,4})[.:/]");
    for (String url : peerUrls) {
      Matcher found = pod.matcher(url);
      if (!found.find() || !ORDINAL.matcher(found.group(1)).matches()) {
        continue;
      }
      int other = Integer.parseInt(found.group(1));
      boolean same = EtcdUrl.texts(urls(other)).equals(peerUrls.stream().sorted().toList());
      return same ? OptionalInt.of(other) : OptionalInt.empty();
    }
    return OptionalInt.empty();
  }

  /** The peer URLs of all of {@code size} pods but this one. */
  List<String> others(int size) {
    List<String> others = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      if (i != ordinal) {
        others.addAll(EtcdUrl.texts(urls(i)));
      }
    }
    return others;
  }

  /**
   * What the directory says of this pod when it founds a cluster of {@code size}.
   *
   * @param token what keeps clusters of equal URLs apart
   * @return empty where this pod would not be one of them
   */
  Optional<DataDir.Owner> founding(int size, String token) {
    if (ordinal >= size) {
      return Optional.empty();
    }
    TreeMap<String, List<EtcdUrl>> cluster = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      cluster.put(pod(i), urls(i));
    }
    MemberIdentity self = MemberIdentity.of(pod(ordinal), cluster, token);
    return Optional.of(new DataDir.Owner(self, MemberIdentity.founders(cluster, token)));
  }
}
