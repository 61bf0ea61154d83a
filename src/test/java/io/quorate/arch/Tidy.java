package io.quorate.arch;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The rules on the text of a file. A problem reads {@code path:line: what is wrong, what to do}.
 */
final class Tidy {
  static final int COLUMNS_MAX = 100;
  static final int FILE_LINES_MAX = 500;
  static final int METHOD_LINES_MAX = 70;
  static final int CONSTRUCTOR_PARAMETERS_MAX = 7;

  private static final String PURE = "(base|raft|mvcc|lease|watch|auth|apply)";
  private static final Pattern PURE_PATH =
      Pattern.compile(".*src/main/java/io/quorate/" + PURE + "/.*");

  /** What no file may hold, by what to do about it. The words are split to pass their own rule. */
  private static final Map<Pattern, String> NOWHERE =
      Map.of(
          Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b"),
          "unfinished work, finish it or leave it out",
          Pattern.compile("/wo" + "rk/|/ho" + "me/|/ro" + "ot/"),
          "path of one machine, use a relative one");

  private static final Map<Pattern, String> NOT_IN_JAVA =
      Map.of(
          Pattern.compile("@Dis" + "abled\\b"),
          "disabled test, repair or remove it",
          Pattern.compile("Unsupported" + "OperationException"),
          "stub, write the method or leave it out",
          Pattern.compile("Thread\\.sl" + "eep|TimeUnit\\.[A-Z]+\\.sl" + "eep"),
          "sleep, wait for a condition instead",
          Pattern.compile("\\.printStack" + "Trace\\("),
          "stack trace on standard error, log it instead");

  /** Tests may say on standard output what they left out. */
  private static final Pattern PRINT = Pattern.compile("System\\.(out|err)\\.pri" + "nt");

  private static final Pattern HIDDEN_HASH =
      Pattern.compile("^(?!.*\\bHash(Map|Set)\\b.*=).*=\\s*new Hash(Map|Set)<");
  private static final Pattern HEADING = Pattern.compile("# .*");

  private Tidy() {}

  /** The problems of one file; {@code path} is relative and decides which rules there are. */
  static List<String> problems(String path, String text) {
    return problems(Map.of(path, text));
  }

  /** The problems of all files, given as text by path. */
  static List<String> problems(Map<String, String> files) {
    List<String> problems = new ArrayList<>();
    files.forEach((path, text) -> ofText(new Report(path, problems), path, text));
    trees(files, problems);
    return problems;
  }

  private static void ofText(Report report, String path, String text) {
    lines(report, path, text);
    if (path.endsWith(".md")) {
      markdown(report, text);
    }
    if (path.endsWith(".java")) {
      java(report, path, text);
    }
  }

