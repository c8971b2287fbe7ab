// promptfoo, lm-evaluation-harness, OpenAI evals and Harbor: what their records become.
#include <doctest/doctest.h>

#include "tests/harness/import/import_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

std::string promptfoo_of(const std::string& results, const std::string& prompts = R"([{"raw": "{{q}}"}])") {
  return R"({"evalId": "e", "results": {"version": 3, "timestamp": "2026-11-27T06:18:04.000Z", "prompts": )" +
         prompts + R"(, "results": [)" + results +
         R"(]}, "config": {"description": "sums", "providers": [{"id": "openai:chat:m", "config": {"temperature": 0, "apiKey": "k"}}]}})";
}

const std::string kPassed =
    R"({"promptIdx": 0, "testIdx": 0, "provider": {"id": "openai:chat:gpt-5.5", "label": ""}, "prompt": {"raw": "2+2?"}, "vars": {"q": "2+2?"},
 "testCase": {"assert": [{"type": "equals", "value": "4"}, {"type": "equals", "value": "5"}]}, "latencyMs": 1500, "cost": 0.00025, "success": true, "score": 0.5,
 "response": {"output": "4", "tokenUsage": {"total": 14, "prompt": 10, "completion": 4, "completionDetails": {"reasoning": 1}}},
 "namedScores": {"style": 0.25},
 "gradingResult": {"reason": "one of two", "componentResults": [{"pass": true, "score": 1, "assertion": {"type": "equals"}}, {"pass": false, "score": 0, "assertion": {"type": "equals"}}]}})";
const std::string kFailed =
    R"({"provider": {"id": "openai:chat:gpt-5.5"}, "prompt": {"raw": "3+3?"}, "vars": {"q": "3+3?"}, "success": false, "score": 0, "failureReason": 2, "error": "API error: 429"})";

}  // namespace

