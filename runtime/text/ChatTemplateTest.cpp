// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors

// Expected texts were checked against the reference implementation with trim_blocks and lstrip_blocks on.
#include "runtime/text/ChatTemplate.h"

#include "runtime/text/jinja/Json.h"

#include <gtest/gtest.h>

namespace sennit {
namespace {

using jinja::Dict;
using jinja::Value;

/// What the templates of these tests can read.
constexpr std::string_view variables = R"json({
  "s": "Hello wörld", "e": "", "n": null, "t": true, "f": false, "i": 7, "z": 0, "x": 2.5, "l": [3, 1, 2],
  "d": {"b": 1, "a": {"k": "v"}, "items": 9}, "nested": [[1, 2], [3, [4]]], "ws": "  a b\tc\n",
  "ds": [{"n": "x", "v": 1}, {"n": "Y", "v": 2}, {"n": "x", "v": null}]
})json";

/// The text, or the message of what failed.
std::string render(std::string_view source, std::string_view json = variables,
                   const TemplateLimits &limits = {}) {
  StatusOr<ChatTemplate> parsed = ChatTemplate::parse(source);
  if (!parsed.ok())
    return parsed.status().message();
  StatusOr<Value> context = jinja::parseJson(json);
  if (!context.ok())
    return context.status().message();
  StatusOr<std::string> text = parsed->render(*context, limits);
  return text.ok() ? *text : text.status().message();
}

TEST(ChatTemplate, PrintsValuesAsPythonDoes) {
  EXPECT_EQ(render("{{ s }}|{{ n }}|{{ t }}|{{ i }}|{{ x }}|{{ l }}|{{ undef }}|"),
            "Hello wörld|None|True|7|2.5|[3, 1, 2]||");
  EXPECT_EQ(render("{{ d }}"), "{'b': 1, 'a': {'k': 'v'}, 'items': 9}");
  EXPECT_EQ(render("{{ (1,) }}{{ () }}{{ [1, 'a', \"it's\", none, 1.5, [2]] }}"),
            "(1,)()[1, 'a', \"it's\", None, 1.5, [2]]");
  EXPECT_EQ(render("{{ 1.0 }} {{ 1e3 }} {{ 1.5e-7 }} {{ 1e16 }} {{ 0.1 + 0.2 }}"),
            "1.0 1000.0 1.5e-07 1e+16 0.30000000000000004");
}

TEST(ChatTemplate, Arithmetic) {
  EXPECT_EQ(
      render("{{ i / 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 2 + 3 * 4 - 1 }} {{ 10 - 2 - 3 }}"),
      "3.5 -4 2 1024 13 5");
  EXPECT_EQ(render("{{ 'a' ~ 1 ~ none ~ undef }} {{ 'ab' * 2 }} {{ [1] + [2] }} {{ -i | abs }}"),
            "a1None abab [1, 2] 7");
  EXPECT_EQ(
      render("{{ 9223372036854775807 + 1 }}"),
      "expected a result of 64 bits, found a larger one of + at line 1, column 24 of the chat template");
  EXPECT_EQ(
      render("{{ -9223372036854775807 - 1 }}{{ (-9223372036854775807 - 1) // -1 }}"),
      "expected a result of 64 bits, found a larger one of // at line 1, column 61 of the chat template");
  EXPECT_EQ(render("{{ 1 / 0 }}"),
            "expected a divisor that is not zero, found 0 at line 1, column 6 of the chat template");
}

TEST(ChatTemplate, ComparesAndCombines) {
  EXPECT_EQ(render("{{ 1 < 2 < 3 }}{{ 1 < 3 < 2 }}{{ 1 == 1.0 }}{{ [1, 2] == (1, 2) }}{{ 'ell' in s }}{{ 3 "
                   "not in l }}"),
            "TrueFalseTrueFalseTrueFalse");
  EXPECT_EQ(
      render(
          "{{ '' or 'y' }}{{ 0 and 1 }}{{ not 1 == 2 }}{{ 'a' if f }}{{ 'a' if f else 'b' if t else 'c' }}"),
      "y0Trueb");
}

