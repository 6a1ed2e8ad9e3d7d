// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// Functions that every template can call.
#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Filters.h"

#include <algorithm>
#include <ctime>

namespace sennit::jinja {
namespace {

Value raiseException(const Arguments &arguments, Evaluator &e) {
  auto [message] = e.bind(arguments, {"message"}, 1);
  return e.failed() ? Value() : e.fail("the template refuses the conversation: " + e.textOf(*message));
}

Value range(const Arguments &arguments, Evaluator &e) {
  auto [first, second, third] = e.bind(arguments, {"start", "stop", "step"}, 1);
  if (e.failed())
    return Value();
  for (const Value *bound : {first, second, third})
    if (bound && !bound->isInteger() && !bound->isBoolean())
      return e.failKind("an integer", *bound);
  int64_t start = second ? first->asInteger() : 0, stop = (second ? second : first)->asInteger();
  int64_t step = third ? third->asInteger() : 1;
  if (step == 0)
    return e.fail("expected a step that is not zero, found 0");
  // As the sandbox of the reference does: a longer range is a mistake.
  constexpr uint64_t most = 100000;
  bool ascending = step > 0;
  if (ascending ? start >= stop : start <= stop)
    return e.makeList({});
  uint64_t distance = ascending ? uint64_t(stop) - uint64_t(start) : uint64_t(start) - uint64_t(stop);
  uint64_t stride = ascending ? uint64_t(step) : uint64_t(0) - uint64_t(step);
  uint64_t count = (distance - 1) / stride + 1;
  if (count > most)
    return e.fail("expected a range of at most 100000 numbers, found " + std::to_string(count));
  std::vector<Value> items;
  for (uint64_t i = 0; i < count; ++i)
    items.emplace_back(static_cast<int64_t>(uint64_t(start) + i * uint64_t(step)));
  return e.makeList(std::move(items));
}

/// The members that namespace(...) and dict(...) ask for: a mapping's, then the named ones.
bool members(const Arguments &arguments, Evaluator &e, Dict &result) {
  if (arguments.positional.size() > 1)
    e.fail("expected one mapping at most, found " + std::to_string(arguments.positional.size()) +
           " arguments");
  else if (!arguments.positional.empty() && arguments.positional[0].isDict())
    result = arguments.positional[0].asDict();
  else if (!arguments.positional.empty())
    e.failKind("a mapping", arguments.positional[0]);
  for (const auto &[name, value] : arguments.named)
    result.set(Value(name), value);
  return !e.failed();
}

Value makeNamespace(const Arguments &arguments, Evaluator &e) {
  Dict dict;
  return members(arguments, e, dict) ? e.makeNamespace(std::move(dict)) : Value();
}

Value makeDict(const Arguments &arguments, Evaluator &e) {
  Dict dict;
  return members(arguments, e, dict) ? e.makeDict(std::move(dict)) : Value();
}

Value strftimeNow(const Arguments &arguments, Evaluator &e) {
  auto [format] = e.bind(arguments, {"format"}, 1);
  if (e.failed())
    return Value();
  std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::string pattern = e.textOf(*format);
  // A widened field ("%100000d") would make the text as long as it likes.
  for (size_t i = 0; i + 1 < pattern.size(); ++i)
    if (pattern[i] == '%' && pattern[++i] >= '0' && pattern[i] <= '9')
      return e.fail("expected a time format without widths, found '" + pattern + "'");
  if (pattern.empty())
    return Value("");
  std::string text(pattern.size() * 64 + 64, '\0');
  text.resize(std::strftime(text.data(), text.size(), pattern.c_str(), &local));
  return e.makeString(std::move(text));
}

} // namespace

Value findGlobal(std::string_view name) {
  static constexpr std::pair<std::string_view, Function::Body> table[] = {
      {"raise_exception", raiseException}, {"range", range}, {"namespace", makeNamespace}, {"dict", makeDict},
      {"strftime_now", strftimeNow},
  };
  for (const auto &[known, body] : table)
    if (known == name)
      return Value(std::make_shared<Function>(body));
  return Value();
}

} // namespace sennit::jinja
