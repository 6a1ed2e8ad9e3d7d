// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/cli/Output.h"
#include "tools/cli/plan/Drawing.h"
#include "tools/cli/plan/OpStyle.h"
#include "tools/cli/plan/Renderings.h"

#include <algorithm>
#include <cmath>

using namespace sennit;
using namespace sennit::cli;

namespace {

// Sizes in px of a figure as wide as a page of two columns.
constexpr double width = 1080, left = 78, right = 22, plot = width - left - right;
constexpr double top = 70, laneHeight = 104, laneGap = 16;

/// Draws one figure.
class Figure {
public:
  explicit Figure(const PlanReport &report)
      : report(report), window(steadyWindow(report)), styles(stylesOf(report)) {
    for (const PlanPiece &piece : report.pieces)
      if (piece.end > piece.start && piece.end > window.begin && piece.start < window.end)
        visible.push_back(&piece);
    // A lane that the whole plan leaves empty is not shown; arithmetic always is.
    for (PlanLane lane : {PlanLane::Compute, PlanLane::Memory, PlanLane::Network})
      if (lane == PlanLane::Compute ||
          std::any_of(report.pieces.begin(), report.pieces.end(),
                      [&](const PlanPiece &piece) { return piece.lane == lane; }))
        lanes.push_back(lane);
    bottom = laneTop(lanes.back()) + laneHeight;
  }

  std::string run() {
    std::string body = title() + frames();
    for (const PlanPiece *piece : visible)
      body += bar(*piece);
    body += axis();
    double end = 0;
    body += legend(end);
    return svgDocument(width, end + 14, body);
  }

private:
  double span() const { return window.end - window.begin; }
  double x(double ms) const {
    return left + plot * (std::clamp(ms, window.begin, window.end) - window.begin) / span();
  }
  double laneTop(PlanLane lane) const {
    auto index = static_cast<double>(std::find(lanes.begin(), lanes.end(), lane) - lanes.begin());
    return top + index * (laneHeight + laneGap);
  }

  const OpStyle &styleOf(const std::string &op) const {
    return *std::find_if(styles.begin(), styles.end(), [&](const OpStyle &style) { return style.op == op; });
  }
  /// Every other layer is paler, so that neighbours tell themselves apart. The first in sight is not.
  std::string colourOf(const PlanPiece &piece) const {
    const std::string &colour = styleOf(piece.op).colour;
    return (piece.layer.value_or(0) - window.first.value_or(0)) % 2 ? paler(colour) : colour;
  }

  std::string title() const {
    const PlanReport::Load &load = report.load;
    std::string devices = report.devices == 1 ? "" : counted(report.devices, "device") + ", ";
    std::string head = (report.model.name.empty() ? report.model.family : report.model.name) + " on " +
                       report.target + " (" + devices + layoutText(report) + "), " +
                       counted(load.batch, "row") + ": " + std::to_string(load.generatedRows) +
                       " generated, " + std::to_string(load.promptRows) + " prompt";
    auto percent = [](double part, double whole) {
      return whole > 0 ? formatNumber(100 * part / whole, 1) + " %" : std::string("?");
    };
    std::string numbers = "plan " + formatNumber(report.planMs, 1) + " ms  \u00b7  " +
                          percent(report.planMs, report.sequentialMs) + " of sequential " +
                          formatNumber(report.sequentialMs, 1) + " ms  \u00b7  " +
                          percent(report.planMs, report.boundMs) + " of bound " +
                          formatNumber(report.boundMs, 1) + " ms  \u00b7  " +
                          formatNumber(report.tokensPerSecond, 0) + " tokens/s/GPU";
    // A long name makes the line smaller, not wider than the figure.
    double size = std::min(15.0, 15 * plot / textWidth(head, 15, true));
    return svgText(left, 28, head, {.size = size, .bold = true}) + svgText(left, 49, numbers, {.size = 12.5});
  }

  /// Lane backgrounds with their scale.
  std::string frames() const {
    std::string text;
    for (PlanLane lane : lanes) {
      double y = laneTop(lane);
      text += svgRect(left, y, plot, laneHeight, "#f5f5f3", "");
      text += svgText(20, y + laneHeight / 2, laneName(lane),
                      {.size = 13, .bold = true, .anchor = "middle", .rotated = true});
      text += svgText(34, y + laneHeight / 2, "share",
                      {.size = 10, .fill = "#666666", .anchor = "middle", .rotated = true});
      for (double share : {0.0, 0.5, 1.0}) {
        double level = y + laneHeight * (1 - share);
        text += svgLine(left - 4, level, left, level, "#888888");
        text += svgText(left - 8, level + 3.5, share == 0.5 ? ".5" : formatNumber(share, 0),
                        {.size = 10, .fill = "#666666", .anchor = "end"});
      }
      text += svgLine(left, y + laneHeight / 2, left + plot, y + laneHeight / 2, "#e4e4e0");
      for (const auto &[at, label] : ticks())
        text += svgLine(at, y, at, y + laneHeight, "#ebebe8");
    }
    return text;
  }

