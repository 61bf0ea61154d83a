package io.quorate.compat.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.quorate.embedded.Quorate;
import io.quorate.junit.QuorateTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@QuorateTest
class AnnotatedTest {
  private static Quorate shared;
  private final Quorate ofConstructor;

  AnnotatedTest(Quorate quorate) {
    ofConstructor = quorate;
  }

  @BeforeAll
  static void remember(Quorate quorate) {
    shared = quorate;
  }

  static void answers(URI endpoint) throws Exception {
    var answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(endpoint.resolve("/health")).build(), BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), answer.body());
  }

  @Test
  void clusterOfTheClassAnswers(Quorate quorate) throws Exception {
    assertSame(shared, quorate);
    assertSame(shared, ofConstructor);
    answers(quorate.endpoints().get(0));
  }

  @Nested
  class Inner {
    @Test
    void sharesIt(Quorate quorate) {
      assertSame(shared, quorate);
    }
  }
}
