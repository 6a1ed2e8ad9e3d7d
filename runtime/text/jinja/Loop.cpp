// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Loop.h"

namespace sennit::jinja {
namespace {

/// loop.cycle and loop.changed.
class LoopMethod final : public Object {
public:
  LoopMethod(std::weak_ptr<Loop> loop, bool cycle) : weakLoop(std::move(loop)), cycle(cycle) {}
  std::string_view kind() const override { return "method"; }
  bool callable() const override { return true; }
  Value call(const Arguments &arguments, Evaluator &evaluator) override {
    std::shared_ptr<Loop> loop = weakLoop.lock();
    const auto &given = arguments.positional;
    if (!loop || loop->items.empty())
      return evaluator.fail("expected a loop that runs, found one that has ended");
    if (cycle)
      return given.empty() ? evaluator.fail("expected something to cycle through, found nothing")
                           : given[loop->index % given.size()];
    // Wrapped in a list, so that the first call differs from one without arguments.
    Value now = evaluator.makeList(given);
    bool same = !loop->lastChanged.empty() && equals(loop->lastChanged[0], now, evaluator.budget());
    loop->lastChanged = {now};
    return Value(!same);
  }

private:
  std::weak_ptr<Loop> weakLoop; ///< Weak: the loop may hold this.
  bool cycle;
};

} // namespace

std::optional<Value> Loop::attribute(std::string_view name, Evaluator &evaluator) {
  auto number = [](size_t value) { return Value(static_cast<int64_t>(value)); };
  size_t count = items.size();
  if (name == "index")
    return number(index + 1);
  if (name == "index0")
    return number(index);
  if (name == "revindex")
    return number(count - index);
  if (name == "revindex0")
    return number(count - index - 1);
  if (name == "first")
    return Value(index == 0);
  if (name == "last")
    return Value(index + 1 == count);
  if (name == "length")
    return number(count);
  if (name == "depth")
    return number(depth);
  if (name == "depth0")
    return number(depth - 1);
  if (name == "previtem")
    return index > 0 && index <= count ? items[index - 1] : Value::undefined("loop.previtem");
  if (name == "nextitem")
    return index + 1 < count ? items[index + 1] : Value::undefined("loop.nextitem");
  if (name == "cycle" || name == "changed")
    return Value(std::make_shared<LoopMethod>(weak_from_this(), name == "cycle"));
  return std::nullopt;
}

Value Loop::call(const Arguments &arguments, Evaluator &evaluator) {
  auto [walked] = evaluator.bind(arguments, {"items"}, 1);
  if (evaluator.failed())
    return Value();
  return evaluator.callLoop(statement, around.lock(), *walked, depth + 1);
}

} // namespace sennit::jinja
