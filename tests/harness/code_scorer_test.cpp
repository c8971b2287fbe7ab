#include "harness/code_scorer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "system/byte_file.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

// One sandbox for the suite: finding Python and probing take a few hundred milliseconds.
struct CodeBench {
  std::unique_ptr<EventLoop> loop = make_event_loop();
  SandboxSupport support = probe_sandbox();
  std::unique_ptr<Sandbox> sandbox = open_sandbox(*loop, support, CodePolicy{});
  CodeScorer scorer{*sandbox, *loop, ""};

  std::vector<ScoreResult> score_all(const std::string& row, const std::vector<std::string>& replies,
                                     const std::vector<Item>& items) {
    std::vector<ScoreResult> results(replies.size());
    std::size_t left = replies.size();
    for (std::size_t i = 0; i < replies.size(); ++i)
      scorer.score(*find_scorer(row), Reply{replies[i]}, items[std::min(i, items.size() - 1)],
                   [&results, &left, i](ScoreResult result) {
                     results[i] = std::move(result);
                     --left;
                   });
    loop->run([&] { return left == 0; });
    return results;
  }
  ScoreResult score(const std::string& row, const std::string& reply, const Item& item) {
    return score_all(row, {reply}, {item})[0];
  }
};

CodeBench& bench() {
  static CodeBench made;
  return made;
}

Item item_with(const Json& details) {
  Item item;
  item.id = "00000000000000aa";
  item.details = details.dump();
  return item;
}

// A task of HumanEval's shape, made for this test.
Item doubling(double timeout = 3) {
  return item_with({{"prompt",
                     "from typing import List\n\n\ndef helper(x: int) -> int:\n    return x * 2\n\n\n"
                     "def doubled(values: List[int]) -> List[int]:\n    \"\"\"Each value twice as large.\n"
                     "    >>> doubled([1, 2])\n    [2, 4]\n    \"\"\"\n"},
                    {"entry_point", "doubled"},
                    {"test",
                     "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate([]) == []\n"
                     "    assert candidate([1, 2]) == [2, 4]\n"
                     "    assert candidate([7, -8]) == [helper(7), helper(-8)], 'negative'\n"},
                    {"timeout_s", timeout}});
}

// A task of MBPP+'s shape, made for this test: arguments are tuples, which JSON does not have.
Item shared_elements() {
  return item_with(
      {{"prompt",
        "\"\"\"\nWhat two tuples share, in order.\nassert shared((3, 4, 5),(5, 4, 10)) == (4, 5)\n\"\"\"\n"},
       {"entry_point", "shared"},
       {"canonical_solution",
        "\ndef shared(a, b):\n    if a == (9,): raise ValueError('not defined')\n"
        "    return tuple(sorted(set(a) & set(b + (0,))))\n"},
       {"base_input", {{{3, 4, 5}, {5, 4, 10}}, {{1}, {2}}}},
       {"plus_input", {{{9}, {1}}, {Json::array(), Json::array()}, {{0, 1}, {1}}}},
       {"atol", 0}});
}

Item halves(double atol) {
  return item_with({{"entry_point", "half"},
                    {"canonical_solution", "def half(x):\n    return x / 2\n"},
                    {"base_input", {{1}, {3}}},
                    {"plus_input", {{1e9}}},
                    {"atol", atol}});
}

}  // namespace

TEST_CASE("programs that solve the task pass, however the reply holds them") {
  const std::vector<std::string> replies{
      "```python\ndef doubled(values):\n    return [2 * v for v in values]\n```",
      "def doubled(values: List[int]) -> List[int]:\n    return [2 * v for v in values]\n",
      "    return [2 * v for v in values]\n",
      "return [2 * v for v in values]",
      "out = []\n    for v in values:\n        out.append(helper(v))\n    return out",
      "out = []\nfor v in values:\n    out.append(helper(v))\nreturn out",
      "```python\nfrom __future__ import annotations\nimport math\n\ndef twice(v):\n"
      "    return math.trunc(2 * v)\n\ndef doubled(values):\n    return [twice(v) for v in values]\n\n"
      "if __name__ == '__main__':\n    raise SystemExit(1)\n```",
      "```python\nprint('noise')\ndoubled = lambda values: [2 * v for v in values]\n```",
      "```python\nclass Twice(list): pass\ndef doubled(values):\n    return Twice(2 * v for v in "
      "values)\n```",
  };
  const auto results = bench().score_all("python", replies, {doubling()});
  for (std::size_t i = 0; i < replies.size(); ++i)
    CHECK_MESSAGE(results[i].solved, replies[i] << "\n" << results[i].detail);
}

