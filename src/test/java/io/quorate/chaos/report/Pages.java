package io.quorate.chaos.report;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Reads pages as the XML that they are, and measures the texts of their pictures. */
final class Pages {
  /** A text with the box that it fills at most. */
  record Box(String text, double left, double right, double top, double bottom) {
    boolean touches(Box other) {
      return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
  }

  private Pages() {}

  /** A page; an error if it is not well-formed. */
  static Document parse(String page) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      // Since Java 24 a parser takes a long page for an attack.
      factory.setAttribute("jdk.xml.maxGeneralEntitySizeLimit", "0");
      factory.setAttribute("jdk.xml.totalEntitySizeLimit", "0");
      return factory.newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    } catch (SAXException | IOException | ParserConfigurationException e) {
      throw new AssertionError("not well-formed: " + e.getMessage(), e);
    }
  }

  /** All elements of a name. */
  static List<Element> all(Document page, String name) {
    return elements(page.getElementsByTagName(name));
  }

  private static List<Element> elements(NodeList nodes) {
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  /** How wide and how high a picture is. */
  static double[] extent(Element svg) {
    String[] box = svg.getAttribute("viewBox").split(" ");
    return new double[] {Double.parseDouble(box[2]), Double.parseDouble(box[3])};
  }

  /** The styles of all elements of a name in a picture. */
  static List<String> styles(Element svg, String name) {
    return elements(svg.getElementsByTagName(name)).stream()
        .map(each -> each.getAttribute("class"))
        .toList();
  }

  /** The boxes of all texts of a picture. */
  static List<Box> boxes(Element svg) {
    Size size = svg.getAttribute("class").equals("wide") ? Size.WIDE : Size.NARROW;
    List<Box> boxes = new ArrayList<>();
    for (Element each : elements(svg.getElementsByTagName("text"))) {
      double x = Double.parseDouble(each.getAttribute("x"));
      double y = Double.parseDouble(each.getAttribute("y"));
      String text = each.getTextContent();
      double width = size.widthOf(text);
      double left =
          switch (each.getAttribute("text-anchor")) {
            case "end" -> x - width;
            case "middle" -> x - width / 2;
            default -> x;
          };
      boxes.add(new Box(text, left, left + width, y - 0.75 * size.font(), y + 0.2 * size.font()));
    }
    return boxes;
  }
}
