"""Runs costwar price, DuckDB and LiteLLM over the same log, alternating, and prints a table of medians with the spread over
rounds; started by tools/peers/price_log. Times are those of whole processes for costwar, and of the query or the loop alone
for the others."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = "build/peers"
SEED = 7
LITELLM_RECORDS = 100000

# Dollars per million tokens: model, fresh input, cache read, cache write, output. A plain table, as a join wants one: no
# tiers, no bands, no changes over time. The rates are those of catalog/prices on 2026-11-01, off-peak and short prompts.
PRICES = (("gpt-5.5-2026-04-23", "5", "0.5", "5", "30"), ("gpt-5.5", "5", "0.5", "5", "30"),
          ("gpt-5.4-mini", "0.75", "0.075", "0.75", "4.5"), ("gpt-5.6-luna", "0.2", "0.02", "0.25", "1.2"),
          ("deepseek-v4-pro", "0.66", "0.022", "0.66", "1.98"), ("deepseek-v4-flash", "0.15", "0.003", "0.15", "0.6"),
          ("claude-opus-5", "5", "0.5", "6.25", "25"), ("claude-sonnet-4-6", "3", "0.3", "3.75", "15"))


class Child:
    """A finished process: its output, wall seconds, peak resident memory in MB, processor seconds."""

    def __init__(self, command):
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            # A function to run in the child makes Python fork instead of vfork: after vfork the child's peak would include
            # this process's own. What remains is a floor of about 15 MB, this interpreter's size.
            process = subprocess.Popen(command, stdout=output, preexec_fn=lambda: None)
            _, status, used = os.wait4(process.pid, 0)
            self.seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            self.text = output.read().decode()
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit {process.returncode}")
        self.peak = used.ru_maxrss / 1000
        self.busy = used.ru_utime + used.ru_stime


def make_log(size):
    path = f"{FOLDER}/usage-{size}-{SEED}.jsonl"
    if not os.path.exists(path):
        subprocess.run([sys.executable, f"{HERE}/make_usage_log.py", path + ".part", "--bytes", size, "--seed", str(SEED)],
                       check=True)
        os.rename(path + ".part", path)
    with open(path, "rb") as file:  # into the page cache, and count
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 24), b""))
    return path, os.path.getsize(path), lines


def costwar(binary, path, threads):
    return Child([binary, "price", path, "--by", "model,day", "--threads", str(threads), "--format", "json"])


def duckdb(path, threads):
    child = Child([sys.executable, f"{HERE}/peer_duckdb.py", path, str(threads), json.dumps(PRICES)])
    answer = json.loads(child.text.splitlines()[-1])
    return answer["seconds"], child.peak, answer


def litellm(path):
    child = Child([sys.executable, f"{HERE}/peer_litellm.py", path, str(LITELLM_RECORDS), json.dumps(PRICES)])
    answer = json.loads(child.text.splitlines()[-1])
    return answer["seconds"], child.peak, answer


def plain(model):
    """A model without its provider and date: costwar names the model of the price book, the log the dated snapshot."""
    return re.sub(r"-\d{4}-\d\d-\d\d$", "", model.split("/")[-1])


def groups_of(document):
    """{(model, day): [records, fresh, read, written, output]} from costwar's report."""
    groups = {}
    for group in document["groups"]:
        add(groups, (plain(group["model"]), group["day"]),
            [group["records"], group["fresh_input"], group["cache_read"], group["cache_write_5m"] + group["cache_write_1h"],
             group["visible_output"] + group["reasoning"]])
    return groups


def duckdb_groups(answer):
    groups = {}
    for model, day, records, fresh, read, written, output, _, _ in answer["groups"]:
        add(groups, (plain(model), day), [records, fresh, read, written, output])
    return groups


def add(groups, key, counts):
    known = groups.setdefault(key, [0] * len(counts))
    groups[key] = [int(a) + int(b) for a, b in zip(known, counts)]


def same_sums(ours, theirs):
    for key in sorted(set(ours) | set(theirs)):
        if ours.get(key) != theirs.get(key):
            print(f"sums differ for {key}: costwar {ours.get(key)}, DuckDB {theirs.get(key)}")
            return False
    print(f"sums agree: records and tokens of {len(ours)} groups of model and day\n")
    return True


def spread(values, digits=2):
    return f"{statistics.median(values):,.{digits}f} [{min(values):,.{digits}f}, {max(values):,.{digits}f}]"


def row(name, seconds, peaks, size, records, base):
    speeds = [size / each / 1e9 for each in seconds]
    rates = records / statistics.median(seconds)
    ratio = base / (statistics.median(seconds) / size)
    print(f"| {name} | {spread(speeds, 3 if max(speeds) < 0.1 else 2)} | {rates:,.0f} | {max(peaks):,.0f} | {ratio:.3g} |")


def main(binary, rounds, size_text):
    load = os.getloadavg()[0]
    path, size, records = make_log(size_text)
    small, small_size, _ = make_log("256MB")
    ours, theirs = {1: [], 2: []}, {1: [], 2: []}
    for _ in range(rounds):
        for threads in (1, 2):
            ours[threads].append(costwar(binary, path, threads))
            theirs[threads].append(duckdb(path, threads))
    seconds, peak, priced = litellm(path)
    agree = same_sums(groups_of(json.loads(ours[1][0].text)), duckdb_groups(theirs[1][0][2]))
    base = statistics.median(child.seconds for child in ours[1]) / size
    print(f"Median [least, most] of {rounds} rounds over {size:,} bytes, {records:,} records; LiteLLM once over "
          f"{priced['records']:,}\n")
    print("| program | GB/s | records/s | peak MB | speed against costwar, 1 thread |\n| --- | ---: | ---: | ---: | ---: |")
    for threads in (1, 2):
        row(f"costwar, {threads} thread{'s' * (threads > 1)}", [child.seconds for child in ours[threads]],
            [child.peak for child in ours[threads]], size, records, base)
    for threads in (1, 2):
        row(f"DuckDB {theirs[1][0][2]['version']}, {threads} thread{'s' * (threads > 1)}",
            [each[0] for each in theirs[threads]], [each[1] for each in theirs[threads]], size, records, base)
    row("LiteLLM completion_cost", [seconds], [peak], priced["bytes"], priced["records"], base)
    print(f"\nLoad average at the start {load:.1f} on {os.cpu_count()} processors: other work shows in the spread, most of all with "
          "2 threads.")
    print("The file is in the page cache. costwar: whole process, with tiers, bands and the price history; DuckDB and "
          "LiteLLM: plain prices, without interpreter start and imports.")
    flat = [max(costwar(binary, log, threads).peak for _ in range(3)) for threads in (1, 2) for log in (small, path)]
    print(f"Peak memory of costwar over {small_size / 1e6:,.0f} MB and {size / 1e6:,.0f} MB: {flat[0]:,.1f} and "
          f"{flat[1]:,.1f} MB with 1 thread, {flat[2]:,.1f} and {flat[3]:,.1f} MB with 2.")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
