"""A long costwar load against costwar mock with random faults; started by tools/load_soak. Exits with 1 where memory grew or a
request is not accounted for. Every call carries the id of the reply that it got, so both sides are joined one by one."""
import collections
import os
import pathlib
import sys
import tempfile
import threading
import time

from load_runs import Load, PinnedMock, joined, raise_file_limit, serial

# Of the prompts, each. Those that say that the account is at its end are left out: they rightly end a run.
FAULTS = ("one-byte", "one-write", "crlf", "comments", "bom-and-fields", "role-first", "reasoning-content", "usage-on-finish",
          "usage-on-every-chunk", "null-fields", "error-in-stream", "error-event", "no-done", "no-finish", "unfinished-json",
          "done-no-space", "all-at-end", "several-tokens", "malformed-frame", "json-instead", "long-line", "gzip", "429-seconds",
          "429-no-wait", "503-float", "503-date", "silence", "two-choices", "reset", "half-close", "stale-connection", "408",
          "500", "500-text", "502-html", "529", "slow-headers")
SHARE = 0.005
# The end of the answer is lost, wrong or says that it failed: never `ok`.
BROKEN = {"error-in-stream", "error-event", "no-finish", "silence", "reset", "half-close"}
GROWTH_MB, GROWTH_SHARE = 4, 0.05


class Memory:
    """Resident memory of a process, once a second from its start."""

    def __init__(self):
        self.samples = []  # seconds since the start, MB

    def __call__(self, pid):
        begin = time.monotonic()

        def sample():
            while True:
                try:
                    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
                except OSError:
                    return
                if "VmRSS" not in fields:
                    return
                self.samples.append((time.monotonic() - begin, int(fields["VmRSS"].split()[0]) / 1024))
                time.sleep(1)

        threading.Thread(target=sample, daemon=True).start()

    def between(self, low, high):
        found = sorted(mb for at, mb in self.samples if low <= at < high)
        return found[len(found) // 2] if found else float("nan")


def main(binary, minutes, streams, seed):
    raise_file_limit()
    seconds, memory, wrong = minutes * 60, Memory(), []
    faults = [word for fault in FAULTS for word in ("--fault", f"{fault}={SHARE}")]
    with tempfile.TemporaryDirectory() as folder:
        with PinnedMock(binary, folder, "--ttft", "200ms", "--pace", "20", "--unknown-tokens", "60", "--seed", seed,
                        *faults) as mock:
            load = Load(binary, folder, mock.url, "--concurrency", streams, "--duration", f"{seconds:g}s", "--input-tokens", "32..256",
                        "--output-tokens", "60", "--cancel", "2%", "--cancel-after", "100ms..3s", "--seed", seed,
                        while_running=memory)
        load.require(0, 8)
        calls, truth = load.calls(), mock.truth()

    print(f"{streams} streams for {minutes:g} minutes: {len(calls)} calls, {len(truth)} records of truth, "
          f"verdict {load.verdict} {load.why()}")
    warm, last = memory.between(0.2 * seconds, 0.3 * seconds), memory.between(0.9 * seconds, seconds)
    print(f"client: {warm:.1f} MB after the warm-up, {last:.1f} MB at the end of the load, "
          f"{max(mb for _, mb in memory.samples):.1f} MB at most, its report included; "
          f"{load.usage.ru_utime + load.usage.ru_stime:.0f} s of processor time")
    if not last - warm <= max(GROWTH_MB, GROWTH_SHARE * warm):
        wrong.append(f"memory grew from {warm:.1f} to {last:.1f} MB")

    pairs = joined(calls, truth)
    numbers = [serial(call["request_id"]) for call in calls]
    known = [number for number in numbers if number is not None]
    without = [call for call, number in zip(calls, numbers) if number is None]
    if len(set(known)) != len(known):
        wrong.append("a reply was counted twice")
    # Whoever cancels, or whose connection dies, before a head has come knows no id: they stand for what is left of the truth.
    left = len(truth) - len(pairs)
    if len(pairs) != len(known) or left > len(without):
        wrong.append(f"{len(known) - len(pairs)} calls are not in the truth, {left - len(without)} records have no call")
    bad = [call for call in without if call["outcome"] == "ok"]
    if bad:
        wrong.append(f"{len(bad)} calls are ok without a reply")
    print(f"{len(pairs)} calls have their record; {len(without)} ended before a head came "
          f"({dict(collections.Counter(call['outcome'] for call in without))}), {left} records are theirs")

    table = collections.defaultdict(collections.Counter)
    for call, record in pairs:
        table[record["fault"]][f"{call['outcome']} {call['http_status']}" + (" cut" if call["cut"] else "")] += 1
        if call["http_status"] != record["status"]:
            wrong.append(f"request {record['request']}: status {call['http_status']}, sent {record['status']}")
        good = call["outcome"] == "ok"
        if good and (record["fault"] in BROKEN or record["status"] != 200 or not record["complete"]):
            wrong.append(f"request {record['request']} is ok under {record['fault'] or 'no fault'}, complete: {record['complete']}")
        if not good and not call["cut"] and not record["fault"]:
            wrong.append(f"request {record['request']} met no fault and is {call['outcome']} {call['error_code']}")
    for fault, outcomes in sorted(table.items()):
        print(f"  {fault or 'no fault':<22} {', '.join(f'{name}: {count}' for name, count in outcomes.most_common())}")
    for line in wrong[:20]:
        print("WRONG", line)
    print("memory is flat and every request is accounted for" if not wrong else f"{len(wrong)} things are wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4])
