"""Logs of Inspect, lm-evaluation-harness and promptfoo against costwar mock, imported: see tools/peers/import_logs."""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from mock_server import Mock  # noqa: E402

QUESTIONS = [(f"What is {a} plus {b}? Reply with the number only.", str(a + b))
             for a, b in [(2, 3), (14, 8), (31, 27), (40, 2), (5, 96), (77, 11), (63, 18), (120, 45), (9, 9), (256, 128)]]

INSPECT_TASK = """\
import json
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes, match
from inspect_ai.solver import generate


@task
def sums():
    questions = json.load(open("questions.json"))
    samples = [Sample(id=f"sum-{i}", input=q, target=a) for i, (q, a) in enumerate(questions)]
    return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=[match(location="exact"), includes()])
"""

LM_EVAL_TASK = """\
task: sums
dataset_path: json
dataset_kwargs:
  data_files:
    test: FOLDER/questions.jsonl
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs:
  until: ["\\n\\n"]
  temperature: 0
  max_gen_toks: 64
filter_list:
  - name: whole
    filter:
      - function: take_first
  - name: number
    filter:
      - function: regex
        regex_pattern: "(\\\\d+)"
      - function: take_first
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
"""


def truth_of(mock):
    """Stops the mock. Requests, right answers, prompt and completion tokens of each model, as it knows them."""
    mock.__exit__()
    sums = {}
    with open(mock.truth, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            entry = sums.setdefault(row["model"], {"requests": 0, "right": 0, "prompt": 0, "completion": 0})
            entry["requests"] += 1
            entry["right"] += bool(row["correct"])
            entry["prompt"] += row["prompt_tokens"]
            entry["completion"] += row["completion_tokens"]
    return sums


def imported(costwar, folder, *arguments):
    """A run by what the export says: scores by scorer and tokens, by model."""
    def run(*command):
        return subprocess.run([costwar, *command, "--store", folder + "/store.db"], check=True, capture_output=True,
                              text=True).stdout

    models, trials = {}, {}
    for number in run("import", *arguments).split():
        for line in run("runs", "export", number).splitlines():
            row = json.loads(line)
            if row["row"] == "run":
                names = [model["name"] for model in row["models"]]
                main = row["tasks"][0]["scorer"]
                for name in names:
                    models[name] = {"trials": 0, "scores": {}, "prompt": 0, "completion": 0, "main": main}
            elif row["row"] == "trial":
                trials[row["trial"]] = names[row["model"]]
                models[names[row["model"]]]["trials"] += 1
            elif row["row"] == "score":
                models[trials[row["trial"]]]["scores"].setdefault(row["scorer"], []).append(row["value"])
            else:
                usage = {meter: count["value"] for meter, count in row["usage"].items()}
                entry = models[trials[row["trial"]]]
                entry["prompt"] += sum(usage.get(meter, 0) for meter in ("fresh_input", "cache_read", "cache_write_5m"))
                entry["completion"] += usage.get("visible_output", 0) + usage.get("reasoning", 0)
        subprocess.run([costwar, "compare", "--run", number, "--store", folder + "/store.db"], check=True,
                       capture_output=True)
    return models


class Report:
    def __init__(self):
        self.rows = []
        self.differences = 0

    def add(self, tool, what, theirs, ours, truth):
        same = abs(theirs - ours) < 1e-9 and (truth is None or abs(truth - ours) < 1e-9)
        self.differences += not same
        self.rows.append((tool, what, theirs, ours, "-" if truth is None else truth, "equal" if same else "DIFFERS"))

    def show(self):
        head = ("tool", "what", "tool says", "imported", "mock's truth", "")
        table = [head] + [tuple(f"{v:g}" if isinstance(v, (int, float)) else v for v in row) for row in self.rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(head))]
        for row in table:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def mean(values):
    return sum(values) / len(values)


def inspect(costwar, environment, folder, mock, report, kind):
    subprocess.run([os.path.join(environment, "venv/bin/inspect"), "eval", "task.py", "--model", "openai-api/mock/strong",
                    "--log-dir", f"logs-{kind}", "--log-format", kind, "--display", "none", "--temperature", "0"],
                   cwd=folder, check=True, capture_output=True,
                   env=dict(os.environ, MOCK_API_KEY="none", MOCK_BASE_URL=mock.url, INSPECT_DISABLE_MODEL_INFO="1"))
    log = glob.glob(f"{folder}/logs-{kind}/*.{kind}")[0]
    dump = subprocess.run([os.path.join(environment, "venv/bin/inspect"), "log", "dump", "--header-only", log], check=True,
                          capture_output=True, text=True).stdout
    theirs = json.loads(dump)
    ours = imported(costwar, folder, log)["openai-api/mock/strong"]
    tool = f"Inspect .{kind}"
    known = truth_of(mock)["strong"]
    for score in theirs["results"]["scores"]:
        right = known["right"] / known["requests"] if score["name"] == "match" else None
        report.add(tool, score["name"] + " accuracy", score["metrics"]["accuracy"]["value"], mean(ours["scores"][score["name"]]),
                   right)
    usage = theirs["stats"]["model_usage"]["openai-api/mock/strong"]
    prompt = usage["input_tokens"] + (usage.get("input_tokens_cache_read") or 0)
    report.add(tool, "prompt tokens", prompt, ours["prompt"], known["prompt"])
    report.add(tool, "completion tokens", usage["output_tokens"], ours["completion"], known["completion"])


