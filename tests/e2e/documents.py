"""A real document of every kind that a verb prints, for schemas_test.py."""

import http.server
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time

FOLDERS = ("cli", "reports")
JUDGE = {"prompt": "The last line of your reply is [[A]], [[B]] or [[tie]].", "answer": "[[A]]", "wrong": "[[B]]",
         "ends_with": True}
LOG = '{"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":12000,"completion_tokens":800}}\n'
BOOK = {
    "schema_version": 1, "as_of": "2026-11-23", "records": [{
        "id": "acme/m", "kind": "price", "provider": "acme", "model": "m", "currency": "USD", "unit": "per_1m_tokens",
        "service_class": "standard", "region": "any", "time_band": "all", "meters": {"input": "10", "output": "100"},
        "reasoning": "included_in_output", "rate_kind": "list", "status": "in_force",
        "effective_from": "2020-01-01T00:00:00Z", "effective_from_precision": "minute", "known_from": "2020-01-01T00:00:00Z",
        "known_from_basis": "at_effect", "confirmed": True, "source_kind": "official", "sources": ["invented"],
        "seen": "2026-11-23", "last_verified": "2026-11-23"}]}


# Kinds that a build without llama.cpp's library cannot print.
NOT_EVERYWHERE = {"host_bits"}


def kinds_in_source():
    """Every kind that the sources name: document.kind = "..."."""
    found = set()
    for folder in FOLDERS:
        for path in pathlib.Path(folder).rglob("*.cpp"):
            found |= set(re.findall(r"\bkind = \"([a-z_]+)\";", path.read_text()))
    return found


