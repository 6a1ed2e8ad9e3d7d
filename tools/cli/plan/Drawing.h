// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Elements of an SVG file as text. Coordinates are in px, written with two digits, so that the same figure is
// the same bytes everywhere.
#pragma once

#include <string>

namespace sennit::cli {

struct SvgFont {
  double size = 12;
  std::string fill = "#222222";
  bool bold = false;
  std::string anchor = "start"; ///< start, middle or end: which point of the text lies at x
  bool rotated = false;         ///< read upwards, the middle of its line at (x, y)
};

/// One whole file with `body` in it.
std::string svgDocument(double width, double height, const std::string &body);
std::string svgText(double x, double y, const std::string &text, const SvgFont &font);
/// No outline where `stroke` is empty.
std::string svgRect(double x, double y, double width, double height, const std::string &fill,
                    const std::string &stroke);
std::string svgLine(double x0, double y0, double x1, double y1, const std::string &stroke);
/// "12.50,3.00", for the `points` of svgPolygon.
std::string svgPoint(double x, double y);
/// A closed shape; viewers show `tip` where the pointer rests on it.
std::string svgPolygon(const std::string &points, const std::string &fill, const std::string &tip);

/// About how wide `text` (UTF-8) comes out in Helvetica or Arial, rather more than less.
double textWidth(const std::string &text, double size, bool bold);
/// `colour` ("#rrggbb") mixed with white.
std::string paler(const std::string &colour);
/// Black or white, whichever reads better on `colour`.
std::string inkOn(const std::string &colour);
/// The smallest of 1, 2, 5 times a power of ten that is at least `least`, which is above 0.
double niceStep(double least);

} // namespace sennit::cli
