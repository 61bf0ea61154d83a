package io.quorate.embedded;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

class HealthExample {
  static String health() throws Exception {
    try (Quorate quorate = Quorate.start()) {
      URI endpoint = quorate.endpoints().get(0); // http://127.0.0.1:34567, for any client of etcd
      HttpRequest request = HttpRequest.newBuilder(endpoint.resolve("/health")).build();
      return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }
  }
}