  /// What is left to arithmetic from time to time while `piece` runs: times and shares, one for each stretch.
  std::vector<std::pair<double, double>> leftTo(const PlanPiece &piece) const {
    double from = std::max(piece.start, window.begin), to = std::min(piece.end, window.end);
    std::vector<double> times = {from};
    for (const PlanPiece *other : visible)
      if (other->lane != PlanLane::Compute)
        for (double time : {other->start, other->end})
          if (time > from && time < to)
            times.push_back(time);
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    std::vector<std::pair<double, double>> stretches;
    for (size_t i = 0; i < times.size(); ++i) {
      double middle = (times[i] + (i + 1 < times.size() ? times[i + 1] : to)) / 2, share = 1;
      for (const PlanPiece *other : visible)
        if (other->lane != PlanLane::Compute && other->start <= middle && middle < other->end)
          share -= other->share;
      share = std::clamp(share, 0.0, 1.0);
      if (stretches.empty() || std::abs(stretches.back().second - share) > 1e-9)
        stretches.emplace_back(times[i], share);
    }
    return stretches;
  }

  /// One piece: a rectangle, or steps where arithmetic gets more or less as others come and go.
  std::string bar(const PlanPiece &piece) const {
    double base = laneTop(piece.lane) + laneHeight, x1 = x(piece.end);
    std::vector<std::pair<double, double>> stretches = {{piece.start, piece.share}};
    if (piece.lane == PlanLane::Compute)
      stretches = leftTo(piece);
    std::string points = svgPoint(x(stretches.front().first), base);
    // The label goes where a rectangle of the most room stands under the outline.
    double bestArea = -1, labelX = 0, labelWidth = 0, labelHeight = 0;
    for (size_t i = 0; i < stretches.size(); ++i) {
      double from = x(stretches[i].first), to = i + 1 < stretches.size() ? x(stretches[i + 1].first) : x1;
      double level = base - laneHeight * stretches[i].second;
      points += " " + svgPoint(from, level) + " " + svgPoint(to, level);
    }
    points += " " + svgPoint(x1, base);
    for (size_t i = 0; i < stretches.size(); ++i) {
      double lowest = 1;
      for (size_t j = i; j < stretches.size(); ++j) {
        lowest = std::min(lowest, stretches[j].second);
        double from = x(stretches[i].first), to = j + 1 < stretches.size() ? x(stretches[j + 1].first) : x1;
        // Beyond the width of any label, more height counts more than more width.
        double area = std::min(to - from, 110.0) * lowest * laneHeight + 0.01 * (to - from);
        if (area > bestArea) {
          bestArea = area;
          labelX = from;
          labelWidth = to - from;
          labelHeight = lowest * laneHeight;
        }
      }
    }
    std::string colour = colourOf(piece);
    std::string tip = piece.node + ", rows " + rowsText(piece.rows) + ", share " +
                      formatNumber(piece.share, 2) + ", " + formatNumber((piece.end - piece.start) * 1e3, 1) +
                      " us";
    return svgPolygon(points, colour, tip) +
           label(piece, colour, labelX, base - labelHeight, labelWidth, labelHeight);
  }

