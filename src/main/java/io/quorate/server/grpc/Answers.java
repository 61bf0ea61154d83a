package io.quorate.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.quorate.base.EtcdError.Code;
import io.quorate.base.EtcdException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.scaladsl.model.ContentType;
import org.apache.pekko.http.scaladsl.model.HttpEntity;
import org.apache.pekko.http.scaladsl.model.HttpHeader;
import org.apache.pekko.http.scaladsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.MediaType;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.model.Trailer;
import org.apache.pekko.stream.scaladsl.Source;
import org.apache.pekko.util.ByteString;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The responses that gRPC knows, in the shapes that cost Pekko HTTP least. */
final class Answers {
  static final ContentType GRPC = contentType("application/grpc");

  private static final Seq<HttpHeader> OK_TRAILER = seq(List.of(header(GrpcHeaders.STATUS, "0")));

  /** 200 with the trailers of success; only the entity is missing. */
  private static final HttpResponse OK =
      (HttpResponse)
          HttpResponse.apply(
                  StatusCode.int2StatusCode(200),
                  seq(List.of()),
                  HttpEntity.Empty(),
                  org.apache.pekko.http.scaladsl.model.HttpProtocols.HTTP$div1$u002E1())
              .addAttribute(AttributeKeys.trailer, Trailer.apply(OK_TRAILER));

  private Answers() {}

  static ContentType contentType(String value) {
    // Pekko writes a charset in capitals, and last; some probes compare the header to the letter.
    return value.contains("; charset=utf-8")
        ? literal(value)
        : (ContentType) org.apache.pekko.http.javadsl.model.ContentTypes.parse(value);
  }

  private static ContentType literal(String value) {
    String[] parts = value.split("; ", -1);
    int slash = parts[0].indexOf('/');
    Map<String, String> named = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      named.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
    }
    // Keeps the order of up to four.
    scala.collection.immutable.Map<String, String> parameters =
        scala.collection.immutable.Map.from(CollectionConverters.asScala(named));
    return new ContentType.Binary(
        MediaType.customBinary(
            parts[0].substring(0, slash),
            parts[0].substring(slash + 1),
            MediaType.Compressible$.MODULE$,
            CollectionConverters.asScala(List.<String>of()).toList(),
            parameters,
            false));
  }

  static HttpHeader header(String name, String value) {
    return (HttpHeader) RawHeader.create(name, value);
  }

  static Seq<HttpHeader> seq(List<HttpHeader> headers) {
    return CollectionConverters.asScala(headers).toList();
  }

  /** One message and success: a strict entity, sent under flow control without being copied. */
  static HttpResponse ok(ContentType type, Framed message) {
    return OK.withEntity(strict(type, bytes(message)));
  }

  static HttpEntity.Strict strict(ContentType type, ByteString data) {
    return new HttpEntity.Strict(type, data);
  }

  static ByteString bytes(Framed message) {
    return ByteString.fromArrayUnsafe(message.unsafeArray(), 0, message.length());
  }

  /** A refusal without messages: headers only. */
  static HttpResponse refusal(ContentType type, int httpStatus, Code code, String text) {
    return refusal(type, httpStatus, status(code, text));
  }

  /** The refusal of a message encoding, with those that are understood. */
  static HttpResponse refusedEncoding(ContentType type, EtcdException why) {
    List<HttpHeader> headers = status(why.code(), why.text());
    headers.add(header(GrpcHeaders.ACCEPT_ENCODING, "gzip"));
    return refusal(type, 200, headers);
  }

  private static HttpResponse refusal(ContentType type, int httpStatus, List<HttpHeader> headers) {
    return response(httpStatus, headers, strict(type, ByteString.emptyByteString()));
  }

  /** Messages that come later, with a status behind them. */
  static HttpResponse streamed(
      ContentType type, int httpStatus, Source<HttpEntity.ChunkStreamPart, ?> parts) {
    @SuppressWarnings("unchecked") // the materialized value is not used
    Source<HttpEntity.ChunkStreamPart, Object> source = (Source) parts;
    return response(httpStatus, List.of(), new HttpEntity.Chunked(type, source));
  }

  static HttpResponse response(
      int status, List<HttpHeader> headers, org.apache.pekko.http.scaladsl.model.ResponseEntity e) {
    return HttpResponse.apply(StatusCode.int2StatusCode(status), seq(headers), e, OK.protocol());
  }

  /** The trailers of a stream. */
  static Seq<HttpHeader> trailer(Code code, String text) {
    return code == Code.OK ? OK_TRAILER : seq(status(code, text));
  }

  private static List<HttpHeader> status(Code code, String text) {
    List<HttpHeader> headers = new ArrayList<>(3);
    headers.add(header(GrpcHeaders.STATUS, Integer.toString(code.number())));
    if (!text.isEmpty()) {
      headers.add(header(GrpcHeaders.MESSAGE, GrpcHeaders.encodeMessage(text)));
    }
    return headers;
  }

  /** What a client is told of an exception; {@code unary} chooses grpc-go's words. */
  static EtcdException told(Throwable error, boolean unary) {
    if (error instanceof EtcdException known) {
      return known;
    }
    if (error instanceof InvalidProtocolBufferException malformed) {
      String what =
          unary ? "error unmarshalling request" : "failed to unmarshal the received message";
      boolean utf8 = String.valueOf(malformed.getMessage()).contains("UTF-8");
      return new EtcdException(
          Code.INTERNAL,
          "grpc: "
              + what
              + ": "
              + (utf8
                  ? "string field contains invalid UTF-8"
                  : "proto: cannot parse invalid wire-format data"));
    }
    return new EtcdException(Code.INTERNAL, "internal error: " + error);
  }
}