TEST(ChatTemplate, TakesPartsOfStringsByCharacter) {
  EXPECT_EQ(render("{{ s[7] }}{{ s[-4:] }}{{ s[::-1] }}{{ s[1:3] }}{{ s[99] }}{{ s[100:] }}{{ s | length }}"),
            "öörlddlröw olleHel11");
  EXPECT_EQ(render("{{ l[-1] }}{{ l[1:] }}{{ l[::-1] }}{{ l[5] }}{{ l[-9:9:2] }}{{ nested.1.1.0 }}"),
            "2[1, 2][2, 1, 3][3, 2]4");
}

TEST(ChatTemplate, MembersAndMethods) {
  EXPECT_EQ(
      render(
          "{{ d.a.k }}{{ d['items'] }}{{ d.zz }}{{ d.get('q') }}{{ d.get('q', 'p') }}{{ d.keys() | list }}"),
      "v9Nonep['b', 'a', 'items']");
  EXPECT_EQ(
      render("{{ ws.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'a,b,c'.split(',', 1) }}|{{ ' a  b '.split() }}|"
             "{{ s.startswith(('x', 'He')) }}|{{ 'a</think>b'.split('</think>')[-1] }}"),
      "a b\tc|a|['a', 'b,c']|['a', 'b']|True|b");
  EXPECT_EQ(render("{{ s.upper() }} {{ \"they're\".title() }} {{ 'aaa'.replace('a', 'b', 1) }} {{ "
                   "'{1}{0}'.format(1, 2) }}"),
            "HELLO WÖRLD They'Re baa 21");
}

TEST(ChatTemplate, Filters) {
  EXPECT_EQ(
      render("{{ ws | trim }}{{ undef | default('D') }}{{ e | default('D', true) }}{{ l | join(',') }}"),
      "a b\tcDD3,1,2");
  EXPECT_EQ(
      render(
          "{{ ds | map(attribute='n') | join('/') }} {{ ds | selectattr('n', 'equalto', 'x') | list | length "
          "}} "
          "{{ ds | rejectattr('v', 'none') | list | length }} {{ l | select('odd') | list }} {{ l | sort }}"),
      "x/Y/x 2 2 [3, 1] [1, 2, 3]");
  EXPECT_EQ(render("{{ d | dictsort }}{{ ds | sort(attribute='n') | map(attribute='n') | list }}"),
            "[('a', {'k': 'v'}), ('b', 1), ('items', 9)]['x', 'x', 'Y']");
  EXPECT_EQ(render("{{ '3.9' | int }}{{ 'x' | int(5) }}{{ 2.567 | round(2) }}{{ 'a\nb' | indent(2) }}"),
            "352.57a\n  b");
}

TEST(ChatTemplate, Json) {
  EXPECT_EQ(render("{{ d | tojson }}{{ 'a\"\\\\\n<é>' | tojson }}{{ '😀' | tojson(ensure_ascii=true) }}"),
            R"({"b": 1, "a": {"k": "v"}, "items": 9}"a\"\\\n<é>""\ud83d\ude00")");
  EXPECT_EQ(render("{{ nested | tojson(indent=2) }}{{ {} | tojson(indent=2) }}{{ d.a | "
                   "tojson(separators=(',', ':')) }}"),
            "[\n  [\n    1,\n    2\n  ],\n  [\n    3,\n    [\n      4\n    ]\n  ]\n]{}{\"k\":\"v\"}");
  EXPECT_EQ(
      render("{{ undef | tojson }}"),
      "expected a value that JSON has a form for, found undefined at line 1, column 12 of the chat template");
}

TEST(ChatTemplate, Tests) {
  EXPECT_EQ(
      render(
          "{{ i is defined }}{{ undef is not defined }}{{ n is none }}{{ d is mapping }}{{ s is iterable }}"
          "{{ i is iterable }}{{ t is number }}{{ i is divisibleby 7 }}{{ i is in [7] }}{{ t is sameas true "
          "}}"),
      "TrueTrueTrueTrueTrueFalseTrueTrueTrueTrue");
}

