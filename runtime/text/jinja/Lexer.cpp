// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/text/jinja/Lexer.h"

#include "runtime/text/Utf8.h"
#include "runtime/text/jinja/Strings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sennit::jinja {

std::string describe(Place place) {
  return " at line " + std::to_string(place.line) + ", column " + std::to_string(place.column) +
         " of the chat template";
}

namespace {

/// Line ends become \n, and one at the very end is dropped: a template file ends with one that is not meant.
std::string normalizeLines(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      text += source[i];
      continue;
    }
    text += '\n';
    if (i + 1 < source.size() && source[i + 1] == '\n')
      ++i;
  }
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

bool isNameByte(char c) {
  return isAsciiAlphanumeric(c) || c == '_' || static_cast<uint8_t>(c) >= 0x80;
}

/// Longest first where one begins another.
constexpr std::array<std::string_view, 26> operators = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                        "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                        ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};

class Lexer {
public:
  explicit Lexer(std::string text) : source(std::move(text)) {}

  StatusOr<std::vector<Token>> run() {
    while (at < source.size())
      SENNIT_RETURN_IF_ERROR(lexData());
    push(Token::End, "", here());
    return std::move(tokens);
  }

private:
  /// The place of byte `at`: only moves forward, so the whole costs one walk.
  Place here() {
    for (; placed < at; ++placed) {
      if (source[placed] == '\n')
        place = {place.line + 1, 1};
      else if ((source[placed] & 0xC0) != 0x80)
        ++place.column;
    }
    return place;
  }
  void push(Token::Kind kind, std::string text, Place where) {
    tokens.push_back({kind, std::move(text), where});
  }
  bool startsWith(std::string_view text) const {
    return std::string_view(source).substr(at).starts_with(text);
  }
  Status fail(std::string message, Place where) { return invalidInput(std::move(message) + describe(where)); }

  void skipSpace() { at += spaceAtStart(std::string_view(source).substr(at)); }

  /// Takes the sign after an opening tag and says what it asks for the text before.
  char takeOpeningSign() {
    char sign = at < source.size() && (source[at] == '-' || source[at] == '+') ? source[at] : 0;
    at += sign != 0;
    return sign;
  }

  /// After a closing tag: `-` takes all white space, `+` none, otherwise trim_blocks takes one line end.
  void takeSpaceAfter(char sign, bool trimLine) {
    size_t before = at;
    if (sign == '-')
      skipSpace();
    else if (sign != '+' && trimLine && at < source.size() && source[at] == '\n')
      ++at;
    lineStarts = at > before && source[at - 1] == '\n';
  }

  /// Emits the text before a tag. `-` drops the white space at its end; lstrip_blocks drops what stands
  /// between the line's start and the tag, if that is only white space.
  void pushData(std::string_view data, char sign, bool stripLine, Place where) {
    if (sign == '-') {
      data.remove_suffix(spaceAtEnd(data));
    } else if (sign != '+' && stripLine) {
      size_t lineStart = data.rfind('\n') + 1; // 0 where there is none
      std::string_view line = data.substr(lineStart);
      if ((lineStart > 0 || lineStarts) && spaceAtStart(line) == line.size())
        data = data.substr(0, lineStart);
    }
    if (!data.empty())
      push(Token::Data, std::string(data), where);
  }

  Status lexData() {
    Place where = here();
    size_t begin = at;
    size_t tag = source.find('{', at);
    while (
        tag != std::string::npos &&
        (tag + 1 == source.size() || std::string_view("{%#").find(source[tag + 1]) == std::string_view::npos))
      tag = source.find('{', tag + 1);
    if (tag == std::string::npos) {
      at = source.size();
      pushData(std::string_view(source).substr(begin), 0, false, where);
      return Status::okay();
    }
    at = tag;
    Place tagPlace = here();
    char opener = source[tag + 1];
    at += 2;
    char sign = takeOpeningSign();
    pushData(std::string_view(source).substr(begin, tag - begin), sign, opener != '{', where);
    lineStarts = false;
    if (opener == '#')
      return lexComment(tagPlace);
    if (opener == '%' && takeRawTag("raw"))
      return lexRaw(tagPlace);
    push(opener == '{' ? Token::OutputBegin : Token::BlockBegin, "", tagPlace);
    return lexInside(opener == '{', tagPlace);
  }

  Status lexComment(Place where) {
    size_t end = source.find("#}", at);
    if (end == std::string::npos)
      return fail("expected #}, found the end of the template after the comment", where);
    char sign = end > at && (source[end - 1] == '-' || source[end - 1] == '+') ? source[end - 1] : 0;
    at = end + 2;
    takeSpaceAfter(sign, true);
    return Status::okay();
  }

  /// After {% and its sign: takes `name` and the closing tag if they stand there. The closing sign's work is
  /// done.
  bool takeRawTag(std::string_view name) {
    size_t start = at;
    skipSpace();
    if (startsWith(name)) {
      at += name.size();
      skipSpace();
      char sign = at < source.size() && (source[at] == '-' || source[at] == '+') ? source[at] : 0;
      at += sign != 0;
      if (startsWith("%}")) {
        at += 2;
        takeSpaceAfter(sign, name == "endraw");
        return true;
      }
    }
    at = start;
    return false;
  }

