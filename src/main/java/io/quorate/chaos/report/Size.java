package io.quorate.chaos.report;

/**
 * Each picture is drawn twice, for a window and for a telephone, and the style shows one of them: a
 * picture that is only made smaller cannot be read. Lengths are in pixels of the picture.
 */
enum Size {
  WIDE("wide", 1080, 12, 20),
  NARROW("narrow", 372, 10.5, 9);

  /** How wide a letter is at most in the fonts of the style, as a part of its height. */
  private static final double LETTER = 0.61;

  private final String style;
  private final double width;
  private final double font;
  private final int gutterChars;

  Size(String style, double width, double font, int gutterChars) {
    this.style = style;
    this.width = width;
    this.font = font;
    this.gutterChars = gutterChars;
  }

  String style() {
    return style;
  }

  double width() {
    return width;
  }

  double font() {
    return font;
  }

  /** The most letters of a name beside a lane. */
  int gutterChars() {
    return gutterChars;
  }

  /** How wide a text is at most; letters of East Asia and small pictures count twice. */
  double widthOf(String text) {
    return text.codePoints().map(Size::columns).sum() * LETTER * font;
  }

  /** As much of a text as fits, with a mark if that is not all; nothing if not even a mark fits. */
  String fit(String text, double pixels) {
    int chars = (int) (pixels / (LETTER * font));
    if (widthOf(text) <= pixels || chars <= 0) {
      return chars <= 0 ? "" : text;
    }
    String cut = Words.cut(text, chars);
    while (widthOf(cut) > pixels && cut.length() > 1) {
      cut = Words.cut(text, cut.length() - 1);
    }
    return cut;
  }

  private static int columns(int codePoint) {
    boolean isWide = codePoint >= 0x1100 && !(codePoint >= 0x1e00 && codePoint < 0x2e80);
    return isWide ? 2 : 1;
  }
}