TEST(ChatTemplate, Loops) {
  EXPECT_EQ(render("{% for q in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ "
                   "loop.last }}"
                   "{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}"),
            "103TrueFalse31;212FalseFalse332;321FalseTrue31;");
  EXPECT_EQ(render("{% for q in l if q > 1 %}{{ q }}/{{ loop.length }},{% endfor %}"
                   "{% for q in undef %}x{% else %}none{% endfor %}"),
            "3/2,2/2,none");
  EXPECT_EQ(render("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}"), "b=1;a={'k': 'v'};items=9;");
  EXPECT_EQ(render("{% for a in [1, 2, 3, 4, 5] %}{% if a == 2 %}{% continue %}{% endif %}"
                   "{% if a == 4 %}{% break %}{% endif %}{{ a }}{% endfor %}"),
            "13");
  EXPECT_EQ(
      render(
          "{% for a in nested recursive %}"
          "{% if a is iterable %}[{{ loop(a) }}]{% else %}{{ a }}@{{ loop.depth }}{% endif %}{% endfor %}"),
      "[1@22@2][3@2[4@3]]");
}

TEST(ChatTemplate, AssignmentsStayInTheirLoop) {
  EXPECT_EQ(render("{% set v = 1 %}{% for a in l %}{% set v = v + a %}{{ v }},{% endfor %}{{ v }}"),
            "4,2,3,1");
  EXPECT_EQ(
      render("{% set ns = namespace(a=1) %}{% for a in l %}{% set ns.a = ns.a + a %}{% endfor %}{{ ns.a }}"),
      "7");
  EXPECT_EQ(render("{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c %} q {% endset %}[{{ c }}]"
                   "{% set c | trim | upper %} q {% endset %}[{{ c }}]"),
            "12[ q ][Q]");
  EXPECT_EQ(render("{% with a = 1 %}{{ a }}{% endwith %}{{ a }}{% filter upper %}a{{ e }}{% endfilter %}"),
            "1A");
}

TEST(ChatTemplate, Macros) {
  EXPECT_EQ(
      render("{% macro f(a, b='x') %}({{ a }},{{ b }}){% endmacro %}{{ f(1) }}{{ f(b=2, a=1) }}{{ f() }}"),
      "(1,x)(1,2)(,x)");
  EXPECT_EQ(render("{% macro r(n) %}{{ n }}{% if n > 0 %}{{ r(n - 1) }}{% endif %}{% endmacro %}{{ r(3) }}"),
            "3210");
  EXPECT_EQ(render("{% macro f() %}<{{ caller(5) }}>{% endmacro %}{% call(x) f() %}{{ x + i }}{% endcall %}"),
            "<12>");
  EXPECT_EQ(
      render("{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}"),
      "expected at most 1 arguments for the macro 'f', found 2 at line 1, column 35 of the chat template");
}

TEST(ChatTemplate, WhiteSpaceAroundTags) {
  EXPECT_EQ(render("a\n  {% if t %}\n  b\n  {% endif %}\nc {% if t %} d {% endif %}\n  {# x #}\ne\n"),
            "a\n  b\nc  d e");
  EXPECT_EQ(render("a {%- if t -%} b {%- endif -%} c{{- ' d ' -}} e {{ 'f' }}   \n {#- x -#} g\n"),
            "abc d e fg");
  EXPECT_EQ(render("  {%+ if t %}x{% endif +%}\ny\n\n"), "  x\ny\n");
  EXPECT_EQ(render("{{ 1 }}\n{{ 2 }}"), "1\n2"); // only after blocks is a line end taken
  EXPECT_EQ(render("  {% raw %}{{ x }}{% if %}{% endraw %} z"), "{{ x }}{% if %} z");
  EXPECT_EQ(render("a\r\n{% if t %}\r\nb{% endif %}\r\n"), "a\nb");
}

TEST(ChatTemplate, GenerationMarksAreIgnored) {
  EXPECT_EQ(render("{% generation %}{{ i }}{% endgeneration %}!"), "7!");
}

TEST(ChatTemplate, UndefinedIsEmptyAndFalseButHasNoMembers) {
  EXPECT_EQ(render("{{ undef }}{% if undef %}x{% endif %}{{ undef | upper }}{{ undef | length }}{{ n.x }}"),
            "0");
  EXPECT_EQ(render("{{ undef.x }}"),
            "expected a value with attribute 'x', found 'undef', which is undefined at line 1, "
            "column 9 of the chat template");
  EXPECT_EQ(
      render("{{ undef + 1 }}"),
      "expected a value for +, found 'undef', which is undefined at line 1, column 10 of the chat template");
}