TEST_CASE("promptfoo: providers are models, assertions further scores, an error no verdict") {
  const ReadRun run = read_run("promptfoo", "o.json", promptfoo_of(kPassed + "," + kFailed));
  CHECK(run.header.models[0].name == "openai:chat:gpt-5.5");
  CHECK(run.header.models[0].provider == "openai");
  CHECK(run.header.models[0].model == "gpt-5.5");
  CHECK(run.header.tasks[0].name == "sums");
  CHECK(run.header.settings == R"({"as_logged":{"openai:chat:m":{"temperature":0}}})");
  REQUIRE(run.trials.size() == 2);
  CHECK(run.trials[0].expected == "4 | 5");
  const Attempt& attempt = run.attempts[0].attempt;
  CHECK(attempt.text == "4");
  CHECK(attempt.reported_cost->decimal() == "0.00025");
  CHECK(attempt.usage[Meter::visible_output]->value == 3);
  CHECK(attempt.timeline.end == Mono{1'500'000'000});
  CHECK(run.score(0, "promptfoo")->solved);
  CHECK(run.score(0, "promptfoo")->value == 0.5);
  CHECK(run.score(0, "assert/equals")->solved);
  CHECK_FALSE(run.score(0, "assert/equals#2")->solved);
  CHECK(run.score(0, "named/style")->value == 0.25);
  CHECK(run.attempts[1].attempt.outcome == Outcome::capacity);
  CHECK(run.counts.unscored == 1);
}

TEST_CASE("promptfoo: several prompts are models of their own, over the same items") {
  std::string second = kPassed;
  second.replace(second.find("\"promptIdx\": 0"), 14, "\"promptIdx\": 1");
  second.replace(second.find("\"raw\": \"2+2?\""), 13, "\"raw\": \"sum: 2+2?\"");
  const ReadRun run =
      read_run("promptfoo", "o.json",
               promptfoo_of(kPassed + "," + second, R"([{"raw": "{{q}}"}, {"raw": "sum: {{q}}"}])"));
  REQUIRE(run.header.models.size() == 2);
  CHECK(run.header.models[1].name == "openai:chat:gpt-5.5 [prompt 2]");
  CHECK(run.trials[0].item == run.trials[1].item);
}

TEST_CASE("promptfoo: what comes out of its cache has no tokens of its own, and hostile files are errors") {
  std::string cached = kPassed;
  cached.replace(cached.find("\"output\": \"4\""), 13, "\"output\": \"4\", \"cached\": true");
  const ReadRun run = read_run("promptfoo", "o.json", promptfoo_of(cached));
  CHECK(run.counts.with_tokens == 0);
  CHECK(run.attempts[0].attempt.notes.size() == 1);
  const auto complaint = [](const std::string& text) {
    return import_complaint("promptfoo", "o.json", text);
  };
  CHECK(complaint(R"({"results": {"a": []}})").starts_with("o.json: there is nothing at /results/results"));
  CHECK(complaint(promptfoo_of("{}")) ==
        "o.json: /results/results/0: the top level: \"provider\" is missing");
  CHECK(complaint(promptfoo_of(R"({"provider": {"id": "m"}, "success": "yes", "vars": {"q": 1}})"))
            .find("/success") != std::string::npos);
}

TEST_CASE("lm-evaluation-harness: a trial a document, the filters behind the first are further scores") {
  const auto line = [](int doc, const std::string& filter, const std::string& value) {
    return R"({"doc_id": )" + std::to_string(doc) +
           R"(, "target": "4", "arguments": {"gen_args_0": {"arg_0": "[{\"role\": \"user\", \"content\": \"q)" +
           std::to_string(doc) +
           R"(\"}]", "arg_1": {}}}, "resps": [["It is 4"]], "filtered_resps": ["4"], "filter": ")" + filter +
           R"(", "metrics": ["exact_match", "length"], "exact_match": )" + value + R"(, "length": 7})" + "\n";
  };
  const std::string samples = line(0, "strict", "0.0") + line(1, "strict", "1.0") +
                              line(0, "flexible", "1.0") + line(1, "flexible", "1.0");
  const ImportFile results = text_file(
      "results_2026-11-27T06-18-18.123456.json",
      R"({"results": {}, "configs": {"sums": {"num_fewshot": 0, "generation_kwargs": {"temperature": 0}}}, "config": {"model_args": "model=strong,base_url=http://x"}, "date": 1795760298.5})");
  const ImportFile file = text_file("samples_sums_2026-11-27T06-18-18.123456.jsonl", samples);
  const ReadRun run = read_runs("lm-eval", {results, file}).at(0);
  CHECK(run.header.models[0].name == "strong");
  CHECK(run.header.tasks[0].name == "sums");
  CHECK(run.header.tasks[0].scorer == "exact_match,strict");
  CHECK(run.header.settings == R"({"as_logged":{"num_fewshot":0,"temperature":0}})");
  REQUIRE(run.trials.size() == 2);
  CHECK(run.trials[1].prompt == "q1");
  CHECK(run.attempts[1].attempt.text == "It is 4");
  CHECK_FALSE(run.score(0, "exact_match,strict")->solved);
  CHECK(run.score(0, "exact_match,flexible")->solved);
  CHECK(run.score(1, "exact_match,strict")->solved);
  CHECK(run.said.size() == 2);  // the lengths, of either filter
  CHECK(complaint_of([&] { read_runs("lm-eval", {results}); }).find("no samples_*.jsonl") !=
        std::string::npos);
  CHECK(import_complaint("lm-eval", "samples_t_2026-11-27T1.jsonl", line(0, "a", "1") + line(0, "a", "1"))
            .find("document 0 stands twice") != std::string::npos);
}

TEST_CASE("OpenAI evals: events of samples that ran side by side") {
  const auto event = [](const std::string& sample, const std::string& type, const std::string& data) {
    return R"({"run_id": "r", "event_id": 1, "sample_id": ")" + sample + R"(", "type": ")" + type +
           R"(", "data": )" + data +
           R"(, "created_by": "", "created_at": "2026-11-27 06:18:05.500000+00:00"})" + "\n";
  };
  const std::string spec =
      R"({"spec": {"completion_fns": ["gpt-3.5-turbo"], "eval_name": "sums.dev.v0", "run_config": {"seed": 7}}})"
      "\n";
  const std::string log =
      spec +
      event(
          "s.1", "sampling",
          R"({"prompt": [{"role": "user", "content": "2+2?"}], "sampled": ["4"], "model": "gpt-3.5-turbo-0125", "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}})") +
      event("s.0", "sampling", R"({"prompt": "1+1?", "sampled": "3"})") +
      event("s.0", "match", R"({"correct": false, "expected": "2", "picked": "3"})") +
      event("s.1", "match", R"({"correct": true, "expected": ["4", "four"], "picked": "4"})") +
      event("s.1", "metrics", R"({"f1": 0.5, "tokens": 17})") + event("s.2", "raw_sample", "{}") +
      event("s.3", "metrics", R"({"choice": "Yes", "score": 1.0})") +
      R"({"final_report": {"accuracy": 0.5}})";
  const ReadRun run = read_run("openai-evals", "r.jsonl", log);
  CHECK(run.header.models[0].name == "gpt-3.5-turbo");
  CHECK(run.header.tasks[0].name == "sums.dev.v0");
  CHECK(run.header.settings == R"({"as_logged":{"seed":7}})");
  REQUIRE(run.trials.size() == 3);
  CHECK(run.trials[0].prompt == "2+2?");
  CHECK(run.trials[1].expected == "2");
  CHECK(run.attempts[0].attempt.usage[Meter::fresh_input]->value == 10);
  CHECK(run.attempts[0].attempt.billing.served_model == "gpt-3.5-turbo-0125");
  CHECK(run.score(0, "match")->solved);
  CHECK_FALSE(run.score(1, "match")->solved);
  CHECK(run.score(0, "f1")->value == 0.5);
  CHECK(run.score(2, "match")->solved);  // graded by a model
  CHECK(
      import_complaint("openai-evals", "r.jsonl", event("s", "match", "{}")).find("before the log's spec") !=
      std::string::npos);
  CHECK(import_complaint("openai-evals", "r.jsonl", spec + event("s", "match", R"({"correct": 1})"))
            .find("/data/correct") != std::string::npos);
}

