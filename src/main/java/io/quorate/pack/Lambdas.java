package io.quorate.pack;

import java.lang.invoke.LambdaMetafactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Makes the lambdas of a class ones that an archive of classes can hold.
 *
 * <p>The JVM archives the classes that it spins for {@code LambdaMetafactory.metafactory}, and none
 * of those for {@code altMetafactory}, which is what a serializable lambda asks for: every function
 * of Scala, and every one that is passed to the Java API of Pekko. A start spun five hundred of
 * them, and then compiled what spins them. Nobody serializes a function here, so they ask for the
 * plain kind instead.
 */
final class Lambdas {
  private static final String FACTORY = "java/lang/invoke/LambdaMetafactory";
  private static final String ALTERNATIVE = "altMetafactory";
  private static final String PLAIN = "metafactory";
  private static final String PLAIN_TYPE =
      "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;"
          + "Ljava/lang/invoke/MethodType;Ljava/lang/invoke/MethodHandle;"
          + "Ljava/lang/invoke/MethodType;)Ljava/lang/invoke/CallSite;";

  /** The arguments that both factories take; what follows them is flags, markers and bridges. */
  private static final int COMMON_ARGUMENTS = 3;

  /**
   * Functions that are called by their erased method alone, so that no bridge is missed, and that
   * no caller casts to {@code Serializable}: Scala's, since scalac never writes that cast, and
   * those of Pekko, since they are serializable by their own type.
   */
  private static final Pattern KNOWN =
      Pattern.compile(
          "scala/Function\\d+|scala/runtime/java8/JFunction\\w+\\$mc\\w+\\$sp"
              + "|org/apache/pekko/japi/(function/)?\\w+");

  private Lambdas() {}

  /**
   * The class {@code file} with lambdas that can be archived, or {@code file} itself when there is
   * nothing to change, or when it is of a version that is not known.
   */
  static byte[] archivable(byte[] file) {
    if (!mentionsAlternative(file)) {
      return file;
    }
    ClassReader reader;
    try {
      reader = new ClassReader(file);
    } catch (IllegalArgumentException newer) {
      return file;
    }
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(new Rewriter(writer), 0);
    return writer.toByteArray();
  }

  /** A look that is cheaper than to read the class, of which few are concerned. */
  private static boolean mentionsAlternative(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1).contains(ALTERNATIVE);
  }

  private static final class Rewriter extends ClassVisitor {
    Rewriter(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String type, String signature, String[] exceptions) {
      MethodVisitor next = super.visitMethod(access, name, type, signature, exceptions);
      return new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitInvokeDynamicInsn(
            String method, String site, Handle factory, Object... arguments) {
          if (isAlternative(factory) && isPlainEnough(site, arguments)) {
            Handle plain = new Handle(factory.getTag(), FACTORY, PLAIN, PLAIN_TYPE, false);
            Object[] common = Arrays.copyOf(arguments, COMMON_ARGUMENTS);
            super.visitInvokeDynamicInsn(method, site, plain, common);
          } else {
            super.visitInvokeDynamicInsn(method, site, factory, arguments);
          }
        }
      };
    }
  }

  private static boolean isAlternative(Handle factory) {
    return factory.getOwner().equals(FACTORY) && factory.getName().equals(ALTERNATIVE);
  }

  private static boolean isPlainEnough(String site, Object[] arguments) {
    return KNOWN.matcher(Type.getReturnType(site).getInternalName()).matches()
        && !hasMarkers(arguments);
  }

  /** Whether the lambda is to be of more interfaces than the one of its type. */
  private static boolean hasMarkers(Object[] arguments) {
    int flags = (Integer) arguments[COMMON_ARGUMENTS];
    return (flags & LambdaMetafactory.FLAG_MARKERS) != 0
        && !arguments[COMMON_ARGUMENTS + 1].equals(0);
  }
}
