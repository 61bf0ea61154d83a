package io.quorate.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who compiles against the client sees the JDK, the client, and values of ours: no library. */
class PublicTypesTest {
  private static final List<String> SEEN =
      List.of("java.", "io.quorate.client.", "io.quorate.base.");
  private static final List<String> INNER = List.of("wire", "pekko");

  private static List<Class<?>> publicTypes() throws IOException, URISyntaxException {
    Path root = Path.of(Client.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path home = root.resolve("io/quorate/client");
    try (Stream<Path> walk = Files.walk(home)) {
      return walk.filter(path -> path.toString().endsWith(".class"))
          .filter(path -> !INNER.contains(home.relativize(path).getName(0).toString()))
          .map(path -> root.relativize(path).toString().replace('/', '.'))
          .map(name -> name.substring(0, name.length() - ".class".length()))
          .filter(name -> !name.endsWith("package-info"))
          .<Class<?>>map(PublicTypesTest::load)
          .filter(PublicTypesTest::isPublic)
          .toList();
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, Client.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isPublic(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return isSeen(type.getModifiers()) && (outer == null || isPublic(outer));
  }

  private static boolean isSeen(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  /** What somebody names who uses {@code type}. */
  private static Set<String> named(Class<?> type) {
    Set<String> names = new TreeSet<>();
    add(names, type.getGenericSuperclass());
    add(names, type.getGenericInterfaces());
    add(names, type.getTypeParameters());
    for (Method method : type.getDeclaredMethods()) {
      if (isSeen(method.getModifiers())) {
        add(names, method.getGenericReturnType());
        add(names, method.getGenericParameterTypes());
        add(names, method.getGenericExceptionTypes());
        add(names, method.getTypeParameters());
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isSeen(constructor.getModifiers())) {
        add(names, constructor.getGenericParameterTypes());
        add(names, constructor.getGenericExceptionTypes());
      }
    }
    for (Field field : type.getDeclaredFields()) {
      if (isSeen(field.getModifiers())) {
        add(names, field.getGenericType());
      }
    }
    return names;
  }

  private static void add(Set<String> names, Type... types) {
    for (Type type : types) {
      if (type instanceof Class<?> plain) {
        Class<?> element = plain;
        while (element.isArray()) {
          element = element.getComponentType();
        }
        if (!element.isPrimitive()) {
          names.add(element.getName());
        }
      } else if (type instanceof ParameterizedType made) {
        add(names, made.getRawType());
        add(names, made.getActualTypeArguments());
      } else if (type instanceof GenericArrayType array) {
        add(names, array.getGenericComponentType());
      } else if (type instanceof WildcardType wild) {
        add(names, wild.getLowerBounds());
        add(names, wild.getUpperBounds());
      } else if (type instanceof TypeVariable<?> variable) {
        add(
            names,
            Arrays.stream(variable.getBounds())
                .filter(Class.class::isInstance)
                .toArray(Type[]::new));
      }
    }
  }

  private static boolean isAllowed(String name) {
    return SEEN.stream().anyMatch(name::startsWith) && !name.startsWith("io.quorate.client.wire.");
  }

  @Test
  void noTypeOfALibraryOrOfTheWireIsInAPublicSignature() throws Exception {
    List<Class<?>> types = publicTypes();
    assertThat(types).contains(Client.class, ClientBuilder.class, WatchSignal.Changes.class);
    for (Class<?> type : types) {
      assertThat(named(type)).as(type.getName()).allMatch(PublicTypesTest::isAllowed);
    }
  }

  /** What must not be. */
  static class Leaky<T extends io.grpc.Metadata> {
    public void take(List<? super io.grpc.Status[]> statuses, T more) {}
  }

  @Test
  void findsTypesOfLibrariesWhereverTheyAre() {
    assertThat(named(Leaky.class).stream().filter(name -> !isAllowed(name)))
        .containsExactly("io.grpc.Metadata", "io.grpc.Status");
  }
}
