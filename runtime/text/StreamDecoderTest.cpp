// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/StreamDecoder.h"

#include "runtime/text/Utf8.h"

#include <gtest/gtest.h>

namespace sennit {
namespace {

TEST(StreamDecoder, HoldsBackTheStartOfACharacter) {
  StreamDecoder decoder;
  EXPECT_EQ(decoder.add("a\xF0"), "a");
  EXPECT_EQ(decoder.add("\x9F\x98"), "");
  EXPECT_EQ(decoder.add("\x80z"), "\xF0\x9F\x98\x80z");
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamDecoder, EndsAnIncompleteCharacterWithAReplacement) {
  StreamDecoder decoder;
  EXPECT_EQ(decoder.add("\xE2\x98"), "");
  EXPECT_EQ(decoder.finish(), "\xEF\xBF\xBD");
  EXPECT_EQ(decoder.finish(), "");
  EXPECT_EQ(decoder.add("\x83"), "\xEF\xBF\xBD"); // as new: the start is forgotten
}

TEST(StreamDecoder, ReplacesEachLongestPartThatStartsACharacter) {
  StreamDecoder decoder;
  EXPECT_EQ(decoder.add("\xFFx\xE2\x98y\xC0\x80"), "\xEF\xBF\xBDx\xEF\xBF\xBDy\xEF\xBF\xBD\xEF\xBF\xBD");
}

// Wherever the bytes are cut in two, the text is the same and every part of it is UTF-8.
TEST(StreamDecoder, CutsDoNotMatter) {
  std::string bytes = "a\xC3\xA9\xE2\x98\x83\xF0\x9F\x98\x80\xF0\x9F\xED\xA0\x80\xE2";
  StreamDecoder whole;
  std::string expected = whole.add(bytes) + whole.finish();
  for (size_t first = 0; first <= bytes.size(); ++first)
    for (size_t second = first; second <= bytes.size(); ++second) {
      StreamDecoder decoder;
      std::string parts[4] = {decoder.add(bytes.substr(0, first)),
                              decoder.add(bytes.substr(first, second - first)),
                              decoder.add(bytes.substr(second)), decoder.finish()};
      std::string joined;
      for (const std::string &part : parts) {
        EXPECT_EQ(findInvalidUtf8(part), std::nullopt);
        joined += part;
      }
      EXPECT_EQ(joined, expected);
    }
}

} // namespace
} // namespace sennit
