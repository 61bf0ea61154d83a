package io.quorate.compat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/** Prints what a server stream answered, leaving out how it was cut into messages. */
final class StreamAnswer {
  private static final int PADDING_BYTES = 512;
  private static final int DIGEST_BYTES = 32;

  private StreamAnswer() {}

  /** The one line for all messages of a call of this method. */
  static String of(String method, List<DynamicMessage> messages, AnswerText answers) {
    if (method.equals("RangeStream")) {
      return rangeStream(messages, answers);
    }
    if (method.equals("Snapshot")) {
      return snapshot(messages);
    }
    StringBuilder all = new StringBuilder();
    messages.forEach(message -> all.append(all.isEmpty() ? "" : " | ").append(answers.of(message)));
    return all.toString();
  }

  /** All chunks as one answer; header, count and more belong into the last chunk alone. */
  private static String rangeStream(List<DynamicMessage> messages, AnswerText answers) {
    if (messages.isEmpty()) {
      return "no message";
    }
    DynamicMessage.Builder merged = messages.get(0).newBuilderForType();
    String misplaced = "";
    for (int i = 0; i < messages.size(); i++) {
      merged.mergeFrom(messages.get(i));
      FieldDescriptor inner = messages.get(i).getDescriptorForType().getFields().get(0);
      Message chunk = (Message) messages.get(i).getField(inner);
      boolean summary =
          chunk.getAllFields().keySet().stream().anyMatch(field -> !field.getName().equals("kvs"));
      if (summary != (i == messages.size() - 1)) {
        misplaced = "misplaced-summary ";
      }
    }
    return misplaced + answers.of(merged.build());
  }

  /** The shape of a snapshot: padding, digest and the count-down of the remaining bytes. */
  private static String snapshot(List<DynamicMessage> messages) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    long remaining = Long.MAX_VALUE;
    boolean falls = true;
    String version = "";
    for (DynamicMessage message : messages) {
      var type = message.getDescriptorForType();
      long now = (long) message.getField(type.findFieldByName("remaining_bytes"));
      falls &= now < remaining || now == 0;
      remaining = now;
      version = (String) message.getField(type.findFieldByName("version"));
      try {
        ((ByteString) message.getField(type.findFieldByName("blob"))).writeTo(body);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    byte[] bytes = body.toByteArray();
    int content = Math.max(0, bytes.length - DIGEST_BYTES);
    boolean padded = bytes.length % PADDING_BYTES == DIGEST_BYTES;
    boolean digest =
        Arrays.equals(sha256(bytes, content), Arrays.copyOfRange(bytes, content, bytes.length));
    return String.format(
        "padded=%s digest=%s remaining-falls=%s remaining-last=%d version=%s",
        padded, digest, falls, remaining, version);
  }

  private static byte[] sha256(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, length);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
