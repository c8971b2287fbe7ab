"""Kills one run again and again and compares what is left with a run that nobody disturbed.

What must hold, however the kills fall:
1. Every trial has exactly one score.
2. Of each call (trial, role, turn) exactly one attempt brought an answer: none is paid twice after its answer was kept.
3. The server saw no more requests than there are calls and attempts in doubt: what is asked again was in flight at a kill.
4. At each kill no more than --concurrency attempts came to be in doubt.
5. Both runs are equal: score, value and detail of every trial; text, tool calls and token counts of every call; in the report
   of each model its counts, solved, quality and interval, and of each pair everything but costs. Not compared: ids, times, and
   what counts attempts in doubt, whose cost is not known.
6. With --budget: what is charged is what the undisturbed run was charged, and with what is held for attempts in doubt it is at
   least what the server's truth file adds up to.
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal

from mock_server import Mock

binary = str(pathlib.Path(sys.argv[1]).resolve())
options = [word for word in sys.argv[2:] if not word.startswith("--")]
kills = int(options[0]) if options else 200
seed = int(options[1]) if len(options) > 1 else 1
budgeted = "--budget" in sys.argv
CONCURRENCY = 8
TASKS = "agent,memory:mode=tools,memory,copying,arithmetic"
ITEMS = max(4, kills // 2)  # of each task: the run must last for all kills
INPUT, OUTPUT = 10, 100     # micro-dollars for ten tokens, and for one
BOOK = {"$schema": "prices.schema.json", "schema_version": 1, "as_of": "2026-11-23", "records": [
    {"id": f"acme/{name}", "kind": "price", "provider": "acme", "model": name, "currency": "USD", "unit": "per_1m_tokens",
     "service_class": "standard", "region": "any", "time_band": "all", "meters": {"input": "10", "output": "100"},
     "reasoning": "included_in_output", "rate_kind": "list", "status": "in_force", "effective_from": "2020-01-01T00:00:00Z",
     "effective_from_precision": "minute", "known_from": "2020-01-01T00:00:00Z", "known_from_basis": "at_effect",
     "confirmed": True, "source_kind": "official", "sources": ["invented"], "seen": "2026-11-23",
     "last_verified": "2026-11-23"} for name in ("strong", "weak")]}
problems = []


def check(holds, what):
    if not holds:
        problems.append(what)
        print(f"  BROKEN: {what}", flush=True)


def costwar(folder, *arguments):
    done = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"costwar {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def prepare(folder):
    pathlib.Path(folder, "book.json").write_text(json.dumps(BOOK))
    costwar(folder, "tasks", "answers", "--tasks", TASKS, "--n", str(ITEMS), "--seed", str(seed), "-o", "answers.jsonl")
    return Mock(binary, folder, "--answers", "answers.jsonl", "--seed", str(seed), "--model", "strong=0.9", "--model", "weak=0.6",
                "--ttft", "15ms", "--truth", "truth.jsonl", "--unknown-tokens", "0")


def command(folder, mock):
    pathlib.Path(folder, "costwar.json").write_text(json.dumps(
        {"providers": {"acme": {"like": "http", "base_url": mock.url, "price_provider": "acme"}}}))
    words = ["run", "acme/strong", "acme/weak", "--tasks", TASKS, "--n", str(ITEMS), "--seed", str(seed), "--book", "book.json",
             "--concurrency", str(CONCURRENCY), "--max-output-tokens", "300"]
    return words + (["--budget", "1000usd"] if budgeted else [])


def runs(folder):
    """The runs of a folder; none where a kill came before the store was made."""
    if not pathlib.Path(folder, ".costwar/store.db").exists():
        return []
    done = subprocess.run([binary, "runs", "--format", "json"], cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode == 3 and "is empty" in done.stderr:
        return []  # the file was made, and its tables were not
    if done.returncode != 0:
        sys.exit(f"costwar runs ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)["runs"]


def answered(folder):
    """Grows with every request that the mock has answered."""
    return os.stat(pathlib.Path(folder, "truth.jsonl")).st_size


def undisturbed(folder):
    with prepare(folder) as mock:
        began = time.monotonic()
        costwar(folder, *command(folder, mock))
        return time.monotonic() - began


def disturbed(folder, lasts):
    """Starts the run, kills it at a random instant, and again; then lets it end."""
    chance = random.Random(seed)
    done = started_nothing = ended = 0
    in_doubt = [0]
    starts = 0.1  # seconds from the start of the program to the first answer, as seen last
    with prepare(folder) as mock:
        words = command(folder, mock)
        while done < kills:
            before, began = answered(folder), time.monotonic()
            child = subprocess.Popen([binary, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            # A quarter of the kills fall anywhere into the start, up to the first calls; the others a random while after the
            # first answer to this call of the program, when calls leave and end.
            if chance.random() < 0.25:
                give_up, wait = began + chance.uniform(0, 1.2 * starts), 0
            else:
                give_up, wait = began + 30, chance.uniform(0, lasts / max(1, kills))
            while child.poll() is None and answered(folder) == before and time.monotonic() < give_up:
                time.sleep(0.001)
            if answered(folder) != before and give_up > began + 29:
                starts = time.monotonic() - began
            try:
                child.wait(wait)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
            error = child.communicate()[1].decode()
            if child.returncode == 0:
                ended += 1
                break
            if child.returncode != -signal.SIGKILL:
                sys.exit(f"the run ended with {child.returncode}:\n{error}")
            done += 1
            now = runs(folder)
            check(len(now) <= 1, f"after {done} kills there are {len(now)} runs")
            if not now:
                started_nothing += 1
                continue
            in_doubt.append(now[0]["in_doubt"])
            check(in_doubt[-1] - in_doubt[-2] <= 2 * CONCURRENCY, f"kill {done} left {in_doubt[-1] - in_doubt[-2]} in doubt")
        costwar(folder, *words)
    print(f"{done} kills, {started_nothing} of them before there was a run{', then it was complete' if ended else ''}; "
          f"attempts in doubt: {in_doubt[-1]}")
    check(done == kills, f"the run was complete after {done} kills")
    hits = sum(later > earlier for earlier, later in zip(in_doubt, in_doubt[1:]))
    print(f"{hits} of the kills hit calls in flight, {max(b - a for a, b in zip(in_doubt, in_doubt[1:]))} at most")
    return in_doubt[-1]


def rows(folder):
    """Trials, and by trial the scores and attempts, of the only run."""
    run = runs(folder)[0]["run"]
    costwar(folder, "runs", "export", run, "-o", "export.jsonl")
    trials, scores, attempts = {}, {}, {}
    for line in pathlib.Path(folder, "export.jsonl").read_text().splitlines():
        row = json.loads(line)
        kind = row.get("type") or row.get("kind") or row.get("row")
        if kind == "trial":
            trials[row["trial"]] = row
        elif kind == "score":
            scores.setdefault(row["trial"], []).append(row)
        elif kind == "attempt":
            attempts.setdefault(row["trial"], []).append(row)
    return run, trials, scores, attempts


def truth(folder):
    return [json.loads(line) for line in pathlib.Path(folder, "truth.jsonl").read_text().splitlines()]


def call_of(attempt):
    return attempt["trial"], attempt.get("role", "subject"), attempt.get("turn", 0)


def report(folder, run):
    """What of the report must be equal: all of quality, of tasks and of pairs in quality."""
    found = json.loads(costwar(folder, "compare", "--run", run, "--format", "json", "--book", "book.json"))
    models = [{key: model[key] for key in ("model", "n", "planned", "solved", "quality") if key in model}
              for model in found["models"]]
    pairs = [{key: value for key, value in pair.items() if "cost" not in key} for pair in found.get("pairs", [])]
    others = {key: found[key] for key in found if key in ("tasks", "task_results", "groups", "seed", "suite", "level")}
    return {"models": models, "pairs": pairs, **others}, found


with tempfile.TemporaryDirectory(prefix="costwar-kill-") as top:
    whole, broken = pathlib.Path(top, "undisturbed"), pathlib.Path(top, "killed")
    whole.mkdir()
    broken.mkdir()
    lasts = undisturbed(whole)
    print(f"undisturbed: {lasts:.1f} s; {kills} kills, seed {seed}{', under a budget' if budgeted else ''}", flush=True)
    doubtful = disturbed(broken, lasts)

    run_a, trials_a, scores_a, attempts_a = rows(whole)
    run_b, trials_b, scores_b, attempts_b = rows(broken)
    check(trials_a == trials_b, "the trials differ")
    lost = [trial for trial in trials_a if len(scores_b.get(trial, [])) != 1]
    check(not lost, f"trials without exactly one score: {lost[:10]}")
    same = ("scorer", "version", "value", "solved", "detail")
    differ = [trial for trial in trials_a if trial not in lost and
              [scores_a[trial][0].get(key) for key in same] != [scores_b[trial][0].get(key) for key in same]]
    check(not differ, f"trials that are scored differently: {differ[:10]}")

    def answers(attempts):
        found = {}
        for attempt in (one for of in attempts.values() for one in of):
            if attempt.get("outcome") == "ok":
                found.setdefault(call_of(attempt), []).append(attempt)
        return found

    answers_a, answers_b = answers(attempts_a), answers(attempts_b)
    check(answers_a.keys() == answers_b.keys(), f"calls differ: {list(answers_a.keys() ^ answers_b.keys())[:5]}")
    twice = [call for call, of in answers_b.items() if len(of) != 1]
    check(not twice, f"calls with more than one answer: {twice[:10]}")

    def said(attempt):  # without the ids of tool calls, in which the mock counts its requests
        tools = [(call["name"], call["arguments"]) for call in attempt.get("tool_calls") or []]
        return attempt.get("text"), tools, attempt.get("usage"), attempt.get("served_model")

    other = [call for call in answers_a.keys() & answers_b.keys() if said(answers_a[call][0]) != said(answers_b[call][0])]
    check(not other, f"calls with another answer or usage: {other[:10]}")
    outcomes = Counter(attempt.get("outcome") for of in attempts_b.values() for attempt in of)
    seen_a, seen_b = truth(whole), truth(broken)
    calls = len(answers_b)
    check(len(seen_a) == len(answers_a), f"undisturbed: {len(seen_a)} requests for {len(answers_a)} calls")
    check(calls <= len(seen_b) <= calls + doubtful, f"{len(seen_b)} requests for {calls} calls, {doubtful} in doubt")
    report_a, _ = report(whole, run_a)
    report_b, full_b = report(broken, run_b)
    for key in report_a:
        check(json.dumps(report_a[key]).replace(run_a, run_b) == json.dumps(report_b[key]), f"{key} of the report differ")
    if budgeted:
        ledger, calm = (json.loads(costwar(folder, "runs", "show", run, "--format", "json"))["ledger"][0]
                        for folder, run in ((broken, run_b), (whole, run_a)))
        charged, held = (Decimal(ledger[column]["amount"]) for column in ("charged", "held"))
        paid = sum((Decimal(record["prompt_tokens"] * INPUT + record["completion_tokens"] * OUTPUT) / 1_000_000
                    for record in seen_b if record["status"] == 200), Decimal(0))
        check(charged == Decimal(calm["charged"]["amount"]), f"charged {charged}, undisturbed {calm['charged']['amount']}")
        check(charged + held >= paid, f"the ledger has {charged} and {held} held, the server took {paid}")
        print(f"ledger: {charged} USD charged, as undisturbed, and {held} held for attempts in doubt; the server took {paid}")
    turns = Counter(call[0] for call in answers_b)
    print(f"{len(trials_b)} trials, {calls} calls ({sum(count > 1 for count in turns.values())} trials of several); "
          f"attempts {dict(outcomes)}; the server saw {len(seen_b)} requests, {len(seen_b) - calls} more than calls, "
          f"{len(seen_a)} undisturbed")
    print(f"quality {[model.get('quality') for model in report_b['models']]}")

print("the kill test FAILED: " + "; ".join(problems) if problems else
      "nothing lost, nothing paid twice beyond what was in flight, and the report is that of the undisturbed run")
sys.exit(1 if problems else 0)