  private static void lines(Report report, String path, String text) {
    List<String> lines = text.lines().toList();
    boolean java = path.endsWith(".java");
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      int number = i + 1;
      NOWHERE.forEach(
          (pattern, advice) -> {
            if (pattern.matcher(line).find()) {
              report.add(number, advice);
            }
          });
      if (line.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
        report.add(number, "control character, write it as an escape");
      }
      if (line.endsWith(" ")) {
        report.add(number, "trailing blank, remove it");
      }
      if (java && line.length() > COLUMNS_MAX && !line.startsWith("import ")) {
        report.add(number, line.length() + " columns, break after " + COLUMNS_MAX);
      }
    }
    if (java && lines.size() > FILE_LINES_MAX) {
      report.add(lines.size(), "more than " + FILE_LINES_MAX + " lines, split the file");
    }
    if (!text.isEmpty() && !text.endsWith("\n")) {
      report.add(lines.size(), "no line feed at the end, add it");
    }
  }

  private static void markdown(Report report, String text) {
    boolean code = false;
    int headings = 0;
    for (String line : text.lines().toList()) {
      code ^= line.startsWith("```");
      if (!code && HEADING.matcher(line).matches()) {
        headings++;
      }
    }
    if (headings != 1) {
      report.add(1, headings + " headings of the first level, have one");
    }
  }

  private static void java(Report report, String path, String text) {
    List<String> lines = text.lines().toList();
    boolean pure = PURE_PATH.matcher(path).matches();
    for (int i = 0; i < lines.size(); i++) {
      int number = i + 1;
      String line = lines.get(i);
      NOT_IN_JAVA.forEach(
          (pattern, advice) -> {
            if (pattern.matcher(line).find()) {
              report.add(number, advice);
            }
          });
      if (path.startsWith("src/main/") && PRINT.matcher(line).find()) {
        report.add(number, "print, log it instead");
      }
      Matcher hash = HIDDEN_HASH.matcher(line);
      if (pure && hash.find()) {
        report.add(
            number,
            "Hash"
                + hash.group(2)
                + " behind an interface, declare it as what it is so that"
                + " nobody iterates it");
      }
    }
    if (path.endsWith("package-info.java") && path.startsWith("src/main/")) {
      if (!text.contains("@NullMarked")) {
        report.add(1, "package without @NullMarked, add it");
      }
    }
  }

  private static void trees(Map<String, String> files, List<String> problems) {
    List<JavaFileObject> sources = new ArrayList<>();
    files.forEach(
        (path, text) -> {
          if (path.endsWith(".java")) {
            sources.add(source(path, text));
          }
        });
    if (sources.isEmpty()) {
      return;
    }
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, d -> {}, List.of("-proc:none"), null, sources);
    DocTrees trees = DocTrees.instance(task);
    try {
      for (CompilationUnitTree unit : task.parse()) {
        String path = unit.getSourceFile().toUri().getPath().substring(1);
        boolean main = path.startsWith("src/main/");
        new Shapes(new Report(path, problems), unit, trees, main).scan(unit, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JavaFileObject source(String path, String text) {
    return new SimpleJavaFileObject(URI.create("string:///" + path), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }

  private static final class Report {
    private final String path;
    private final List<String> problems;

    Report(String path, List<String> problems) {
      this.path = path;
      this.problems = problems;
    }

    void add(long line, String problem) {
      problems.add(path + ":" + line + ": " + problem);
    }
  }

  /** The rules that need to know where a method begins and ends. */
  private static final class Shapes extends TreePathScanner<Void, Void> {
    private final Report report;
    private final CompilationUnitTree unit;
    private final DocTrees docs;
    private final SourcePositions positions;
    private final boolean main;

    Shapes(Report report, CompilationUnitTree unit, Trees trees, boolean main) {
      this.report = report;
      this.unit = unit;
      this.docs = (DocTrees) trees;
      this.positions = trees.getSourcePositions();
      this.main = main;
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      long lines = endLine(method) - startLine(method) + 1;
      if (lines > METHOD_LINES_MAX) {
        report.add(
            startLine(method),
            "method of " + lines + " lines, split it below " + (METHOD_LINES_MAX + 1));
      }
      boolean constructor = method.getName().contentEquals("<init>");
      if (constructor) {
        checkParameters(method, method.getParameters().size());
      }
      return super.visitMethod(method, nothing);
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
      if (type.getKind() == Tree.Kind.RECORD) {
        long components =
            type.getMembers().stream()
                .filter(VariableTree.class::isInstance)
                .filter(
                    m -> !((VariableTree) m).getModifiers().getFlags().contains(Modifier.STATIC))
                .count();
        checkParameters(type, components);
      }
      TreePath path = getCurrentPath();
      boolean top = path.getParentPath().getLeaf() == unit;
      if (main
          && top
          && type.getModifiers().getFlags().contains(Modifier.PUBLIC)
          && docs.getDocComment(path) == null) {
        report.add(startLine(type), "public type without Javadoc, say what it is");
      }
      return super.visitClass(type, nothing);
    }

    private void checkParameters(Tree tree, long count) {
      if (count > CONSTRUCTOR_PARAMETERS_MAX) {
        report.add(
            startLine(tree),
            "constructor with "
                + count
                + " parameters, group them until there are "
                + CONSTRUCTOR_PARAMETERS_MAX);
      }
    }

    private long startLine(Tree tree) {
      return unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
    }

    private long endLine(Tree tree) {
      return unit.getLineMap().getLineNumber(positions.getEndPosition(unit, tree));
    }
  }
}