  Status lexRaw(Place where) {
    size_t begin = at;
    bool startsLine = lineStarts;
    Place dataPlace = here();
    for (size_t tag = source.find("{%", at); tag != std::string::npos; tag = source.find("{%", tag + 1)) {
      at = tag + 2;
      char sign = takeOpeningSign();
      if (!takeRawTag("endraw"))
        continue;
      bool afterLine = std::exchange(lineStarts, startsLine);
      pushData(std::string_view(source).substr(begin, tag - begin), sign, true, dataPlace);
      lineStarts = afterLine;
      return Status::okay();
    }
    return fail("expected {% endraw %}, found the end of the template after {% raw %}", where);
  }

  Status lexInside(bool output, Place opened) {
    std::string closers; // the brackets that are open, as what closes them
    for (;;) {
      skipSpace();
      if (at == source.size())
        return fail(std::string("expected ") + (output ? "}}" : "%}") +
                        ", found the end of the template after the tag",
                    opened);
      Place where = here();
      if (closers.empty() && takeClosingTag(output, where))
        return Status::okay();
      char c = source[at];
      if (isAsciiDigit(c)) {
        SENNIT_RETURN_IF_ERROR(lexNumber(where));
      } else if (isNameByte(c)) {
        size_t begin = at;
        while (at < source.size() && isNameByte(source[at]))
          ++at;
        push(Token::Name, source.substr(begin, at - begin), where);
      } else if (c == '\'' || c == '"') {
        SENNIT_RETURN_IF_ERROR(lexString(where));
      } else {
        SENNIT_RETURN_IF_ERROR(lexOperator(closers, where));
      }
    }
  }

  bool takeClosingTag(bool output, Place where) {
    std::string_view close = output ? "}}" : "%}";
    char sign = source[at] == '-' || (source[at] == '+' && !output) ? source[at] : 0;
    if (!std::string_view(source).substr(at + (sign != 0)).starts_with(close))
      return false;
    at += close.size() + (sign != 0);
    push(output ? Token::OutputEnd : Token::BlockEnd, "", where);
    takeSpaceAfter(sign, !output);
    return true;
  }

  Status lexOperator(std::string &closers, Place where) {
    const auto *found =
        std::find_if(operators.begin(), operators.end(), [&](auto text) { return startsWith(text); });
    if (found == operators.end())
      return fail("unexpected character '" + source.substr(at, utf8Length(source[at])) + "'", where);
    char c = found->size() == 1 ? (*found)[0] : 0;
    if (c == '(' || c == '[' || c == '{') {
      closers += c == '(' ? ')' : c == '[' ? ']' : '}';
    } else if (c == ')' || c == ']' || c == '}') {
      if (closers.empty() || closers.back() != c)
        return fail(closers.empty() ? std::string("expected no closing bracket, found ") + c
                                    : std::string("expected ") + closers.back() + ", found " + c,
                    where);
      closers.pop_back();
    }
    at += found->size();
    push(Token::Operator, std::string(*found), where);
    return Status::okay();
  }

  Status lexNumber(Place where) {
    size_t begin = at;
    auto takeDigits = [&](auto isDigit) {
      while (at < source.size() && (isDigit(source[at]) || source[at] == '_'))
        ++at;
    };
    bool isFloat = false;
    char prefix = source[at] == '0' && at + 1 < source.size() ? toAsciiLower(source[at + 1]) : 0;
    if (prefix == 'x' || prefix == 'o' || prefix == 'b') {
      at += 2;
      takeDigits(isAsciiHexDigit);
    } else {
      takeDigits(isAsciiDigit);
      auto digitAt = [&](size_t i) { return i < source.size() && isAsciiDigit(source[i]); };
      bool afterDot = begin > 0 && source[begin - 1] == '.'; // x.1.2 are two subscripts
      if (!afterDot && at < source.size() && source[at] == '.' && digitAt(at + 1)) {
        isFloat = true;
        ++at;
        takeDigits(isAsciiDigit);
      }
      if (!afterDot && at < source.size() && toAsciiLower(source[at]) == 'e') {
        size_t digits = at + 1;
        digits += digits < source.size() && (source[digits] == '+' || source[digits] == '-');
        if (digitAt(digits)) {
          isFloat = true;
          at = digits;
          takeDigits(isAsciiDigit);
        }
      }
    }
    std::string text = source.substr(begin, at - begin);
    std::erase(text, '_');
    push(isFloat ? Token::Float : Token::Integer, std::move(text), where);
    return Status::okay();
  }

  Status lexString(Place where) {
    size_t end = at + 1;
    while (end < source.size() && source[end] != source[at])
      end += source[end] == '\\' ? 2 : 1;
    if (end >= source.size())
      return fail("expected the end of the string, found the end of the template after its start", where);
    std::string text;
    if (!unescape(std::string_view(source).substr(at + 1, end - at - 1), text))
      return fail("expected an escape as \\n, \\x41 or \\u0041, found another in the string", where);
    at = end + 1;
    push(Token::String, std::move(text), where);
    return Status::okay();
  }

  std::string source;
  std::vector<Token> tokens;
  size_t at = 0;
  bool lineStarts = true; ///< Whether the text at `at` starts a line of the template.
  size_t placed = 0;
  Place place;
};

} // namespace

StatusOr<std::vector<Token>> tokenize(std::string_view source) {
  if (std::optional<size_t> wrong = findInvalidUtf8(source))
    return invalidInput("expected UTF-8, found another byte at byte offset " + std::to_string(*wrong) +
                        " of the chat template");
  return Lexer(normalizeLines(source)).run();
}

} // namespace sennit::jinja
