package io.quorate.chaos.report;

import io.quorate.chaos.report.Picture.Anchor;
import java.util.List;

/**
 * What the colours of a picture mean: a row of samples with words, in as many lines as it takes.
 */
final class Legend {
  static final double LINE = 17;
  private static final double SAMPLE = 14;

  /**
   * A colour and its meaning.
   *
   * @param style of the sample
   * @param fill what fills the sample; empty for what the style says
   * @param isLine whether the sample is a line instead of an area
   * @param words what it means
   */
  record Item(String style, String fill, boolean isLine, String words) {
    static Item area(String style, String words) {
      return new Item(style, "", false, words);
    }

    static Item line(String style, String words) {
      return new Item(style, "", true, words);
    }
  }

  private Legend() {}

  /** How high it is between these edges. */
  static double height(Size size, double left, double right, List<Item> items) {
    double x = left;
    int lines = items.isEmpty() ? 0 : 1;
    for (Item each : items) {
      double width = width(size, each);
      if (x > left && x + width > right) {
        x = left;
        lines++;
      }
      x += width;
    }
    return lines * LINE;
  }

  /** Draws it below {@code top} and says where it ends. */
  static double draw(Picture picture, double left, double right, double top, List<Item> items) {
    double x = left;
    double y = top;
    Size size = picture.size();
    for (Item each : items) {
      double width = width(size, each);
      if (x > left && x + width > right) {
        x = left;
        y += LINE;
      }
      sample(picture, x, y, each);
      String words = size.fit(each.words(), right - x - SAMPLE - 5);
      picture.text(x + SAMPLE + 5, y + 12, Anchor.START, "soft", words);
      x += width;
    }
    return items.isEmpty() ? top : y + LINE;
  }

  private static void sample(Picture picture, double x, double y, Item item) {
    if (item.isLine()) {
      picture.line(x, y + 8, x + SAMPLE, y + 8, item.style());
    } else if (item.fill().isEmpty()) {
      picture.rect(x + 1, y + 3, SAMPLE - 2, 10, item.style());
    } else {
      picture
          .out()
          .leaf(
              "rect",
              "x",
              x + 1,
              "y",
              y + 3,
              "width",
              SAMPLE - 2,
              "height",
              10,
              "class",
              item.style(),
              "fill",
              item.fill());
    }
  }

  private static double width(Size size, Item item) {
    return SAMPLE + 5 + size.widthOf(item.words()) + 16;
  }
}