TEST_CASE("wrong programs fail with the reason") {
  const auto detail = [](const std::string& reply, double timeout = 3) {
    const ScoreResult result = bench().score("python", reply, doubling(timeout));
    CHECK_FALSE(result.solved);
    CHECK(result.value == 0);
    std::string text = result.detail;
    if (const auto end = text.find(" (weaker sandbox)"); end != std::string::npos) text.resize(end);
    return text;
  };
  CHECK(detail("def doubled(values):\n    return values\n") == "AssertionError");
  CHECK(detail("def doubled(values):\n    return [abs(2 * v) for v in values]\n") ==
        "AssertionError: negative");
  CHECK(detail("def doubled(values):\n    return tuple(2 * v for v in values)\n") == "AssertionError");
  CHECK(detail("def doubled(values):\n    return values[5]\n") == "IndexError: list index out of range");
  CHECK(detail("    pass\n") == "AssertionError");
  CHECK(detail("I cannot help with that.").starts_with("SyntaxError"));
  CHECK(detail("```python\ndef tripled(values):\n    return values\n```") == "AssertionError");
  CHECK(detail("def doubled(values):\n    while True: pass\n", 0.3) == "timeout after 0.3 s");
  CHECK(detail("import time\ntime.sleep(60)\ndef doubled(values): pass\n", 0.3) == "timeout after 0.3 s");
  CHECK(detail("def doubled(values):\n    return [0] * 10**10\n") == "MemoryError");
  CHECK(detail("def doubled(values):\n    return doubled(values)\n").starts_with("RecursionError"));
  CHECK(detail("def doubled(values):\n    return 'x' * 20_000_000\n") ==
        "the program returned what cannot be read");
}

// Each of these would pass where the program shares a process, a descriptor or an exit code with its judge.
TEST_CASE("a verdict cannot be forged") {
  const std::vector<std::string> forgeries{
      "print('passed')\nprint('{\"verdict\": \"passed\", \"detail\": \"\"}')\nimport sys\nsys.exit(0)\n"
      "def doubled(values): pass\n",
      "import os\nos._exit(0)\ndef doubled(values): pass\n",
      "def doubled(values):\n    import os\n    os._exit(0)\n",
      "def doubled(values):\n    raise SystemExit(0)\n",
      "def check(candidate): pass\ndef doubled(values): pass\n",
      "import builtins, sys\nbuiltins.AssertionError = Exception\nsys.modules['builtins'].check = print\n"
      "def doubled(values): return None\n",
      "class Yes:\n    def __eq__(self, other): return True\n    def __bool__(self): return True\n"
      "def doubled(values): return Yes()\n",
      "class Yes(list):\n    def __eq__(self, other): return True\ndef doubled(values): return Yes()\n",
      "import os\nfor fd in range(64):\n    try:\n"
      "        os.write(fd, b'{\"verdict\": \"passed\", \"detail\": \"\"}\\n')\n    except OSError: pass\n"
      "def doubled(values): pass\n",
      "import json, os\ndef frame(m):\n    d = json.dumps(m).encode()\n"
      "    os.write(3, len(d).to_bytes(4, 'big') + d)\n"
      "for i in range(9):\n    frame({'verdict': 'passed'})\n    frame({'value': None})\n"
      "def doubled(values): pass\n",
      "import gc, sys\nfor o in gc.get_objects():\n    if isinstance(o, dict) and 'verdict_fd' in o:\n"
      "        o['finish']('passed')\nframe = sys._getframe()\nwhile frame:\n"
      "    frame.f_globals['assert_'] = None\n    frame = frame.f_back\n"
      "def doubled(values): pass\n",
      "import os, signal\ndef doubled(values):\n    for pid in range(1, 400):\n        try: os.kill(pid, 9)\n"
      "        except (OSError, ProcessLookupError): pass\n",
      "def doubled(values):\n    raise StopIteration\n",
      "import threading, os\nthreading.Timer(0.05, lambda: os._exit(0)).start()\n"
      "def doubled(values):\n    import time\n    time.sleep(0.5)\n",
  };
  const auto results = bench().score_all("python", forgeries, {doubling()});
  for (std::size_t i = 0; i < forgeries.size(); ++i)
    CHECK_MESSAGE(!results[i].solved, forgeries[i] << "\n" << results[i].detail);
}

TEST_CASE("two blocks are both run, and the first decides") {
  const std::string right = "```python\ndef doubled(values):\n    return [2 * v for v in values]\n```\n";
  const std::string wrong = "```python\ndef doubled(values):\n    return values\n```\n";
  const auto results =
      bench().score_all("python", {right, right + "Or:\n" + wrong, wrong + right}, {doubling()});
  CHECK(results[0].solved);
  CHECK_FALSE(results[0].second_value.has_value());
  CHECK(results[1].solved);
  CHECK(results[1].second_value == 0.0);
  CHECK_FALSE(results[2].solved);
  CHECK(results[2].second_value == 1.0);
}