TEST_CASE("Harbor: a row's totals are shared out over its trials, to the last token and the last cent") {
  const std::string row =
      R"({"source_filter": {"agent": "codex", "agent_version": "0.125.0", "model_name": "openai/gpt-5.5"},
 "metadata": {"agent_display": {"label": "Codex"}, "model_display": {"label": "GPT-5.5"}, "reasoning_effort": "xhigh", "date": "2026-05-01"},
 "metrics": {"accuracy": 83.15, "n_trials": 445, "total_cost_usd": 2059.19, "uncached_input_tokens": 336797311, "cached_input_tokens": 392433664, "output_tokens": 5966373, "avg_trial_duration_sec": 482.6}})";
  const ReadRun run = read_run("harbor", "2026-05-01-codex.json", row);
  CHECK(run.header.models[0].name == "openai/gpt-5.5@xhigh (Codex)");
  CHECK(run.header.models[0].provider == "openai");
  CHECK(run.header.models[0].model == "gpt-5.5");
  CHECK(run.trials.size() == 445);
  std::int64_t solved = 0;
  Money cost;
  for (const ScoreRow& score : run.scores) solved += score.solved ? 1 : 0;
  for (const AttemptRow& attempt : run.attempts) cost += *attempt.attempt.reported_cost;
  CHECK(solved == 370);
  CHECK(cost.decimal() == "2059.19");
  CHECK(run.sum(Meter::fresh_input) == 336'797'311);
  CHECK(run.sum(Meter::cache_read) == 392'433'664);
  CHECK(run.sum(Meter::visible_output) == 5'966'373);
  CHECK(run.attempts[0].attempt.usage[Meter::fresh_input]->provenance == Provenance::estimated);
  CHECK(run.said.size() == 3);
}

TEST_CASE("Harbor: where a board says how often each task was solved, the trials are these") {
  const std::string board =
      R"({"leaderboard": {"title": "Terminal-Bench"}, "rows": [
 {"id": "r1", "metadata": {"model_display": {"label": "A"}}, "metrics": {"accuracy": 50, "n_trials": 4}},
 {"id": "r2", "metadata": {"model_display": {"label": "B"}}, "metrics": {"accuracy": 25, "n_trials": 4, "successes": 1}}],
 "task_matrix": {"rows": {"r1": {"x": {"solved": 2, "total": 2}, "y": {"solved": 0, "total": 2}}, "r2": {"x": {"solved": 1, "total": 2}, "y": {"solved": 0, "total": 2}}}}})";
  const ReadRun run = read_run("harbor", "board.json", board);
  CHECK(run.header.tasks[0].name == "Terminal-Bench");
  REQUIRE(run.trials.size() == 8);
  CHECK(run.header.items_per_task == 2);
  CHECK(run.trials[0].item == run.trials[4].item);
  CHECK(run.trials[1].repeat == 1);
  CHECK(run.scores[1].solved);
  CHECK_FALSE(run.scores[2].solved);
  CHECK_FALSE(run.scores[5].solved);
  const auto complaint = [](const std::string& text) { return import_complaint("harbor", "b.json", text); };
  CHECK(
      complaint(R"({"metadata": {"model_display": "m"}, "metrics": {"accuracy": 50}})").find("no n_trials") !=
      std::string::npos);
  CHECK(complaint(R"({"metadata": {"model_display": "m"}, "metrics": {"accuracy": 500, "n_trials": 1}})")
            .find("expected a percentage") != std::string::npos);
  CHECK(complaint(R"({"metadata": {"model_display": "m"}, "metrics": {"accuracy": 50, "n_trials": 1e12}})")
            .starts_with("b.json"));
}

TEST_CASE("a file's format is told by its first bytes") {
  const auto guess = [](const std::string& name, const std::string& text) {
    const ImportRow* row = guess_import(text_file(name, text));
    return row == nullptr ? std::string("none") : std::string(row->name);
  };
  CHECK(guess("l.eval", "PK\x03\x04") == "inspect");
  CHECK(guess("l.json", R"({"version": 2, "status": "success", "eval": {"task": "t"}})") == "inspect");
  CHECK(guess("samples_t_x.jsonl", R"({"doc_id": 0, "resps": []})") == "lm-eval");
  CHECK(guess("results_2026.json", R"({"results": {}})") == "lm-eval");
  CHECK(guess("o.json", R"({"evalId": "e"})") == "promptfoo");
  CHECK(guess("r.jsonl", R"({"spec": {"eval_name": "x"}})") == "openai-evals");
  CHECK(guess("h.json", R"({"metadata": {"model_display": 1}, "metrics": {"accuracy": 1}})") == "harbor");
  CHECK(guess("t.json", R"([{"task_id": 1, "reward": 1}])") == "tau-bench");
  CHECK(guess("r.csv", "prompt,m\nx,True\n") == "routellm");
  CHECK(guess("t.csv", "a,b\n1,2\n") == "none");
}
