package io.quorate.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.quorate.proto.etcd.AuthProto;
import io.quorate.proto.etcd.ClusterProto;
import io.quorate.proto.etcd.KvProto;
import io.quorate.proto.etcd.LeaseProto;
import io.quorate.proto.etcd.MaintenanceProto;
import io.quorate.proto.etcd.WatchProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Compares our protocol files with facts read from the descriptors of etcd 3.7.3: every call, and
 * every message and enum that a call can reach, with names, numbers, types and unions.
 */
class ProtocolFactsTest {
  private static final List<FileDescriptor> FILES =
      List.of(
          KvProto.getDescriptor(),
          WatchProto.getDescriptor(),
          LeaseProto.getDescriptor(),
          ClusterProto.getDescriptor(),
          MaintenanceProto.getDescriptor(),
          AuthProto.getDescriptor());

  private final SortedSet<String> facts = new TreeSet<>();

  @Test
  void speaksTheProtocolOfEtcd() throws IOException {
    for (FileDescriptor file : FILES) {
      for (ServiceDescriptor service : file.getServices()) {
        service.getMethods().forEach(this::addCall);
      }
    }
    assertThat(List.copyOf(facts)).containsExactlyElementsOf(recorded());
  }

  private static List<String> recorded() throws IOException {
    try (InputStream in = ProtocolFactsTest.class.getResourceAsStream("/proto/etcd-3.7.3.txt")) {
      List<String> lines =
          new ArrayList<>(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
      lines.sort(Comparator.naturalOrder());
      assertThat(lines).hasSizeGreaterThan(100);
      return lines;
    }
  }

  private void addCall(MethodDescriptor call) {
    facts.add(
        "rpc %s/%s %s%s -> %s%s"
            .formatted(
                call.getService().getFullName(),
                call.getName(),
                call.isClientStreaming() ? "stream " : "",
                call.getInputType().getFullName(),
                call.isServerStreaming() ? "stream " : "",
                call.getOutputType().getFullName()));
    addMessage(call.getInputType());
    addMessage(call.getOutputType());
  }

  private void addMessage(Descriptor message) {
    String fields =
        message.getFields().stream()
            .sorted(Comparator.comparingInt(FieldDescriptor::getNumber))
            .map(ProtocolFactsTest::field)
            .collect(Collectors.joining("; "));
    if (!facts.add(("message " + message.getFullName() + " " + fields).strip())) {
      return;
    }
    for (FieldDescriptor field : message.getFields()) {
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        addMessage(field.getMessageType());
      } else if (field.getJavaType() == FieldDescriptor.JavaType.ENUM) {
        addEnum(field.getEnumType());
      }
    }
  }

  private void addEnum(EnumDescriptor type) {
    facts.add(
        "enum %s %s"
            .formatted(
                type.getFullName(),
                type.getValues().stream()
                    .map((EnumValueDescriptor v) -> v.getName() + "=" + v.getNumber())
                    .collect(Collectors.joining("; "))));
  }

  private static String field(FieldDescriptor field) {
    String type =
        switch (field.getJavaType()) {
          case MESSAGE -> field.getMessageType().getFullName();
          case ENUM -> field.getEnumType().getFullName();
          default -> field.getType().name().toLowerCase(Locale.ROOT);
        };
    return field.getName()
        + "="
        + field.getNumber()
        + ":"
        + (field.isRepeated() ? "repeated " : "")
        + type
        + (field.getContainingOneof() == null ? "" : "|" + field.getContainingOneof().getName());
  }
}
