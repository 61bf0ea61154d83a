package io.quorate.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.pekko.japi.function.Function;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

class LambdasTest {
  /** Has a lambda of each kind. Public, since it is loaded once more by another loader. */
  public static final class Example implements Supplier<List<Object>> {
    @Override
    public List<Object> get() {
      int seven = 7;
      Function<Integer, Integer> ofPekko = number -> number * seven;
      Runnable plain = () -> {};
      Runnable cast = (Runnable & Serializable) () -> {};
      return List.of(ofPekko, plain, cast);
    }
  }

  record Site(String factory, String type) {}

  @Test
  void aLambdaOfPekkoAsksForThePlainFactory() throws IOException {
    byte[] before = classFile(Example.class);
    assertThat(sites(before))
        .containsExactly(
            new Site("altMetafactory", "org.apache.pekko.japi.function.Function"),
            new Site("metafactory", "java.lang.Runnable"),
            new Site("altMetafactory", "java.lang.Runnable"));
    assertThat(sites(Lambdas.archivable(before)))
        .containsExactly(
            new Site("metafactory", "org.apache.pekko.japi.function.Function"),
            new Site("metafactory", "java.lang.Runnable"),
            new Site("altMetafactory", "java.lang.Runnable"));
  }

  @Test
  @SuppressWarnings("unchecked")
  void whatIsRewrittenDoesTheSame() throws Exception {
    Class<?> rewritten = define(Example.class, Lambdas.archivable(classFile(Example.class)));
    Supplier<List<Object>> example =
        (Supplier<List<Object>>) rewritten.getDeclaredConstructor().newInstance();
    List<Object> lambdas = example.get();
    assertThat(((Function<Integer, Integer>) lambdas.get(0)).apply(6)).isEqualTo(42);
    assertThat(lambdas.get(2)).isInstanceOf(Serializable.class);
  }

  /** Scala passes the erased method, and often a bridge that nobody calls. */
  @Test
  void lambdasOfScalaAskForThePlainFactory() throws IOException {
    byte[] before = classFile(scala.collection.immutable.LazyList.class);
    assertThat(sites(before)).extracting(Site::factory).contains("altMetafactory");
    assertThat(sites(Lambdas.archivable(before)))
        .hasSameSizeAs(sites(before))
        .extracting(Site::factory)
        .containsOnly("metafactory");
  }

  @Test
  void aClassWithNothingToChangeStaysAsItIs() throws IOException {
    byte[] before = classFile(String.class);
    assertThat(Lambdas.archivable(before)).isSameAs(before);
  }

  @Test
  void aClassOfAnUnknownVersionStaysAsItIs() throws IOException {
    byte[] newer = classFile(Example.class);
    newer[6] = 0x7f;
    assertThat(Lambdas.archivable(newer)).isSameAs(newer);
  }

  private static byte[] classFile(Class<?> type) throws IOException {
    String name = type.getName().replace('.', '/') + ".class";
    try (InputStream in = ClassLoader.getSystemResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private static Class<?> define(Class<?> type, byte[] file) throws ClassNotFoundException {
    return new ClassLoader(type.getClassLoader()) {
      @Override
      protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        return name.equals(type.getName())
            ? defineClass(name, file, 0, file.length)
            : super.loadClass(name, resolve);
      }
    }.loadClass(type.getName());
  }

  /** Those of the class's own code: javac repeats serializable ones where it would read them. */
  static List<Site> sites(byte[] file) {
    List<Site> sites = new ArrayList<>();
    new ClassReader(file)
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String type, String signature, String[] exceptions) {
                if (name.equals("$deserializeLambda$")) {
                  return null;
                }
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitInvokeDynamicInsn(
                      String method, String site, Handle factory, Object... arguments) {
                    if (factory.getOwner().endsWith("/LambdaMetafactory")) {
                      String result = site.substring(site.indexOf(")L") + 2, site.length() - 1);
                      sites.add(new Site(factory.getName(), result.replace('/', '.')));
                    }
                  }
                };
              }
            },
            0);
    return sites;
  }
}
