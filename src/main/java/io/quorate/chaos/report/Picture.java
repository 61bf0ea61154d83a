package io.quorate.chaos.report;

/** Draws into an SVG element of a {@link Markup}. Colours and fonts are classes of the style. */
final class Picture {
  /** Where a text begins, relative to its place. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  private final Markup out;
  private final Size size;
  private final String id;

  /** A picture whose name {@code id} nothing else on the page has. */
  Picture(Markup out, Size size, String id) {
    this.out = out;
    this.size = size;
    this.id = id + "-" + size.style();
  }

  /** Begins it; {@code label} says to those who cannot see it what it shows. */
  void begin(double height, String label) {
    out.line()
        .open(
            "svg",
            "xmlns",
            "http://www.w3.org/2000/svg",
            "class",
            size.style(),
            "viewBox",
            "0 0 " + (int) size.width() + " " + (int) Math.ceil(height),
            "font-size",
            size.font(),
            "role",
            "img",
            "aria-label",
            label);
  }

  void end() {
    out.close().line();
  }

  Size size() {
    return size;
  }

  Markup out() {
    return out;
  }

  /** Defines stripes in each of the colours of faults; a style cannot refer to them by itself. */
  void defineStripes(int colours) {
    out.open("defs");
    for (int i = 0; i < colours; i++) {
      out.open(
          "pattern",
          "id",
          id + "-stripes" + i,
          "width",
          5,
          "height",
          5,
          "patternUnits",
          "userSpaceOnUse",
          "patternTransform",
          "rotate(45)");
      out.leaf("rect", "class", "k" + i, "width", 1.6, "height", 5).close();
    }
    out.close().line();
  }

  String stripes(int colour) {
    return "url(#" + id + "-stripes" + colour + ")";
  }

  void text(double x, double y, Anchor anchor, String style, String text) {
    if (anchor == Anchor.START) {
      out.element("text", text, "x", x, "y", y, "class", style);
    } else {
      String name = anchor == Anchor.END ? "end" : "middle";
      out.element("text", text, "x", x, "y", y, "class", style, "text-anchor", name);
    }
  }

  void rect(double x, double y, double width, double height, String style) {
    out.leaf("rect", "x", x, "y", y, "width", Math.max(0, width), "height", height, "class", style);
  }

  void line(double x1, double y1, double x2, double y2, String style) {
    out.leaf("path", "class", style, "d", "M" + at(x1, y1) + "L" + at(x2, y2));
  }

  void path(String d, String style) {
    if (!d.isEmpty()) {
      out.leaf("path", "class", style, "d", new Markup.Own(d));
    }
  }

  /** Two numbers for a path. */
  static String at(double x, double y) {
    return Markup.number(x) + " " + Markup.number(y);
  }
}