TEST(ChatTemplate, NamesWhatIsWrongWithItsPlace) {
  EXPECT_EQ(render("a\n{% if t %}\nb"), "expected {% endif %}, found the end of the template after {% if %} "
                                        "at line 2, column 4 of the chat template");
  EXPECT_EQ(render("é{{ 1 2 }}"), "expected }}, found the number 2 at line 1, column 7 of the chat template");
  EXPECT_EQ(render("{{ (1 }}"), "expected ), found } at line 1, column 7 of the chat template");
  EXPECT_EQ(render("{{ 'a }}"),
            "expected the end of the string, found the end of the template after its start at line 1, "
            "column 4 of the chat template");
  EXPECT_EQ(render("{{ a ? b }}"), "unexpected character '?' at line 1, column 6 of the chat template");
  EXPECT_EQ(render("{% endif %}"), "expected a tag, found 'endif' at line 1, column 4 of the chat template");
  EXPECT_EQ(render("{% break %}"),
            "expected break inside a for, found it outside at line 1, column 4 of the chat template");
  EXPECT_EQ(render("\xFF"), "expected UTF-8, found another byte at byte offset 0 of the chat template");
}

TEST(ChatTemplate, NamesWhatIsNotSupportedWithItsPlace) {
  EXPECT_EQ(render("\n {% include 'x' %}"),
            "the tag 'include' is not supported at line 2, column 5 of the chat template");
  EXPECT_EQ(render("{{ x | nothing }}"),
            "the filter 'nothing' is not supported at line 1, column 8 of the chat template");
  EXPECT_EQ(render("{{ x is nothing }}"),
            "the test 'nothing' is not supported at line 1, column 9 of the chat template");
  EXPECT_EQ(render("{% if f %}{{ x | nothing }}{% endif %}ok"), "ok"); // never reached
  EXPECT_EQ(render("{{ l.append(1) }}"),
            "lists and mappings cannot be changed by a template (a namespace can) at line 1, "
            "column 5 of the chat template");
  EXPECT_EQ(ChatTemplate::parse("{% include 'x' %}").status().code(), Code::Unsupported);
}

TEST(ChatTemplate, ATemplateMayRefuse) {
  EXPECT_EQ(render("{% if l %}{{ raise_exception('no ' ~ i) }}{% endif %}"),
            "the template refuses the conversation: no 7 at line 1, column 29 of the chat template");
}

/// A template that must end at a limit, quickly and without memory to match.
std::string bomb(std::string_view source) {
  TemplateLimits limits;
  limits.steps = 100'000;
  limits.bytes = 1 << 20;
  limits.outputBytes = 1 << 16;
  StatusOr<ChatTemplate> parsed = ChatTemplate::parse(source);
  if (!parsed.ok())
    return parsed.status().message();
  StatusOr<std::string> text = parsed->render(Value(Dict()), limits);
  return text.ok()                                         ? "rendered " + std::to_string(text->size())
         : text.status().code() == Code::ResourceExhausted ? "exhausted"
                                                           : text.status().message();
}

