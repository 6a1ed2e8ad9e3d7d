// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/plan/Drawing.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace sennit;
using namespace sennit::cli;

namespace {

std::string coordinate(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", value == 0 ? 0.0 : value);
  return text;
}

std::string escaped(const std::string &text) {
  std::string out;
  for (char c : text)
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20) // no other control character is allowed in XML
      out += c;
  return out;
}

/// Red, green or blue of "#rrggbb".
int channel(const std::string &colour, int index) {
  return static_cast<int>(
      std::strtol(colour.substr(1 + 2 * static_cast<size_t>(index), 2).c_str(), nullptr, 16));
}

} // namespace

std::string cli::svgDocument(double width, double height, const std::string &body) {
  std::string w = coordinate(width), h = coordinate(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + w + "\" height=\"" + h + "\" viewBox=\"0 0 " +
         w + " " + h + "\" font-family=\"Helvetica, Arial, Liberation Sans, sans-serif\">\n" +
         svgRect(0, 0, width, height, "#ffffff", "") + body + "</svg>\n";
}

std::string cli::svgText(double x, double y, const std::string &text, const SvgFont &font) {
  std::string attributes = " x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" font-size=\"" +
                           coordinate(font.size) + "\" fill=\"" + font.fill + "\"";
  if (font.bold)
    attributes += " font-weight=\"bold\"";
  if (font.anchor != "start")
    attributes += " text-anchor=\"" + font.anchor + "\"";
  if (font.rotated)
    attributes += " transform=\"rotate(-90 " + coordinate(x) + " " + coordinate(y) + ")\"";
  return "<text" + attributes + ">" + escaped(text) + "</text>\n";
}

std::string cli::svgRect(double x, double y, double width, double height, const std::string &fill,
                         const std::string &stroke) {
  return "<rect x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" width=\"" + coordinate(width) +
         "\" height=\"" + coordinate(height) + "\" fill=\"" + fill + "\"" +
         (stroke.empty() ? "" : " stroke=\"" + stroke + "\"") + "/>\n";
}

std::string cli::svgLine(double x0, double y0, double x1, double y1, const std::string &stroke) {
  return "<line x1=\"" + coordinate(x0) + "\" y1=\"" + coordinate(y0) + "\" x2=\"" + coordinate(x1) +
         "\" y2=\"" + coordinate(y1) + "\" stroke=\"" + stroke + "\"/>\n";
}

std::string cli::svgPoint(double x, double y) {
  return coordinate(x) + "," + coordinate(y);
}

std::string cli::svgPolygon(const std::string &points, const std::string &fill, const std::string &tip) {
  return "<polygon points=\"" + points + "\" fill=\"" + fill +
         "\" stroke=\"#ffffff\" stroke-width=\"0.8\"><title>" + escaped(tip) + "</title></polygon>\n";
}

double cli::textWidth(const std::string &text, double size, bool bold) {
  double ems = 0;
  for (char c : text) {
    if ((c & 0xc0) == 0x80)
      continue; // the rest of a character of several bytes
    if (std::string(" .,:;'|/iljtf!()-[]").find(c) != std::string::npos)
      ems += 0.32;
    else if (c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '%')
      ems += 0.87;
    else if (c >= 'A' && c <= 'Z')
      ems += 0.71;
    else
      ems += 0.57;
  }
  return ems * size * (bold ? 1.05 : 1);
}

std::string cli::paler(const std::string &colour) {
  char text[8];
  auto mixed = [&](int index) {
    return static_cast<int>(std::lround(channel(colour, index) * 0.58 + 255 * 0.42));
  };
  std::snprintf(text, sizeof text, "#%02x%02x%02x", mixed(0) & 255, mixed(1) & 255, mixed(2) & 255);
  return text;
}

std::string cli::inkOn(const std::string &colour) {
  double light = 0.299 * channel(colour, 0) + 0.587 * channel(colour, 1) + 0.114 * channel(colour, 2);
  return light > 140 ? "#1a1a1a" : "#ffffff";
}

double cli::niceStep(double least) {
  double power = std::pow(10, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9))
      return factor * power;
  return 10 * power;
}
