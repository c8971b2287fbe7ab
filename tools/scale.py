"""Runs ever more items against costwar mock and prints what each command took."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from mock_server import Mock

binary = str(pathlib.Path(sys.argv[1]).resolve())
sizes = [int(size) for size in sys.argv[2:]] or [10_002, 1_000_000]
KILLED_FROM = 1_000_000  # runs of so many items are also killed half way
LIMITS = {10_002: (1.5, 100), 1_000_000: (None, 500)}  # seconds of the run, and MB of any command
REPORT_SECONDS = 3  # of a report in JSON or Markdown, however long the run


def measured(arguments, folder, kill_when=None):
    """Wall and user seconds and peak MB of one command, and what it printed. kill_when(): whether to kill it now."""
    out, err = pathlib.Path(folder, "out"), pathlib.Path(folder, "err")
    began = time.monotonic()
    with open(out, "wb") as to, open(err, "wb") as also:
        child = subprocess.Popen([binary, *arguments], cwd=folder, stdout=to, stderr=also)
        if kill_when is not None:
            while not kill_when():
                time.sleep(0.05)
            child.send_signal(signal.SIGKILL)
        _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != (0 if kill_when is None else -signal.SIGKILL):
        sys.exit(f"costwar {' '.join(arguments)} ended with {child.returncode}:\n{err.read_text()}")
    return wall, used.ru_utime, used.ru_maxrss / 1024, out.read_text()


def store_mb(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).glob("store.db*")) / 1e6


def row(items, what, figures, folder):
    wall, user, peak, _ = figures
    rate = f"{items / wall:9.0f}" if what in ("run", "run to its end") else " " * 9
    print(f"{items:>9}  {what:<24}{wall:8.2f}{user:9.2f}{peak:9.0f}{store_mb(folder):10.0f}  {rate}", flush=True)


def task(folder, items):
    """Up to 10,002 items the six built-in tasks; beyond, a task of our own in which each question is its answer."""
    if items <= 10_002:
        return ["--n", str(items // 6)], []
    questions = pathlib.Path(folder, "questions.jsonl")
    with open(questions, "w") as to:
        for i in range(items):
            to.write(json.dumps({"question": f"Say the code C{i * 7919 % 10_000_019:08d} and nothing else.",
                                 "answer": f"Say the code C{i * 7919 % 10_000_019:08d} and nothing else."}) + "\n")
    return ["--tasks", "codes", "--n", str(items)], ["--echo"]


def scale(items, folder):
    flags, mock_flags = task(folder, items)
    if mock_flags:
        row(items, "tasks add", measured(["tasks", "add", "questions.jsonl", "--name", "codes", "--scorer", "exact"],
                                         folder), folder)
    with Mock(binary, folder, *(mock_flags or ["--model", "mock=0.9"])) as mock:
        store = ["--store", "store.db"]
        command = ["run", mock.url + "#mock", *flags, *store]
        peaks = []
        figures = measured(command, folder)
        first = figures
        peaks.append(figures[2])
        row(items, "run", figures, folder)
        if items >= KILLED_FROM:
            limit = store_mb(folder) / 2
            for path in pathlib.Path(folder).glob("store.db*"):
                path.unlink()
            figures = measured(command, folder, lambda: store_mb(folder) > limit)
            row(items, "run until SIGKILL", figures, folder)
            figures = measured(command, folder)
            peaks.append(figures[2])
            row(items, "run again, to its end", figures, folder)
        figures = measured(command, folder)
        peaks.append(figures[2])
        row(items, "run again, all is there", figures, folder)
    figures = measured(["runs", "--format", "json", *store], folder)
    peaks.append(figures[2])
    row(items, "runs", figures, folder)
    run = json.loads(figures[3])["runs"][0]
    if run["complete"] != items // 6 * 6 and run["complete"] != items:
        sys.exit(f"{run['complete']} of {items} items are complete")
    reports = []
    for form in ("markdown", "json"):
        figures = measured(["compare", "--run", run["run"], "--format", form, *store], folder)
        peaks.append(figures[2])
        reports.append(figures[0])
        row(items, f"compare, {form}", figures, folder)
    print(f"{'':>9}  quality {json.loads(figures[3])['models'][0]['quality']}, in doubt {run['in_doubt']}")
    seconds, megabytes = LIMITS.get(items, (None, None))
    held = ((seconds is None or first[0] < seconds) and (megabytes is None or max(peaks) < megabytes)
            and max(reports) < REPORT_SECONDS)
    if seconds or megabytes:
        print(f"{'':>9}  {'within' if held else 'NOT within'} the limits:"
              + (f" {seconds} s" if seconds else "") + f" {megabytes} MB (most: {max(peaks):.0f} MB),"
              + f" {REPORT_SECONDS} s a report (most: {max(reports):.1f} s)")
    return held


print(f"load of the machine: {' '.join(f'{load:.1f}' for load in os.getloadavg())}; {len(os.sched_getaffinity(0))} cores")
print(f"{'items':>9}  {'command':<24}{'wall s':>8}{'user s':>9}{'peak MB':>9}{'store MB':>10}  {'items/s':>9}")
all_held = True
for size in sizes:
    with tempfile.TemporaryDirectory(prefix="costwar-scale-") as where:
        all_held = scale(size, where) and all_held
sys.exit(0 if all_held else 1)
