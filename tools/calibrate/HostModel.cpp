// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/calibrate/HostModel.h"

namespace sennit::calibrate {
namespace {

constexpr int64_t headRows = 16, passageWidth = 32;

std::string number(int64_t value) {
  return std::to_string(value);
}
std::string activation(int64_t width) {
  return "tensor<?x" + number(width) + "xf32>";
}

/// Writes ops one after the other; `last` is the value that the next one reads.
class Text {
public:
  explicit Text(const std::string &format) : format(format) {}

  std::string body;

  std::string embed(const std::string &name, int64_t width) {
    std::string type = "!nn.weight<" + number(headRows) + "x" + number(width) + ", f32>";
    body += "    %" + name + "_table = nn.param \"" + name + "\" : " + type + "\n";
    body += "    %" + name + " = nn.embed %tokens, %" + name + "_table : (tensor<?xi32>, " + type + ") -> " +
            activation(width) + "\n";
    return "%" + name;
  }

  /// Of generated and prompt rows; the queries have `heads` heads.
  std::string attention(const std::string &name, const std::string &queries, int64_t heads,
                        const std::string &cache) {
    const std::string width = activation(heads * modelHeadDim);
    const std::string attributes = " {heads = " + number(heads) + " : i64, scale = 0.125 : f32}\n      : (" +
                                   width + ", " + cache + ", !nn.batch, tensor<?xi32>";
    body += "    %" + name + "_generated = nn.attention generated " + queries +
            ", %appended, %batch, %positions" + attributes + ") -> " + width + "\n";
    body += "    %" + name + " = nn.attention prompt " + queries + ", %appended, %batch, %positions into %" +
            name + "_generated" + attributes + ", " + width + ") -> " + width + "\n";
    return "%" + name;
  }

  std::string add(const std::string &a, const std::string &b, int64_t width) {
    body += "    %sum = nn.add " + a + ", " + b + " : " + activation(width) + "\n";
    return "%sum";
  }

  std::string linear(const std::string &input, int64_t n, int64_t k) {
    std::string index = number(count++);
    std::string type = "!nn.weight<" + number(n) + "x" + number(k) + ", " + format + ">";
    body += "    %w" + index + " = nn.param \"w" + index + "\" : " + type + "\n";
    body += "    %y" + index + " = nn.linear " + input + ", %w" + index + " : (" + activation(k) + ", " +
            type + ") -> " + activation(n) + "\n";
    return "%y" + index;
  }

private:
  std::string format;
  int64_t count = 0;
};

} // namespace

std::vector<size_t> walkOfAllPairs(size_t count) {
  std::vector<size_t> nodes;
  for (size_t i = 0; i < count; ++i) {
    nodes.push_back(i);
    for (size_t j = i + 1; j < count; ++j) {
      nodes.push_back(i);
      nodes.push_back(j);
    }
  }
  return nodes;
}

std::string modelText(const std::vector<int64_t> &widths, const std::string &format, int copies,
                      int64_t contextLength) {
  const int64_t q = modelHeads * modelHeadDim, kv = modelKvHeads * modelHeadDim;
  const std::string cache = "!nn.cache<" + number(modelKvHeads) + "x" + number(modelHeadDim) + ">";
  Text text(format);
  std::string queries = text.embed("queries", q), keys = text.embed("keys", kv);
  text.body += "    %appended = nn.cache_append %cache, " + keys + ", " + keys + ", %batch\n      : (" +
               cache + ", " + activation(kv) + ", " + activation(kv) + ", !nn.batch) -> " + cache + "\n";
  const std::string all = text.attention("all", queries, modelHeads, cache),
                    lean = text.attention("lean", keys, modelKvHeads, cache);
  // By way of a width that no measured shape has.
  const std::string ofAll = text.linear(all, passageWidth, q), ofLean = text.linear(lean, passageWidth, kv);
  std::string at = text.linear(text.add(ofAll, ofLean, passageWidth), widths.front(), passageWidth);
  const std::vector<size_t> walk = walkOfAllPairs(widths.size());
  for (int copy = 0; copy < copies; ++copy)
    for (size_t i = 0; i < walk.size(); ++i)
      at = text.linear(at, widths[walk[(i + 1) % walk.size()]], widths[walk[i]]);
  text.body += "    %rows = nn.gather_rows " + at + ", %wanted : (" + activation(widths.front()) +
               ", tensor<?xi32>) -> " + activation(widths.front()) + "\n";
  std::string logits = text.linear("%rows", headRows, widths.front());
  return "module attributes {nn.model = {context_length = " + number(contextLength) +
         " : i64, family = \"calibration\", head_dim = " + number(modelHeadDim) +
         " : i64, hidden_size = " + number(widths.front()) + " : i64, kv_heads = " + number(modelKvHeads) +
         " : i64, layers = 1 : i64, vocab_size = " + number(headRows) +
         " : i64}} {\n  func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, "
         "%wanted: tensor<?xi32>,\n                  %batch: !nn.batch, %cache: " +
         cache + ") -> (" + activation(headRows) + ", " + cache + ") {\n" + text.body + "    return " +
         logits + ", %appended : " + activation(headRows) + ", " + cache + "\n  }\n}\n";
}

} // namespace sennit::calibrate
