// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Reference.h"
#include "tools/gpu/Tests.h"
#include "tools/gpu/Text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <memory>

namespace sennit::gpu {
namespace {

using json = nlohmann::ordered_json;
using Ids = std::span<const int32_t>;

/// Rows of a step, and tokens in a chunk: 1, odd, and one off each tile of kernels.
constexpr size_t sizes[] = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129};
constexpr size_t chunkSizes[] = {1, 7, 16, 33};
constexpr size_t companies[] = {2, 3, 8, 9};

class BitTest {
public:
  explicit BitTest(Ids ids) : ids(ids) {}

  /// What all else is compared with: the whole prompt at once, and half of it before generated rows, alone.
  Status takeFirst(Session &session) {
    Text prompt(session), text(session);
    SENNIT_RETURN_IF_ERROR(prompt.append(ids));
    wanted = prompt.rows();
    SENNIT_RETURN_IF_ERROR(generateAfterHalf(text));
    generated = text.rows();
    return Status::okay();
  }

  Status repeat(Session &session) {
    Text prompt(session), text(session);
    SENNIT_RETURN_IF_ERROR(prompt.append(ids));
    compare("the prompt, repeated", prompt.rows(), wanted);
    SENNIT_RETURN_IF_ERROR(generateAfterHalf(text));
    compare("generated rows, repeated", text.rows(), generated);
    return Status::okay();
  }

  Status steps(Session &session) {
    for (size_t size : sizes)
      if (size < ids.size()) {
        Text text(session);
        SENNIT_RETURN_IF_ERROR(text.append(ids.first(size)));
        compare("a step of " + std::to_string(size) + " rows", text.rows(), wanted);
      }
    for (size_t size : chunkSizes) {
      Text text(session);
      SENNIT_RETURN_IF_ERROR(text.appendChunks(ids, size));
      compare("the prompt in chunks of " + std::to_string(size), text.rows(), wanted);
    }
    return Status::okay();
  }

  /// Prompts of several lengths in one step, and one generated row of each in further ones.
  Status company(Session &session) {
    for (size_t count : companies) {
      if (count > size_t(session.maxSequences()))
        continue;
      std::vector<std::unique_ptr<Text>> owned;
      std::vector<Text *> texts;
      std::vector<Ids> prompts;
      const size_t half = ids.size() / 2, room = size_t(session.maxRows());
      size_t rows = 0;
      for (size_t i = 0; i < count; ++i) {
        owned.push_back(std::make_unique<Text>(session));
        texts.push_back(owned.back().get());
        prompts.push_back(ids.first(std::max<size_t>(half - std::min(half, 5 * i), 1)));
        rows += prompts.back().size();
      }
      if (rows > room)
        continue;
      SENNIT_RETURN_IF_ERROR(Text::appendPrompts(texts, prompts));
      for (size_t step = half; step < ids.size(); ++step) {
        std::vector<int32_t> next;
        for (size_t i = 0; i < count; ++i)
          next.push_back(ids[prompts[i].size() + step - half]);
        SENNIT_RETURN_IF_ERROR(Text::appendTogether(texts, next));
      }
      const std::string name = " beside " + std::to_string(count - 1) + " others";
      compare("generated rows" + name, texts.front()->rows(), generated);
      for (size_t i = 1; i < count; ++i)
        compare("a prompt of " + std::to_string(prompts[i].size()) + " rows" + name,
                Rows(texts[i]->rows().begin(), texts[i]->rows().begin() + ptrdiff_t(prompts[i].size())),
                wanted);
    }
    return Status::okay();
  }

  /// Of a session that carries out plans in another way.
  Status split(Session &session, const std::string &how) {
    Text prompt(session), text(session);
    SENNIT_RETURN_IF_ERROR(prompt.append(ids));
    compare("the prompt" + how, prompt.rows(), wanted);
    SENNIT_RETURN_IF_ERROR(generateAfterHalf(text));
    compare("generated rows" + how, text.rows(), generated);
    return company(session);
  }

  json result() const {
    std::string summary = std::to_string(checks) + " comparisons";
    if (!different.empty())
      summary = std::to_string(different.size()) + " of " + summary + " differ: " + different.front();
    return {
        {"passed", different.empty()}, {"summary", summary}, {"checks", checks}, {"different", different}};
  }

private:
  Status generateAfterHalf(Text &text) const {
    SENNIT_RETURN_IF_ERROR(text.append(ids.first(ids.size() / 2)));
    Text *const only[] = {&text};
    for (size_t i = ids.size() / 2; i < ids.size(); ++i)
      SENNIT_RETURN_IF_ERROR(Text::appendTogether(only, ids.subspan(i, 1)));
    return Status::okay();
  }

  /// `rows` are the first ones of `expected`, byte by byte.
  void compare(const std::string &what, const Rows &rows, const Rows &expected) {
    ++checks;
    bool same = !rows.empty() && rows.size() <= expected.size();
    for (size_t i = 0; same && i < rows.size(); ++i)
      same = rows[i].size() == expected[i].size() &&
             std::memcmp(rows[i].data(), expected[i].data(), rows[i].size() * sizeof(float)) == 0;
    if (!same)
      different.push_back(what);
  }

  Ids ids;
  Rows wanted, generated;
  int checks = 0;
  std::vector<std::string> different;
};

} // namespace

StatusOr<json> testBits(const Bundle &bundle, const Case &one, const std::string &device) {
  SENNIT_ASSIGN_OR_RETURN(const Reference reference, readReference(bundle.path(one.reference)));
  if (reference.ids.size() < 2)
    return invalidInput(one.reference + ": expected a prompt of at least 2 tokens, found 1");
  BitTest test(reference.ids);
  {
    SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, openSession(bundle.path(one.package), device));
    SENNIT_RETURN_IF_ERROR(test.takeFirst(*session));
    SENNIT_RETURN_IF_ERROR(test.repeat(*session));
    SENNIT_RETURN_IF_ERROR(test.steps(*session));
    SENNIT_RETURN_IF_ERROR(test.company(*session));
  }
  // The CPU runs plans in no other way.
  if (!one.split || device == "cpu")
    return test.result();
  for (const auto &[overlap, name] : {std::pair(Overlap::SplitOnly, " with pieces one after another"),
                                      std::pair(Overlap::Sequential, " without pieces")}) {
    SENNIT_ASSIGN_OR_RETURN(std::unique_ptr<Session> session,
                            openSession(bundle.path(one.package), device, overlap));
    SENNIT_RETURN_IF_ERROR(test.split(*session, name));
  }
  return test.result();
}

} // namespace sennit::gpu