TEST_CASE("a program is compared with the reference on every input that has one") {
  const auto detail = [](const std::string& reply, const Item& item) {
    const ScoreResult result = bench().score("python_differential", reply, item);
    std::string text = result.detail;
    if (const auto end = text.find(" (weaker sandbox)"); end != std::string::npos) text.resize(end);
    CHECK(result.solved == text.starts_with("passed"));
    return text;
  };
  // Five inputs, one of which the reference refuses.
  CHECK(detail("def shared(a, b):\n    return tuple(sorted(x for x in a if x in b + (0,)))\n",
               shared_elements()) == "passed, 4 inputs");
  CHECK(detail("def shared(a, b):\n    return tuple(sorted(x for x in a if x in b))\n", shared_elements()) ==
        "input 4 of 4: another result");
  CHECK(detail("def shared(a, b):\n    return sorted(x for x in a if x in b + (0,))\n", shared_elements()) ==
        "input 1 of 4: another result");
  CHECK(detail("def shared(a, b):\n    return {}[a]\n", shared_elements()) ==
        "input 1 of 4: KeyError: '(3, 4, 5)'");
  CHECK(detail("import os\ndef shared(a, b):\n    os._exit(0)\n", shared_elements()) ==
        "the program ended before the tests did");
  CHECK(detail("def half(x):\n    return x * 0.5 + 1e-9\n", halves(0)) == "passed, 3 inputs");
  CHECK(detail("def half(x):\n    return x * 0.5 + 0.01\n", halves(0)) == "input 1 of 3: another result");
  CHECK(detail("def half(x):\n    return x * 0.5 + 0.01\n", halves(0.02)) == "passed, 3 inputs");
  CHECK(detail("def half(x):\n    return float('nan')\n", halves(0.02)) == "input 1 of 3: another result");
}

TEST_CASE("an item that cannot be scored is an error that names it, not a wrong answer") {
  const auto message = [](const std::string& row, const Json& details) -> std::string {
    try {
      bench().score(row, "def f(x): return x", item_with(details));
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::input);
      return error.what();
    }
    return "no error";
  };
  CHECK(message("python", {{"prompt", ""}, {"entry_point", "f"}}).find("test") != std::string::npos);
  CHECK(message("python", {{"prompt", ""}, {"entry_point", "f"}, {"test", "def check("}})
            .starts_with("item 00000000000000aa cannot be scored: SyntaxError"));
  CHECK(message("python", {{"prompt", ""}, {"entry_point", "f"}, {"test", "def check(candidate): pass"}})
            .find("never calls the function") != std::string::npos);
  CHECK(message("python_differential", {{"entry_point", "f"},
                                        {"canonical_solution", "def f(x): return {}[x]"},
                                        {"base_input", {{1}}},
                                        {"plus_input", Json::array()}})
            .find("answers none of the inputs") != std::string::npos);
}

TEST_CASE("HumanEval: every canonical solution passes, and none with its body removed") {
  const std::filesystem::path file = "../shared/data/HumanEval.jsonl.gz";
  if (!std::filesystem::exists(file)) {
    MESSAGE("skipped: " << file.string() << " is not here");
    return;
  }
  const ByteSource source = open_bytes(file);
  std::string text, block(1 << 16, '\0');
  while (const std::size_t got = source(block)) text.append(block, 0, got);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::size_t kEvery = 16;  // a sample, for time
#else
  constexpr std::size_t kEvery = 1;
#endif
  std::vector<Item> items;
  std::vector<std::string> canonical, removed;
  std::size_t read = 0;
  for (std::size_t at = 0; at < text.size(); ++read) {
    const std::size_t end = text.find('\n', at);
    const Json row = parse_json(text.substr(at, end - at), "HumanEval");
    at = end + 1;
    if (read % kEvery != 0) continue;
    items.push_back(item_with({{"prompt", row.at("prompt")},
                               {"entry_point", row.at("entry_point")},
                               {"test", row.at("test")},
                               {"timeout_s", 30}}));  // the machine may be busy
    canonical.push_back(row.at("canonical_solution"));
    removed.emplace_back("    pass\n");
  }
  CHECK(read == 164);
  const auto solved = [](const std::vector<ScoreResult>& results) {
    return static_cast<std::size_t>(
        std::count_if(results.begin(), results.end(), [](const ScoreResult& r) { return r.solved; }));
  };
  const auto right = bench().score_all("python", canonical, items);
  for (std::size_t i = 0; i < right.size(); ++i)
    CHECK_MESSAGE(right[i].solved, "item " << i * kEvery << ": " << right[i].detail);
  CHECK(solved(right) == items.size());
  CHECK(solved(bench().score_all("python", removed, items)) == 0);
}