TEST(ChatTemplate, BombsEndAtALimit) {
  EXPECT_EQ(bomb("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"),
            "exhausted");
  EXPECT_EQ(bomb("{% set n = namespace(s='aaaaaaaa') %}{% for a in range(99) %}{% set n.s = n.s ~ n.s %}{% "
                 "endfor %}"),
            "exhausted");
  EXPECT_EQ(bomb("{% set n = namespace(s='aaaaaaaa') %}{% for a in range(99) %}{% set n.s = n.s.replace('a', "
                 "n.s) %}{% endfor %}"),
            "exhausted");
  EXPECT_EQ(bomb("{{ 'a' * 9223372036854775807 }}"), "exhausted");
  EXPECT_EQ(bomb("{{ ['a'] * 4611686018427387904 }}"), "exhausted");
  EXPECT_EQ(bomb("{% for a in range(9999) %}aaaaaaaaaaaaaaaa{% endfor %}"), "exhausted");
  EXPECT_EQ(bomb("{% set n = namespace(l=[1]) %}{% for a in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor "
                 "%}{{ n.l }}"),
            "exhausted");
  EXPECT_EQ(
      bomb("{% set n = namespace(l=[1]) %}{% for a in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}"
           "{{ n.l == n.l[0:] + [] }}{{ n.l | tojson }}"),
      "exhausted");
  EXPECT_EQ(bomb("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), "exhausted");
  EXPECT_EQ(bomb("{% for a in [[]] recursive %}{{ loop([a]) }}{% endfor %}"), "exhausted");
  EXPECT_EQ(
      bomb("{{ range(99999999) }}"),
      "expected a range of at most 100000 numbers, found 99999999 at line 1, column 9 of the chat template");
  EXPECT_EQ(
      bomb("{{ strftime_now('%100000d') }}"),
      "expected a time format without widths, found '%100000d' at line 1, column 16 of the chat template");
}

TEST(ChatTemplate, NestingIsBounded) {
  auto repeat = [](std::string_view text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += text;
    return out;
  };
  for (int count : {1000, 100000}) {
    EXPECT_NE(bomb("{{ " + repeat("(", count) + "1" + repeat(")", count) + " }}").find("levels"),
              std::string::npos);
    EXPECT_NE(bomb("{{ " + repeat("[", count) + repeat("]", count) + " }}").find("levels"),
              std::string::npos);
    EXPECT_NE(bomb("{{ " + repeat("not ", count) + "1 }}").find("levels"), std::string::npos);
    EXPECT_NE(bomb("{{ " + repeat("- ", count) + "1 }}").find("levels"), std::string::npos);
    EXPECT_NE(bomb("{{ a" + repeat(".b", count) + " }}").find("levels"), std::string::npos);
    EXPECT_NE(bomb("{{ a" + repeat("|upper", count) + " }}").find("levels"), std::string::npos);
    EXPECT_NE(bomb("{{ 1" + repeat("+1", count) + " }}").find("levels"), std::string::npos);
    EXPECT_NE(bomb("{{ 1" + repeat(" if 1 else 1", count) + " }}").find("levels"), std::string::npos);
    EXPECT_NE(bomb(repeat("{% if 1 %}", count) + repeat("{% endif %}", count)).find("levels"),
              std::string::npos);
    EXPECT_EQ(bomb("{{ 1" + repeat(" or 1", count) + " }}"), "rendered 1");
    EXPECT_EQ(bomb("{% if 0 %}" + repeat("{% elif 0 %}", count) + "{% endif %}"),
              count < 50000 ? "rendered 0" : "exhausted");
  }
  // Lists that a loop nests, one in another.
  EXPECT_EQ(
      bomb("{% set n = namespace(l=[]) %}{% for a in range(1000) %}{% set n.l = [n.l] %}{% endfor %}"),
      "expected at most 200 lists inside each other, found more at line 1, column 71 of the chat template");
}

// A ring of objects must not outlive the rendering (the leak checker sees it).
TEST(ChatTemplate, RingsAreFreed) {
  EXPECT_EQ(bomb("{% set n = namespace() %}{% set n.n = n %}{% set m = namespace(n=[n]) %}{% set n.m = m %}"),
            "rendered 0");
  EXPECT_EQ(bomb("{% macro f() %}{% endmacro %}{% set n = namespace(f=f) %}{% set f = f %}"), "rendered 0");
  EXPECT_EQ(bomb("{% set n = namespace() %}{% for a in range(3000) %}{% for b in [n.l] %}{% set n.l = loop %}"
                 "{% endfor %}{% endfor %}"),
            "rendered 0");
  EXPECT_EQ(bomb("{% set n = namespace() %}{% for a in [1] %}{{ loop.changed(loop.changed) }}{% set n.c = "
                 "loop.changed %}"
                 "{% endfor %}"),
            "rendered 4");
}

constexpr std::string_view chatMl =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
    "'<|im_end|>' + '\\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

TEST(ChatTemplate, RendersAConversation) {
  StatusOr<ChatTemplate> chat = ChatTemplate::parse(chatMl);
  ASSERT_TRUE(chat.ok());
  std::vector<ChatMessage> messages = {{"system", "Be brief."}, {"user", "{{ hi }} & 'bye'"}};
  EXPECT_EQ(*chat->render(messages, true, "<s>", "</s>"),
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n{{ hi }} & 'bye'<|im_end|>\n"
            "<|im_start|>assistant\n");
  EXPECT_EQ(*chat->render({}, false, "", ""), "");
}

// The shape of many: system turn first, strict turns, trimmed contents, beginning-of-text token.
constexpr std::string_view headerStyle = R"jinja({%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- bos_token }}
{%- if system_message or tools is defined %}
    {{- "<|head|>system<|tail|>\n\n" + system_message }}
    {%- if tools is defined and tools %}
        {{- "\nTools:\n" }}
        {%- for tool in tools %}
            {{- tool | tojson(indent=4) }}
            {%- if not loop.last %}{{ "\n" }}{% endif %}
        {%- endfor %}
    {%- endif %}
    {{- "<|end|>" }}
{%- endif %}
{%- for message in messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('roles must alternate') }}
    {%- endif %}
    {{- '<|head|>' + message['role'] + '<|tail|>\n\n'+ message['content'] | trim + '<|end|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|head|>assistant<|tail|>\n\n' }}
{%- endif %})jinja";

