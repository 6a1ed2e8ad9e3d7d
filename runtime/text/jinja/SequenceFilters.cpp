// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/SequenceFilters.h"

#include "runtime/text/jinja/Evaluate.h"
#include "runtime/text/jinja/Filters.h"
#include "runtime/text/jinja/Strings.h"

#include <algorithm>
#include <charconv>

namespace sennit::jinja {
namespace {

/// "a.b.0" of `value`: attributes or keys, and items where a part is a number.
Value attributePath(Evaluator &e, Value value, const Value &path) {
  if (path.isInteger())
    return e.item(value, path);
  std::string text = e.textOf(path);
  std::string_view rest = text;
  while (!e.failed()) {
    std::string_view part = rest.substr(0, rest.find('.'));
    int64_t index;
    auto result = std::from_chars(part.data(), part.data() + part.size(), index);
    bool number = !part.empty() && result.ec == std::errc() && result.ptr == part.data() + part.size();
    // Items win over attributes here: a mapping's key "items" is meant, not its method.
    value = e.item(value, number ? Value(index) : Value(part));
    if (part.size() == rest.size())
      break;
    rest.remove_prefix(part.size() + 1);
  }
  return value;
}

Value length(Evaluator &e, const Value &v, const Arguments &) {
  if (v.isString())
    return e.budget().spendBytes(v.asString().size())
               ? Value(static_cast<int64_t>(countCharacters(v.asString())))
               : Value();
  if (v.isList())
    return Value(static_cast<int64_t>(v.asList().size()));
  if (v.isDict())
    return Value(static_cast<int64_t>(v.asDict().size()));
  return v.isUndefined() ? Value(0) : e.failKind("a list, mapping or string", v);
}

Value first(Evaluator &e, const Value &v, const Arguments &) {
  std::vector<Value> items = e.itemsOf(v);
  return items.empty() ? Value::undefined("the first item of nothing") : items.front();
}
Value last(Evaluator &e, const Value &v, const Arguments &) {
  std::vector<Value> items = e.itemsOf(v);
  return items.empty() ? Value::undefined("the last item of nothing") : items.back();
}
Value list(Evaluator &e, const Value &v, const Arguments &) {
  return e.makeList(e.itemsOf(v));
}

Value reverse(Evaluator &e, const Value &v, const Arguments &) {
  std::vector<Value> items = e.itemsOf(v);
  std::reverse(items.begin(), items.end());
  if (!v.isString())
    return e.makeList(std::move(items));
  std::string text;
  for (const Value &item : items)
    text += item.asString();
  return e.makeString(std::move(text));
}

Value join(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [separator, path] = e.bind(arguments, {"d", "attribute"});
  std::string between = separator ? e.textOf(*separator) : "", text;
  bool starts = true;
  for (const Value &item : e.itemsOf(v)) {
    if (e.failed())
      return Value();
    if (!starts) {
      e.budget().spendBytes(between.size());
      text += between;
    }
    starts = false;
    print(path && !path->isNone() ? attributePath(e, item, *path) : item, text, e.budget());
  }
  return e.makeString(std::move(text));
}

Value items(Evaluator &e, const Value &v, const Arguments &) {
  if (v.isUndefined())
    return e.makeList({});
  if (!v.isDict())
    return e.failKind("a mapping", v);
  return callMethod(e, v, "items", {});
}

/// What map and the select family walk: nothing, where the subject is none or otherwise false.
std::vector<Value> itemsIfAny(Evaluator &e, const Value &v) {
  return truthOf(v) ? e.itemsOf(v) : std::vector<Value>();
}

/// A copy of the arguments without the first `count` positional ones.
Arguments without(const Arguments &arguments, size_t count) {
  Arguments rest = arguments;
  rest.positional.erase(rest.positional.begin(),
                        rest.positional.begin() + std::min(count, rest.positional.size()));
  return rest;
}

Value map(Evaluator &e, const Value &v, const Arguments &arguments) {
  std::vector<Value> mapped;
  if (arguments.positional.empty()) {
    auto [path, preset] = e.bind(arguments, {"attribute", "default"}, 1);
    if (e.failed())
      return Value();
    for (const Value &item : itemsIfAny(e, v)) {
      Value found = attributePath(e, item, *path);
      if (e.failed())
        return Value();
      mapped.push_back(found.isUndefined() && preset ? *preset : found);
    }
    return e.makeList(std::move(mapped));
  }
  std::string name = e.textOf(arguments.positional[0]);
  FilterBody filter = findFilter(name);
  if (!filter)
    return e.fail("the filter '" + name + "' is not supported", Code::Unsupported);
  Arguments rest = without(arguments, 1);
  for (const Value &item : itemsIfAny(e, v)) {
    if (!e.budget().spendSteps(1))
      break;
    mapped.push_back(filter(e, item, rest));
    if (e.failed())
      return Value();
  }
  return e.makeList(std::move(mapped));
}

/// select, reject, selectattr and rejectattr: the items for which a test (truth, if none is named) says
/// `wanted`.
Value select(Evaluator &e, const Value &v, const Arguments &arguments, bool byAttribute, bool wanted) {
  size_t at = byAttribute ? 1 : 0;
  const auto &given = arguments.positional;
  if (given.size() < at)
    return e.fail("expected the name of an attribute, found none");
  TestBody test = nullptr;
  if (given.size() > at) {
    std::string name = e.textOf(given[at]);
    test = findTest(name);
    if (!test)
      return e.fail("the test '" + name + "' is not supported", Code::Unsupported);
  }
  Arguments rest = without(arguments, at + 1);
  std::vector<Value> selected;
  for (const Value &item : itemsIfAny(e, v)) {
    if (!e.budget().spendSteps(1))
      break;
    Value tested = byAttribute ? attributePath(e, item, given[0]) : item;
    if (e.failed())
      return Value();
    if ((test ? test(e, tested, rest) : truthOf(tested)) == wanted)
      selected.push_back(item);
  }
  return e.makeList(std::move(selected));
}

Value selectItems(Evaluator &e, const Value &v, const Arguments &a) {
  return select(e, v, a, false, true);
}
Value rejectItems(Evaluator &e, const Value &v, const Arguments &a) {
  return select(e, v, a, false, false);
}
Value selectAttribute(Evaluator &e, const Value &v, const Arguments &a) {
  return select(e, v, a, true, true);
}
Value rejectAttribute(Evaluator &e, const Value &v, const Arguments &a) {
  return select(e, v, a, true, false);
}

Value foldCase(const Value &value, bool caseSensitive) {
  return value.isString() && !caseSensitive ? Value(toLower(value.asString())) : value;
}

/// Sorts pairs of a key and what belongs to it by key, stably; fails where two keys have no order.
void sortByKey(Evaluator &e, std::vector<std::pair<Value, Value>> &pairs, bool descending) {
  const Value *bad[2] = {};
  auto before = [&](const auto &a, const auto &b) {
    int result = 0;
    if (!bad[0] && !order(a.first, b.first, result, e.budget()))
      bad[0] = &a.first, bad[1] = &b.first;
    return !bad[0] && (descending ? result > 0 : result < 0);
  };
  // A merge sort of our own steps: std::stable_sort may not see an order that changes its mind, which a
  // failure does.
  std::vector<std::pair<Value, Value>> spare(pairs.size());
  for (size_t width = 1; width < pairs.size(); width *= 2) {
    for (size_t begin = 0; begin < pairs.size(); begin += 2 * width) {
      size_t middle = std::min(begin + width, pairs.size()), end = std::min(begin + 2 * width, pairs.size());
      for (size_t left = begin, right = middle, out = begin; out < end; ++out) {
        bool takeRight = left == middle || (right < end && before(pairs[right], pairs[left]));
        spare[out] = pairs[takeRight ? right++ : left++];
      }
    }
    if (bad[0]) {
      e.fail("expected keys that have an order, found " + std::string(kindName(*bad[0])) + " and " +
             std::string(kindName(*bad[1])));
      return;
    }
    pairs.swap(spare);
  }
}

Value sort(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [descending, caseSensitive, path] = e.bind(arguments, {"reverse", "case_sensitive", "attribute"});
  if (e.failed())
    return Value();
  std::vector<std::pair<Value, Value>> pairs;
  for (const Value &item : e.itemsOf(v)) {
    Value key = path && !path->isNone() ? attributePath(e, item, *path) : item;
    pairs.emplace_back(foldCase(key, caseSensitive && truthOf(*caseSensitive)), item);
  }
  sortByKey(e, pairs, descending && truthOf(*descending));
  std::vector<Value> sorted;
  for (auto &[key, item] : pairs)
    sorted.push_back(item);
  return e.failed() ? Value() : e.makeList(std::move(sorted));
}

Value dictSort(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [caseSensitive, by, descending] = e.bind(arguments, {"case_sensitive", "by", "reverse"});
  if (e.failed())
    return Value();
  if (!v.isDict())
    return e.failKind("a mapping", v);
  bool byValue = by && e.textOf(*by) == "value";
  std::vector<std::pair<Value, Value>> pairs;
  for (const auto &[key, value] : v.asDict().entries())
    pairs.emplace_back(foldCase(byValue ? value : key, caseSensitive && truthOf(*caseSensitive)),
                       e.makeList({key, value}, true));
  if (!e.failed())
    sortByKey(e, pairs, descending && truthOf(*descending));
  std::vector<Value> sorted;
  for (auto &[key, pair] : pairs)
    sorted.push_back(pair);
  return e.failed() ? Value() : e.makeList(std::move(sorted));
}

Value unique(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [caseSensitive, path] = e.bind(arguments, {"case_sensitive", "attribute"});
  if (e.failed())
    return Value();
  Dict seen;
  std::vector<Value> kept;
  for (const Value &item : e.itemsOf(v)) {
    Value key = path && !path->isNone() ? attributePath(e, item, *path) : item;
    key = foldCase(key, caseSensitive && truthOf(*caseSensitive));
    size_t before = seen.size();
    if (e.failed() || !seen.set(key, Value(true)))
      return e.failed() ? Value() : e.failKind("items that can be keys", key);
    if (seen.size() > before)
      kept.push_back(item);
  }
  return e.makeList(std::move(kept));
}

Value extreme(Evaluator &e, const Value &v, const Arguments &arguments, Operator better) {
  auto [caseSensitive, path] = e.bind(arguments, {"case_sensitive", "attribute"});
  Value best, bestKey;
  bool any = false;
  for (const Value &item : e.itemsOf(v)) {
    if (e.failed())
      return Value();
    Value key = path && !path->isNone() ? attributePath(e, item, *path) : item;
    key = foldCase(key, caseSensitive && truthOf(*caseSensitive));
    if (any && !e.compare(better, key, bestKey))
      continue;
    best = item;
    bestKey = key;
    any = true;
  }
  return any ? best : Value::undefined("the extreme of nothing");
}
Value minimum(Evaluator &e, const Value &v, const Arguments &a) {
  return extreme(e, v, a, Operator::Less);
}
Value maximum(Evaluator &e, const Value &v, const Arguments &a) {
  return extreme(e, v, a, Operator::Greater);
}

Value sum(Evaluator &e, const Value &v, const Arguments &arguments) {
  auto [path, start] = e.bind(arguments, {"attribute", "start"});
  Value total = start ? *start : Value(0);
  for (const Value &item : e.itemsOf(v)) {
    total = e.binary(Operator::Add, total, path && !path->isNone() ? attributePath(e, item, *path) : item);
    if (e.failed())
      return Value();
  }
  return total;
}

struct Entry {
  std::string_view name;
  FilterBody body;
};

constexpr Entry table[] = {
    {"count", length},
    {"dictsort", dictSort},
    {"first", first},
    {"items", items},
    {"join", join},
    {"last", last},
    {"length", length},
    {"list", list},
    {"map", map},
    {"max", maximum},
    {"min", minimum},
    {"reject", rejectItems},
    {"reverse", reverse},
    {"select", selectItems},
    {"selectattr", selectAttribute},
    {"rejectattr", rejectAttribute},
    {"sort", sort},
    {"sum", sum},
    {"unique", unique},
};

} // namespace

FilterBody findSequenceFilter(std::string_view name) {
  for (const Entry &entry : table)
    if (entry.name == name)
      return entry.body;
  return nullptr;
}

Value replaceText(Evaluator &e, const std::string &text, const std::string &from, const std::string &to,
                  int64_t limit) {
  // Counted first: the result may be far longer than what is replaced.
  uint64_t occurrences = from.empty() ? countCharacters(text) + 1 : 0;
  if (!e.budget().spendBytes(text.size()))
    return Value();
  for (size_t at = 0; !from.empty() && (at = text.find(from, at)) != std::string::npos; at += from.size())
    ++occurrences;
  if (limit >= 0)
    occurrences = std::min(occurrences, static_cast<uint64_t>(limit));
  uint64_t added;
  if (__builtin_mul_overflow(occurrences, uint64_t(to.size()), &added) || !e.budget().spendBytes(added))
    return e.budget().exhausted = true, Value();
  return e.makeString(replaceAll(text, from, to, limit));
}

} // namespace sennit::jinja