def lm_eval(costwar, environment, folder, mock, report):
    subprocess.run([os.path.join(environment, "venv/bin/lm_eval"), "--model", "local-chat-completions", "--model_args",
                    f"model=strong,base_url={mock.url}/chat/completions,num_concurrent=1", "--tasks", "sums", "--include_path",
                    folder + "/tasks", "--apply_chat_template", "--log_samples", "--output_path", folder + "/lm"],
                   cwd=folder, check=True, capture_output=True,
                   env=dict(os.environ, OPENAI_API_KEY="none", HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1",
                            HF_HOME=folder + "/hf"))
    results = glob.glob(folder + "/lm/**/results_*.json", recursive=True)[0]
    with open(results, encoding="utf-8") as file:
        theirs = json.load(file)["results"]["sums"]
    ours = imported(costwar, folder, results)["strong"]
    right = truth_of(mock)["strong"]
    for scorer in ("exact_match,whole", "exact_match,number"):
        report.add("lm-eval", scorer, theirs[scorer], mean(ours["scores"][scorer]), right["right"] / right["requests"])


def promptfoo(costwar, environment, folder, mock, report):
    config = {"description": "sums", "prompts": ["{{question}}"],
              "providers": [{"id": f"openai:chat:{name}", "config": {"apiBaseUrl": mock.url, "apiKey": "none", "temperature": 0}}
                            for name in ("strong", "weak")],
              "tests": [{"vars": {"question": q}, "assert": [{"type": "equals", "value": a}]} for q, a in QUESTIONS]}
    with open(folder + "/promptfooconfig.json", "w", encoding="utf-8") as file:
        json.dump(config, file)
    done = subprocess.run([os.path.join(environment, "npm/node_modules/.bin/promptfoo"), "eval", "-c", "promptfooconfig.json",
                           "-o", "output.json", "--no-cache", "--no-progress-bar"], cwd=folder, capture_output=True, text=True,
                          env=dict(os.environ, PROMPTFOO_DISABLE_TELEMETRY="1", PROMPTFOO_DISABLE_UPDATE="1",
                                   PROMPTFOO_CONFIG_DIR=folder + "/promptfoo", PROMPTFOO_DISABLE_REMOTE_GENERATION="1"))
    assert os.path.exists(folder + "/output.json"), done.stderr
    with open(folder + "/output.json", encoding="utf-8") as file:
        theirs = json.load(file)["results"]
    ours = imported(costwar, folder, folder + "/output.json")
    known = truth_of(mock)
    for prompt in theirs["prompts"]:
        metrics = prompt["metrics"]
        name = prompt["provider"]
        right = known[name.rsplit(":", 1)[1]]
        passed = metrics["testPassCount"] / (metrics["testPassCount"] + metrics["testFailCount"])
        report.add("promptfoo", f"{name} passed", passed, mean(ours[name]["scores"]["promptfoo"]),
                   right["right"] / right["requests"])
        report.add("promptfoo", f"{name} prompt tokens", metrics["tokenUsage"]["prompt"], ours[name]["prompt"], right["prompt"])
        report.add("promptfoo", f"{name} completion tokens", metrics["tokenUsage"]["completion"], ours[name]["completion"],
                   right["completion"])


def main(costwar, environment, keep=None):
    costwar, environment = os.path.abspath(costwar), os.path.abspath(environment)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(folder + "/tasks")
        with open(folder + "/book.jsonl", "w", encoding="utf-8") as book:
            for question, answer in QUESTIONS:
                book.write(json.dumps({"prompt": question, "answer": answer}) + "\n")
        with open(folder + "/questions.jsonl", "w", encoding="utf-8") as file:
            for question, answer in QUESTIONS:
                file.write(json.dumps({"question": question, "answer": answer}) + "\n")
        with open(folder + "/questions.json", "w", encoding="utf-8") as file:
            json.dump(QUESTIONS, file)
        with open(folder + "/task.py", "w", encoding="utf-8") as file:
            file.write(INSPECT_TASK)
        with open(folder + "/tasks/sums.yaml", "w", encoding="utf-8") as file:
            file.write(LM_EVAL_TASK.replace("FOLDER", folder))

        runs = [("eval", lambda *given: inspect(*given, "eval")), ("json", lambda *given: inspect(*given, "json")),
                ("lm", lm_eval), ("promptfoo", promptfoo)]
        for name, run in runs:
            truth = f"{folder}/truth-{name}.jsonl"
            with Mock(costwar, folder, "--answers", folder + "/book.jsonl", "--model", "strong=0.8", "--model", "weak=0.4",
                      "--cached", "0.3", "--truth", truth) as mock:
                mock.truth = truth
                run(costwar, environment, folder, mock, report)
        if keep:
            os.makedirs(keep, exist_ok=True)
            for path in glob.glob(folder + "/logs-*/*") + glob.glob(folder + "/lm/**/*.json*", recursive=True) + [
                    folder + "/output.json"] + glob.glob(folder + "/truth-*.jsonl"):
                shutil.copy(path, keep)
    report.show()
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