TEST(ChatTemplate, RendersHeaderStyle) {
  StatusOr<ChatTemplate> chat = ChatTemplate::parse(headerStyle);
  ASSERT_TRUE(chat.ok()) << chat.status().message();
  std::vector<ChatMessage> messages = {
      {"system", " S \n"}, {"user", " hello\n"}, {"assistant", "hi"}, {"user", "more"}};
  EXPECT_EQ(*chat->render(messages, true, "<s>", "</s>"),
            "<s><|head|>system<|tail|>\n\nS<|end|><|head|>user<|tail|>\n\nhello<|end|><|head|>assistant<|"
            "tail|>\n\nhi<|end|>"
            "<|head|>user<|tail|>\n\nmore<|end|><|head|>assistant<|tail|>\n\n");
  Dict tool;
  tool.set(Value("name"), Value("f"));
  std::vector<std::pair<std::string, Value>> extra = {{"tools", Value::list({Value(tool), Value(7)})}};
  EXPECT_EQ(*chat->render(std::vector<ChatMessage>{{"user", "u"}}, false, "<s>", "</s>", extra),
            "<s><|head|>system<|tail|>\n\n\nTools:\n{\n    \"name\": "
            "\"f\"\n}\n7<|end|><|head|>user<|tail|>\n\nu<|end|>");
  EXPECT_EQ(chat->render(std::vector<ChatMessage>{{"assistant", "a"}}, false, "", "").status().message(),
            "the template refuses the conversation: roles must alternate at line 21, column 28 of the chat "
            "template");
}

TEST(Json, ReadsWhatItWrites) {
  auto rewritten = [](std::string_view text) {
    StatusOr<Value> value = jinja::parseJson(text);
    if (!value.ok())
      return value.status().message();
    jinja::Budget budget{1000, 1000};
    std::string out, offender;
    jinja::writeJson(*value, {}, out, offender, budget);
    return out;
  };
  EXPECT_EQ(rewritten(" {\"a\" : [1, -2.5, 1e3, true, null, \"\\u00e9\\ud83d\\ude00\\n\"], \"b\": {}} "),
            "{\"a\": [1, -2.5, 1000.0, true, null, \"é😀\\n\"], \"b\": {}}");
  EXPECT_EQ(rewritten("12345678901234567890"), "1.2345678901234567e+19");
  EXPECT_EQ(rewritten("{\"a\": 1, \"a\": 2}"), "{\"a\": 2}");
  EXPECT_EQ(rewritten("[1,]"), "expected a JSON value, found ']' at byte offset 3 of the JSON text");
  EXPECT_EQ(rewritten("01"), "expected a JSON value, found '0' at byte offset 0 of the JSON text");
  EXPECT_EQ(rewritten("[1] 2"),
            "expected the end of the JSON text, found '2' at byte offset 4 of the JSON text");
  EXPECT_EQ(rewritten("\"a"),
            "expected the end of the string, found the end at byte offset 2 of the JSON text");
  EXPECT_EQ(rewritten(std::string(300, '[')),
            "expected at most 200 levels, found '[' at byte offset 201 of the JSON text");
}

} // namespace
} // namespace sennit
