package io.quorate.compat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Prints answers so that two servers can be compared: what must be equal is printed as it is, what
 * may differ only as being there.
 *
 * <p>Differ may: ids of cluster and members, terms, raft indexes, sizes, the hash over a file, the
 * remaining time of a lease, lease ids chosen by the server, and ports.
 */
final class AnswerText {
  private static final int BYTES_SHOWN_MAX = 48;
  private static final int ELEMENTS_SHOWN_MAX = 12;
  private static final Set<String> ONLY_WHETHER_SET =
      Set.of(
          "StatusResponse.dbSize",
          "StatusResponse.dbSizeInUse",
          "StatusResponse.leader",
          "StatusResponse.raftIndex",
          "StatusResponse.raftTerm",
          "StatusResponse.raftAppliedIndex",
          "HashResponse.hash",
          "Member.ID",
          "AlarmMember.memberID",
          "LeaseTimeToLiveResponse.TTL");

  /** Repeated fields whose order the reference leaves to chance. */
  private static final Set<String> WITHOUT_ORDER =
      Set.of("LeaseTimeToLiveResponse.keys", "AlarmResponse.alarms");

  private static final Set<String> CHOSEN_WHEN_LARGE =
      Set.of("LeaseGrantResponse.ID", "LeaseStatus.ID");

  private final Map<String, String> replacements;

  /**
   * Makes a printer.
   *
   * @param replacements texts that differ between servers, and what is printed instead
   */
  AnswerText(Map<String, String> replacements) {
    this.replacements = replacements;
  }

  /** A status as its code and text. */
  String of(Status status) {
    String text = status.getDescription();
    return status.getCode() + (text == null || text.isEmpty() ? "" : " " + replaced(text));
  }

  /** A message as one line. */
  String of(Message message) {
    String header = "";
    List<String> parts = new ArrayList<>();
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      if (field.isRepeated()) {
        parts.add(repeated(field, (List<?>) entry.getValue()));
      } else if (isHeader(field)) {
        header = header((Message) entry.getValue());
      } else {
        parts.add(field(field, entry.getValue()));
      }
    }
    String name = message.getDescriptorForType().getName();
    boolean shouldHaveHeader =
        message.getDescriptorForType().findFieldByName("header") != null && header.isEmpty();
    String head = shouldHaveHeader ? "no-header" : header;
    String all = (head + " " + String.join(" ", parts)).trim();
    return name.endsWith("Response") && all.isEmpty() ? "empty" : all;
  }

  /** All elements, or from {@value #ELEMENTS_SHOWN_MAX} on their number and a checksum. */
  private String repeated(FieldDescriptor field, List<?> elements) {
    Stream<String> texts = elements.stream().map(element -> field(field, element));
    String id = field.getContainingType().getName() + "." + field.getName();
    String all =
        (WITHOUT_ORDER.contains(id) ? texts.sorted() : texts).collect(Collectors.joining(" "));
    if (elements.size() < ELEMENTS_SHOWN_MAX) {
      return all;
    }
    CRC32C checksum = new CRC32C();
    checksum.update(all.getBytes(StandardCharsets.UTF_8));
    String hex = Long.toHexString(checksum.getValue());
    return field.getName() + "[" + elements.size() + " crc=" + hex + "]";
  }

  private static boolean isHeader(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        && field.getMessageType().getName().equals("ResponseHeader");
  }

  /** Revision as it is; the two ids and the term only when one is missing. */
  private static String header(Message header) {
    StringBuilder text = new StringBuilder("rev=");
    List<String> missing = new ArrayList<>();
    for (FieldDescriptor field : header.getDescriptorForType().getFields()) {
      Object value = header.getField(field);
      if (field.getName().equals("revision")) {
        text.append(value);
      } else if (value.equals(0L)) {
        missing.add("no-" + field.getName());
      }
    }
    // A nested answer of a transaction carries nothing but the revision.
    if (missing.size() == 3) {
      return text.append("(only)").toString();
    }
    missing.forEach(name -> text.append(' ').append(name));
    return text.toString();
  }

  private String field(FieldDescriptor field, Object value) {
    if (value instanceof Message message) {
      return field.getName() + "{" + of(message) + "}";
    }
    String id = field.getContainingType().getName() + "." + field.getName();
    if (ONLY_WHETHER_SET.contains(id) && ((Number) value).longValue() != -1) {
      return field.getName() + "=set";
    }
    if (CHOSEN_WHEN_LARGE.contains(id) && ((Number) value).longValue() > 0xffff_ffffL) {
      return field.getName() + "=chosen";
    }
    if (field.getType() == FieldDescriptor.Type.UINT32) {
      return field.getName() + "=" + Integer.toUnsignedString((int) value);
    }
    return field.getName() + "=" + scalar(value);
  }

  private String scalar(Object value) {
    if (value instanceof ByteString bytes) {
      if (bytes.size() <= BYTES_SHOWN_MAX) {
        return '"' + TextFormat.escapeBytes(bytes) + '"';
      }
      String begin = TextFormat.escapeBytes(bytes.substring(0, 8));
      return '"' + begin + "..\"(" + bytes.size() + " bytes)";
    }
    if (value instanceof String text) {
      return '"' + replaced(text) + '"';
    }
    if (value instanceof EnumValueDescriptor constant) {
      return constant.getName();
    }
    return value.toString();
  }

  /** A text with the parts replaced that differ between servers. */
  String replaced(String text) {
    // Go's protobuf writes a blank or a non-breaking one, by chance of the build.
    String result = text.replace("\u00a0", " ").replace("%C2%A0", " ");
    for (Map.Entry<String, String> entry : replacements.entrySet()) {
      result = result.replace(entry.getKey(), entry.getValue());
    }
    return result;
  }
}
