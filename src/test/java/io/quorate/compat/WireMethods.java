package io.quorate.compat;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import io.quorate.proto.etcd.AuthProto;
import io.quorate.proto.etcd.ClusterProto;
import io.quorate.proto.etcd.KvProto;
import io.quorate.proto.etcd.LeaseProto;
import io.quorate.proto.etcd.MaintenanceProto;
import io.quorate.proto.etcd.WatchProto;
import io.quorate.proto.health.HealthCheckRequest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every method of the API by its short name, with messages that are read from text. */
final class WireMethods {
  private static final Map<String, com.google.protobuf.Descriptors.MethodDescriptor> METHODS =
      methods();

  private WireMethods() {}

  private static Map<String, com.google.protobuf.Descriptors.MethodDescriptor> methods() {
    Map<String, com.google.protobuf.Descriptors.MethodDescriptor> methods = new TreeMap<>();
    List<FileDescriptor> files =
        List.of(
            KvProto.getDescriptor(),
            LeaseProto.getDescriptor(),
            WatchProto.getDescriptor(),
            MaintenanceProto.getDescriptor(),
            ClusterProto.getDescriptor(),
            AuthProto.getDescriptor(),
            HealthCheckRequest.getDescriptor().getFile());
    for (FileDescriptor file : files) {
      for (ServiceDescriptor service : file.getServices()) {
        boolean health = service.getName().equals("Health");
        for (com.google.protobuf.Descriptors.MethodDescriptor method : service.getMethods()) {
          methods.put((health ? "Health" : "") + method.getName(), method);
        }
      }
    }
    return methods;
  }

  static boolean exists(String name) {
    return METHODS.containsKey(name);
  }

  /** The path of a method, as {@code /etcdserverpb.KV/Put}. */
  static String path(String name) {
    com.google.protobuf.Descriptors.MethodDescriptor method = METHODS.get(name);
    if (method == null) {
      throw new IllegalArgumentException("no method " + name);
    }
    return "/" + method.getService().getFullName() + "/" + method.getName();
  }

  /** The method for grpc-java. */
  static MethodDescriptor<DynamicMessage, DynamicMessage> method(String name) {
    com.google.protobuf.Descriptors.MethodDescriptor method = METHODS.get(name);
    if (method == null) {
      throw new IllegalArgumentException("no method " + name);
    }
    return MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
        .setType(type(method))
        .setFullMethodName(path(name).substring(1))
        .setRequestMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
        .setResponseMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType())))
        .build();
  }

  private static MethodType type(com.google.protobuf.Descriptors.MethodDescriptor method) {
    if (method.isClientStreaming()) {
      return MethodType.BIDI_STREAMING;
    }
    return method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY;
  }

  /** A method that no server has, as {@code some.Service/Name}. */
  static MethodDescriptor<DynamicMessage, DynamicMessage> unknown(String path) {
    return method("Compact").toBuilder().setFullMethodName(path).build();
  }

  /**
   * A request of a method, read from protobuf's text form. A text that begins with {@code plus HEX}
   * has these encoded bytes merged into it, for what the text form refuses.
   */
  static DynamicMessage request(String name, String text) {
    String known = exists(name) ? name : "Compact";
    DynamicMessage.Builder builder = DynamicMessage.newBuilder(METHODS.get(known).getInputType());
    String plain = text;
    byte[] merged = {};
    if (text.startsWith("plus ")) {
      String[] words = text.split(" ", 3);
      merged = HexFormat.of().parseHex(words[1]);
      plain = words.length > 2 ? words[2] : "";
    }
    try {
      TextFormat.merge(plain, builder);
      return builder.mergeFrom(merged).build();
    } catch (TextFormat.ParseException | InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(name + " " + text + ": " + e.getMessage(), e);
    }
  }
}
