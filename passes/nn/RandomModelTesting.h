// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Models without meaning, for tests of what must hold for every one.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sennit {

/// A model whose ops read each other at random; its linears have 1, odd and even numbers of columns, and some
/// share weights.
inline std::string randomLinears(unsigned seed) {
  std::mt19937 generator(seed);
  std::string text =
      "func.func @step(%tokens: tensor<?xi32>, %positions: tensor<?xi32>, %wanted: tensor<?xi32>,"
      " %batch: !nn.batch) -> tensor<?x8xf32> {\n";
  const std::vector<int> widths = {1, 5, 8};
  auto tensor = [](int columns) { return "tensor<?x" + std::to_string(columns) + "xf32>"; };
  auto matrix = [](int rows, int k) {
    return "!nn.weight<" + std::to_string(rows) + "x" + std::to_string(k) + ", f32>";
  };
  for (int rows : widths) {
    std::string bias = "b" + std::to_string(rows);
    text += "  %" + bias + " = nn.param \"" + bias + "\" : !nn.weight<" + std::to_string(rows) + ", f32>\n";
    for (int k : widths)
      for (int copy = 0; copy < 3; ++copy) {
        std::string name = "w" + std::to_string(rows) + std::to_string(k) + std::to_string(copy);
        text += "  %" + name + " = nn.param \"" + name + "\" : " + matrix(rows, k) + "\n";
      }
  }
  text += "  %e = nn.param \"e\" : !nn.weight<50x8, f32>\n"
          "  %v0 = nn.embed %tokens, %e : (tensor<?xi32>, !nn.weight<50x8, f32>) -> tensor<?x8xf32>\n";
  std::vector<int> columns = {8};
  while (columns.size() <= 24 || columns.back() != 8) {
    int index = static_cast<int>(columns.size());
    // Near values are likelier, so that chains arise as well as values with many users.
    auto value = [&] { return std::max<int>(0, index - 1 - static_cast<int>(generator() % 3)); };
    int a = value(), b = value(), width = columns[a];
    std::string left = "%v" + std::to_string(a), op;
    switch (generator() % 8) {
    case 0:
    case 1:
    case 2:
    case 3: {
      int rows = widths[generator() % 3];
      bool hasBias = generator() % 3 == 0;
      op = "nn.linear " + left + ", %w" + std::to_string(rows) + std::to_string(width) +
           std::to_string(generator() % 3) + (hasBias ? " bias %b" + std::to_string(rows) : "") + " : (" +
           tensor(width) + ", " + matrix(rows, width) +
           (hasBias ? ", !nn.weight<" + std::to_string(rows) + ", f32>" : "") + ") -> " + tensor(rows);
      width = rows;
      break;
    }
    case 4:
      op = "nn.softmax " + left + " : " + tensor(width);
      break;
    case 5:
      op = "nn.silu " + left + " : " + tensor(width);
      break;
    default:
      op = std::string(generator() % 2 ? "nn.add " : "nn.mul ") + left + ", " +
           (columns[b] == width ? "%v" + std::to_string(b) : left) + " : " + tensor(width);
      break;
    }
    text += "  %v" + std::to_string(index) + " = " + op + "\n";
    columns.push_back(width);
  }
  std::string last = "%v" + std::to_string(columns.size() - 1);
  text +=
      "  %r = nn.gather_rows " + last + ", %wanted : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>\n";
  return text + "  return %r : tensor<?x8xf32>\n}\n";
}

} // namespace sennit