  /// The op's name and the piece's rows in the box, as much of it as there is room for.
  std::string label(const PlanPiece &piece, const std::string &colour, double x0, double y0, double w,
                    double h) const {
    constexpr double nameSize = 11.5, rowsSize = 10, pad = 3;
    const std::string rows = std::to_string(piece.rows.begin) + "\u2013" + std::to_string(piece.rows.end);
    SvgFont nameFont{.size = nameSize, .fill = inkOn(colour), .bold = true, .anchor = "middle"};
    SvgFont rowsFont{.size = rowsSize, .fill = inkOn(colour), .anchor = "middle"};
    auto longest = [&](double room) -> std::string {
      for (const std::string &name : styleOf(piece.op).names)
        if (textWidth(name, nameSize, true) + 2 * pad <= room)
          return name;
      return "";
    };
    double rowsWidth = textWidth(rows, rowsSize, false) + 2 * pad;
    double twoLines = nameSize + rowsSize + 7, middleX = x0 + w / 2, middleY = y0 + h / 2;
    std::string name = longest(w), upward = longest(h);
    bool hasName = !name.empty() && h >= nameSize + 2;
    // On a bar that is too low for a label, the label stands above it: the lane is empty there.
    if (piece.lane != PlanLane::Compute && h < rowsSize + 2) {
      rowsFont.fill = "#444444";
      std::string words = name + "  " + rows;
      if (name.empty() || textWidth(words, rowsSize, false) + 2 * pad > w)
        words = rowsWidth <= w ? rows : "";
      return words.empty() ? "" : svgText(middleX, y0 - 4, words, rowsFont);
    }
    if (hasName && rowsWidth <= w && h >= twoLines)
      return svgText(middleX, middleY - 2, name, nameFont) +
             svgText(middleX, middleY + rowsSize, rows, rowsFont);
    double gap = textWidth("  ", nameSize, true), both = textWidth(name, nameSize, true) + gap + rowsWidth;
    if (hasName && both <= w) {
      double start = middleX - both / 2 + pad;
      nameFont.anchor = rowsFont.anchor = "start";
      return svgText(start, middleY + 4, name, nameFont) +
             svgText(start + textWidth(name, nameSize, true) + gap, middleY + 4, rows, rowsFont);
    }
    SvgFont upNameFont = nameFont, upRowsFont = rowsFont; // for what reads upwards in a narrow bar
    upNameFont.rotated = upRowsFont.rotated = true;
    if (!upward.empty() && rowsWidth <= h && w >= twoLines)
      return svgText(middleX - 2, middleY, upward, upNameFont) +
             svgText(middleX + rowsSize, middleY, rows, upRowsFont);
    // Where one of the two has room: most lanes other than that of arithmetic hold one op, which the colour
    // tells.
    if (piece.lane != PlanLane::Compute && rowsWidth <= w && h >= rowsSize + 2)
      return svgText(middleX, middleY + 4, rows, rowsFont);
    if (hasName)
      return svgText(middleX, middleY + 4, name, nameFont);
    return upward.empty() || w < nameSize + 2 ? "" : svgText(middleX + 4, middleY, upward, upNameFont);
  }

  /// Where the time axis is marked, and how.
  std::vector<std::pair<double, std::string>> ticks() const {
    std::vector<std::pair<double, std::string>> marks;
    if (!(span() > 0))
      return marks;
    double us = span() * 1e3, step = niceStep(us / 12);
    int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    for (int i = 0; i * step <= us * (1 + 1e-9); ++i)
      marks.emplace_back(left + plot * i * step / us, formatNumber(i * step, digits));
    return marks;
  }

  std::string axis() const {
    std::string text = svgLine(left, bottom, left + plot, bottom, "#444444");
    for (const auto &[at, label] : ticks()) {
      text += svgLine(at, bottom, at, bottom + 5, "#444444");
      text += svgText(at, bottom + 18, label, {.size = 11, .anchor = "middle"});
    }
    std::string what = "time in the step";
    if (window.first && window.next)
      what = "time from the start of layer " + std::to_string(*window.first) + " to the start of layer " +
             std::to_string(*window.next);
    return text +
           svgText(left + plot / 2, bottom + 36, what + " (\u00b5s)", {.size = 12, .anchor = "middle"});
  }

  /// A swatch for each op in sight; `end` becomes the y where the legend ends.
  std::string legend(double &end) const {
    std::string text;
    double at = left, y = bottom + 58;
    for (const OpStyle &style : styles) {
      bool shown = std::any_of(visible.begin(), visible.end(),
                               [&](const PlanPiece *piece) { return piece->op == style.op; });
      if (!shown)
        continue;
      double length = 18 + textWidth(style.names.front(), 12, false) + 20;
      if (at + length > width - right) {
        at = left;
        y += 20;
      }
      text += svgRect(at, y - 10, 12, 12, style.colour, "");
      text += svgText(at + 18, y, style.names.front(), {.size = 12});
      at += length;
    }
    std::string note = "height: share of the machine";
    if (window.first && window.last && window.first != window.last)
      note += "; full colour: layer " + std::to_string(*window.first) + ", pale: layer " +
              std::to_string(*window.last);
    if (at + textWidth(note, 11, false) > width - right) {
      at = left;
      y += 20;
    }
    end = y;
    return text + svgText(width - right, y, note, {.size = 11, .fill = "#666666", .anchor = "end"});
  }

  const PlanReport &report;
  SteadyWindow window;
  std::vector<OpStyle> styles;
  std::vector<const PlanPiece *> visible; ///< in the window, in the order of the report
  std::vector<PlanLane> lanes;            ///< from the top
  double bottom = 0;                      ///< y of the time axis
};

} // namespace

std::string cli::renderPlanSvg(const PlanReport &report) {
  return Figure(report).run();
}