class Verbs:
    """Runs the program in a folder of its own and keeps what it prints."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.documents = os.path.abspath(binary), folder, []

    def raw(self, *arguments, codes=(0,)):
        done = subprocess.run([self.binary, *arguments], cwd=self.folder, capture_output=True, text=True,
                              env=dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, XDG_DATA_HOME=self.folder))
        assert done.returncode in codes, (arguments, done.returncode, done.stderr)
        return done.stdout

    def take(self, *arguments, codes=(0,)):
        document = json.loads(self.raw(*arguments, "--format", "json", codes=codes))
        self.documents.append(document)
        return document

    def ledgers(self):
        if not os.path.exists(os.path.join(self.folder, ".costwar", "store.db")):
            return []
        done = subprocess.run([self.binary, "runs", "ledgers", "--format", "json"], cwd=self.folder, capture_output=True, text=True)
        return json.loads(done.stdout)["ledgers"] if done.returncode == 0 else []  # else the store is being made

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def task_documents(verbs):
    verbs.write("questions.csv", "question,answer\nWhat is one and one?,2\nWhat is two and two?,4\n")
    verbs.take("tasks")
    verbs.take("tasks", "add", "questions.csv")
    verbs.take("tasks", "show", "recall", "--n", "2")
    verbs.take("tasks", "show", "questions")
    verbs.take("tasks", "check", "questions")
    verbs.take("tasks", "pull", "questions")


def price_documents(verbs):
    examples = os.path.abspath("examples")
    verbs.write("log.jsonl", LOG)
    verbs.take("price", "log.jsonl")
    verbs.take("price", examples + "/gateway-log.jsonl", "--against", examples + "/invoice-openai.csv", codes=(0, 1, 7))
    verbs.take("prices", "list")
    verbs.take("prices", "show", "deepseek/deepseek-v4-pro")
    verbs.take("prices", "explain", "openai/gpt-5.5", "--usage", "input=100000,output=1000")
    verbs.take("prices", "history", "deepseek/deepseek-v4-pro")
    verbs.take("prices", "audit", "builtin", "builtin", codes=(0, 1))
    verbs.take("prices", "update")
    verbs.take("prices", "check", examples + "/price-vectors.json", codes=(0, 1))


def run_documents(verbs):
    verbs.raw("tasks", "answers", "--tasks", "arithmetic", "--n", "20", "-o", "book.jsonl")
    with open(os.path.join(verbs.folder, "book.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps(JUDGE) + "\n")
    mock = subprocess.Popen([verbs.binary, "mock", "--port", "0", "--model", "strong=0.9", "--model", "weak=0.5", "--answers",
                             "book.jsonl"], cwd=verbs.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = mock.stdout.readline().strip()
        models = [url + "#strong", url + "#weak"]
        run = verbs.take("compare", *models, "--tasks", "arithmetic", "--n", "20")["run"]
        verbs.take("plan", *models, "--tasks", "arithmetic", "--n", "20", "--run", run)
        verbs.take("runs")
        verbs.take("runs", "show", run)
        verbs.take("runs", "show", run, "--trial", "0")
        verbs.take("runs", "ledgers")
        verbs.take("decide", "high-volume-batch", run, codes=(0, 1, 9))
        verbs.take("frontier", run)
        verbs.take("route", url + "#weak", url + "#strong", "--task-cost", "weak=0.001usd", "--task-cost", "strong=0.01usd")
        verbs.take("decide", "--list")
        verbs.take("scores")
        verbs.take("scores", "conformance", "numeric")
        verbs.take("scores", "rescore", run)
        verbs.take("scores", "judge", run, "--judge", url + "#strong", "--pairwise", "strong,weak")
        rows = [json.loads(line) for line in verbs.raw("runs", "export", run).splitlines()]
        trials = {row["trial"]: row for row in rows if row["row"] == "trial"}
        labels = "item,model,label\n"
        for row in rows:
            if row["row"] == "score" and trials[row["trial"]]["model"] == 0 and row["scorer"] == rows[0]["tasks"][0]["scorer"]:
                labels += f"{trials[row['trial']]['item']},strong,{int(row['solved'])}\n"
        verbs.write("labels.csv", labels)
        verbs.take("scores", "agreement", run, "--labels", "labels.csv")
        verbs.take("doctor", "wire", url + "#strong", codes=(0, 1))
        for label in ("before", "after"):
            verbs.take("load", url + "#strong", "--concurrency", "2", "--duration", "1s", "--slo", "ttft=2s", "--label", label,
                       codes=(0, 8))
        verbs.take("load", "report", "before", "--machine-rate", "2", codes=(0, 8))
        verbs.take("load", "diff", "before", "after", codes=(0, 8))
        verbs.take("load", "runs")
    finally:
        mock.kill()
        mock.wait()


def budget_documents(verbs):
    """A run whose process is killed while it holds money, so that there is something to settle."""
    verbs.write("book.json", json.dumps(BOOK))
    slow = subprocess.Popen([verbs.binary, "mock", "--port", "0", "--model", "m=1", "--ttft", "600s"], cwd=verbs.folder,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = slow.stdout.readline().strip()
        verbs.write("costwar.json", json.dumps(
            {"providers": {"acme": {"like": "http", "base_url": url, "price_provider": "acme"}}}))
        victim = subprocess.Popen([verbs.binary, "run", "acme/m", "--book", "book.json", "--tasks", "recall", "--n", "2",
                                   "--budget", "0.5usd", "--max-output-tokens", "20"], cwd=verbs.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while not any(ledger["held"]["amount"] not in ("0", None) for ledger in verbs.ledgers()):
                assert victim.poll() is None and time.monotonic() < deadline, "nothing was held"
                time.sleep(0.05)
        finally:
            victim.kill()
            victim.wait()
    finally:
        slow.kill()
        slow.wait()
    run = json.loads(verbs.raw("runs", "--format", "json"))["runs"][-1]["run"]
    verbs.take("runs", "ledgers")
    verbs.take("runs", "settle", run)
    verbs.take("runs", "settle", run, "--at", "worst")
    os.remove(os.path.join(verbs.folder, "costwar.json"))


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A server that is no mock: it answers every chat with one word."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps({"id": "1", "object": "chat.completion", "model": "m", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def wire_documents(verbs):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        verbs.take("doctor", "wire", f"http://127.0.0.1:{server.server_port}/v1#m", "--timeout", "5", codes=(0, 1))
    finally:
        server.shutdown()


def import_documents(verbs):
    """Imported runs have documents of the same kinds."""
    logs = os.path.abspath("tests/harness/import/logs")
    for name in ("sums.eval", "sums-promptfoo.json", "results_2026-11-27T06-50-48.278017.json"):
        run = verbs.raw("import", f"{logs}/{name}").strip()
        verbs.take("compare", "--run", run)
        verbs.take("runs", "show", run)
    rows = [f"question {i},{i % 2},{int(i % 3 > 0)}\n" for i in range(40)]
    verbs.write("table.csv", "question,left,right\n" + "".join(rows))
    verbs.raw("import", "table", "table.csv", "--item", "question", "--score", "left", "--score", "right")
    verbs.take("frontier", "left", "right", "--at-cost", "0.01usd")
    verbs.write("scores.csv", "item,sure\n" + "".join(f"question {i},{i % 5}\n" for i in range(40)))
    verbs.take("route", "left", "right", "--score", "scores.csv:sure")
    verbs.take("diff", "left", "right")
    verbs.take("gate", "--baseline", "left", "--head", "right", codes=(0, 1, 3, 9))


def all_documents(binary):
    """Documents of every kind, from a few runs against the mock server."""
    with tempfile.TemporaryDirectory() as folder:
        verbs = Verbs(binary, folder)
        for each in (task_documents, price_documents, run_documents, budget_documents, wire_documents, import_documents):
            each(verbs)
        verbs.take("host", "inspect", "local/tiny-moe", "deepseek-v3", "kimi-k3", "--batch", "8")
        verbs.take("host", "threads", os.path.abspath("catalog/models/tiny-dense.gguf"), "--threads", "1", "--repeats", "1",
                   "--prompt", "8", "--tokens", "8")
        verbs.write("text.txt", "How well is this predicted? " * 8)
        bits = subprocess.run([verbs.binary, "host", "bits", os.path.abspath("catalog/models/tiny-dense.gguf"), "--text",
                               "text.txt", "--format", "json"], cwd=folder, capture_output=True, text=True)
        if "was built without" not in bits.stderr:
            verbs.documents.append(json.loads(bits.stdout))
        verbs.take("host", "shape", "local/tiny-moe", "--quant", "q8_0", "--prompt", "8", "--tokens", "8", "--repeat", "1")
        verbs.take("host", "accelerators")
        verbs.take("host", "accelerators", "ascend-910c")
        verbs.take("host", "estimate", "deepseek-v3", "--on", "h100-sxm,h20-96g", "--scenario", "tpu-8i@h100-sxm")
        verbs.take("host", "estimate", "deepseek-v3", "--on", "h100-sxm", "--own", "--capital", "40000")
        verbs.take("host", "estimate", "--published")
        verbs.take("host", "breakeven", "deepseek-v3", "--on", "h200-sxm", "--against", "openai/gpt-5.5", "--input-per-day",
                   "2e9", "--output-per-day", "2e8", "--cached-share", "0.6")
        for scores in (["list"], ["list", "--benchmark", "gpqa-diamond"], ["show", "published/terminal-bench-2.1/gpt-5.5@xhigh"],
                       ["show", "published/caisi-relative-cost/deepseek-v4-pro"], ["compare", "deepseek-v4-pro", "gpt-5.5"],
                       ["compare", "deepseek-v4-pro"], ["lag", "deepseek-v4-pro"], ["lag", "gpt-5.5"]):
            verbs.take("scores", *scores)
        verbs.take("frontier", "published/aider-polyglot:225-two-tries-diff", "--at-cost", "0.02usd")
        verbs.take("frontier", "published/aa-intelligence-index:v4.0")
        verbs.take("decide", "high-volume-batch", "published/chi-bench", codes=(0, 1, 9))
        verbs.take("forecast", "--scenario", os.path.abspath("examples/forecast/switch.json"), "--paths", "200")
        verbs.take("claim", "--capability", "0.8", "--cost", "0.25", "published/chi-bench/deepseek-v4-pro#openai-agents",
                   "published/chi-bench/gpt-5.5", codes=(9,))
        verbs.take("claim", "--file", os.path.abspath("examples/story/claims.json"), "--as-of", "2026-04-30,2026-11-23", codes=(1,))
        verbs.take("models")
        verbs.take("config", "show")
        verbs.take("config", "check")
        verbs.take("doctor")
        verbs.take("mock", "--list")
        return verbs.documents
