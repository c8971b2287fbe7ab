"""Scores costwar load against the truth of costwar mock; started by tools/load_truth. Exits with 1 where a bound is broken.

Errors are reported minus true: for time to first token (first payload - issued) - (first token sent - request arrived), for
gaps |gap seen - gap sent|, event by event. A comparison counts only while the mock's own lateness is below 200 us at p99; a
load whose mock was late is measured again, and both are shown."""
import argparse
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time

from load_runs import Load, PinnedMock, estimate, joined, loops_go_first, quantile, raise_file_limit, words

MEDIAN_US, P99_US, MOCK_LATE_US, SHARE = 200, 1000, 200, 0.05
rows = []  # what was shown: title, what was seen, bound, whether it was kept (None: it could not be told)


def shown(title, seen, bound, kept):
    rows.append((title, seen, bound, kept))
    print(f"{'kept  ' if kept else 'BROKEN' if kept is False else '?     '} {title}: {seen} (bound: {bound})", flush=True)


def errors_us(calls, truth):
    """Errors of time to first token, of gaps, delays of events, and how many calls' events were not the mock's tokens."""
    ttft, gaps, delays, unlike = [], [], [], 0
    for call, record in joined(calls, truth):
        sent = [piece["sent_ns"] for piece in record["pieces"] if piece["tokens"] > 0]
        seen = call["events_ns"]
        if call["outcome"] != "ok" or not record["complete"]:
            continue
        if len(seen) != len(sent):
            unlike += 1
            continue
        ttft.append(((call["first_any_ns"] - call["issued_ns"]) - (sent[0] - record["arrived_ns"])) / 1000)
        delays += [(at - left) / 1000 for at, left in zip(seen, sent)]
        gaps += [abs((seen[i + 1] - seen[i]) - (sent[i + 1] - sent[i])) / 1000 for i in range(len(seen) - 1)]
    return ttft, gaps, delays, unlike


def two(values):
    return f"{quantile(values, 0.5):.0f} / {quantile(values, 0.99):.0f} µs"


def measure(binary, folder, streams, pace, seconds, while_running=loops_go_first):
    tokens = max(int(pace), 2)  # about a second an answer, so that the window holds many
    with PinnedMock(binary, folder, "--ttft", "200ms", "--pace", str(pace), "--unknown-tokens", str(tokens)) as mock:
        load = Load(binary, folder, mock.url, "--concurrency", str(streams), "--duration", f"{seconds}s", "--input-tokens", "32",
                    "--output-tokens", str(tokens), "--seed", "1", while_running=while_running)
    load.require(0, 8)
    return load, mock


def loads(binary, folder, options):
    for streams, pace in ((64, 50), (256, 50), (1000, 20)):
        for attempt in range(options.tries):
            load, mock = measure(binary, folder, streams, pace, options.seconds)
            calls, truth = load.calls(), mock.truth()
            ttft, gaps, delays, unlike = errors_us(calls, truth)
            late = mock.stats()["late_us"]["p99"]
            title = f"{streams} streams at {pace} tokens/s"
            print(f"{title}: {len(calls)} calls ({len(truth)} asked of the mock, {unlike} with other events than tokens), "
                  f"verdict {load.verdict}{' (' + load.why() + ')' if load.why() else ''}\n"
                  f"  median / p99: TTFT error {two(ttft)}, gap error {two(gaps)}, delay of events {two(delays)}; "
                  f"mock late by {late:.0f} µs at p99; client "
                  f"{load.usage.ru_utime + load.usage.ru_stime:.1f} s of processor time, {load.usage.ru_maxrss // 1024} MB")
            if late < MOCK_LATE_US:
                break
            print(f"  the mock itself was late: {'measured again' if attempt + 1 < options.tries else 'it cannot be told'}")
        within = all(quantile(each, 0.5) < MEDIAN_US and quantile(each, 0.99) < P99_US for each in (ttft, gaps))
        told = late < MOCK_LATE_US
        shown(title, f"TTFT {two(ttft)}, gaps {two(gaps)}, mock {late:.0f} µs, {load.verdict}",
              f"{MEDIAN_US} / {P99_US} µs and valid", within and load.verdict == "valid" if told else None)
        shown(title + ", either within the bounds or INVALID", load.verdict, "one of them",
              (within or load.verdict == "INVALID") if told else None)
        shown(title + ", accounts", f"{len(calls)} calls, {len(truth)} records, {unlike} unlike", "equal, 0",
              len(calls) == len(truth) and unlike == 0)


class Quota:
    """Gives a process this share of a core: by a control group where there is one to write, else by stopping it in turns."""

    PERIOD_S = 0.1

    def __init__(self, share):
        self.share, self.group, self.over = share, None, threading.Event()

    def __call__(self, pid):
        group = pathlib.Path(f"/sys/fs/cgroup/cpu/costwar_load_truth_{os.getpid()}")
        try:
            group.mkdir()
            (group / "cpu.cfs_period_us").write_text(str(int(self.PERIOD_S * 1e6)))
            (group / "cpu.cfs_quota_us").write_text(str(int(self.share * self.PERIOD_S * 1e6)))
            (group / "cgroup.procs").write_text(str(pid))
            self.group = group
        except OSError:
            threading.Thread(target=self.stop_in_turns, args=(pid,), daemon=True).start()

    def stop_in_turns(self, pid):
        try:
            while not self.over.is_set():
                os.kill(pid, signal.SIGSTOP)
                time.sleep(self.PERIOD_S * (1 - self.share))
                os.kill(pid, signal.SIGCONT)
                time.sleep(self.PERIOD_S * self.share)
        except ProcessLookupError:
            pass

    def end(self):
        self.over.set()
        if self.group:
            self.group.rmdir()
        return "a control group" if self.group else "stopping it in turns"


def starve(binary, folder, options):
    quota = Quota(options.starve)
    load, _ = measure(binary, folder, 256, 50, options.seconds, while_running=quota)
    how = quota.end()
    print(f"client with {100 * options.starve:.0f} % of a core by {how}: {load.why()}")
    shown("starved client", f"verdict {load.verdict}, exit {load.code}", "INVALID, exit 8",
          load.verdict == "INVALID" and load.code == 8)


def latency(load, key):
    return next(row for row in load.document["latency"] if row["latency"] == key)


def hiccup(binary, folder, options):
    """User TTFT under even arrivals over W seconds with a standstill of H: a share (ttft + H - (x - ttft)) / W is above x."""
    ttft, length, seconds = 0.05, 2.0, 24
    flags = ("--ttft", f"{ttft * 1000:g}ms", "--pace", "50", "--unknown-tokens", "2")
    with PinnedMock(binary, folder, *flags, "--hiccup", "16s=2s") as mock:
        load = Load(binary, folder, mock.url, "--rate", "100", "--arrivals", "constant", "--duration", f"{seconds}s",
                    "--input-tokens", "16", "--output-tokens", "2", "--seed", "1").require(0, 8)
    stage = load.document["stages"][0]
    window = stage["window_until_s"] - stage["window_from_s"]
    print(f"open loop: verdict {load.verdict}, window of {window:.2f} s; {load.why()}")
    for key, share in (("p95_s", 0.95), ("p99_s", 0.99)):
        wanted = length + 2 * ttft - (1 - share) * window
        seen = estimate(latency(load, "user_ttft")[key])
        shown(f"hiccup, open loop, user TTFT {key[:3]}", f"{seen:.3f} s" if seen is not None else "not given",
              f"{wanted:.3f} s within 5 %", seen is not None and abs(seen / wanted - 1) <= SHARE)
    with PinnedMock(binary, folder, *flags, "--hiccup", "16s=2s") as mock:
        load = Load(binary, folder, mock.url, "--concurrency", "8", "--duration", f"{seconds}s", "--input-tokens", "16",
                    "--output-tokens", "2", "--seed", "1").require(0, 8)
    said = " ".join(note for stage in load.document["stages"] for note in
                    words(stage["reasons"] + stage["cautions"] + stage["verdict_notes"]))
    p99 = estimate(latency(load, "user_ttft")["p99_s"])
    shown("hiccup, closed loop", f"p99 {'not given' if p99 is None else f'{p99:.3f} s'}, {'says' if 'blind' in said else 'does not say'} that it is blind",
          "says so", "blind" in said)


def knee(binary, folder, options):
    for slots in (8, 20):
        # 50 ms to the first of 6 tokens, 10 ms each: 0.1 s a request.
        with PinnedMock(binary, folder, "--slots", str(slots), "--ttft", "50ms", "--pace", "100",
                        "--unknown-tokens", "6") as mock:
            load = Load(binary, folder, mock.url, "--concurrency", f"1..{8 * slots}", "--sweep", "--duration", "5s",
                        "--input-tokens", "16", "--output-tokens", "6", "--seed", "1").require(0, 8)
        found = load.document["knee"]
        print(f"sweep with {slots} slots: verdict {load.verdict}; {load.why()}; knee {found}")
        at = estimate(found["concurrency"]) if found else None
        shown(f"knee with {slots} slots", f"{at:.2f} sessions" if found else "none", f"{slots} within 5 %",
              found is not None and abs(at / slots - 1) <= SHARE)


def search(binary, folder, options):
    for slots in (4, 12):
        with PinnedMock(binary, folder, "--slots", str(slots), "--ttft", "50ms", "--pace", "100",
                        "--unknown-tokens", "6") as mock:
            load = Load(binary, folder, mock.url, "--rate", f"5..{40 * slots}", "--arrivals", "constant", "--find-rate",
                        "--slo", "ttft=150ms", "--duration", "8s", "--input-tokens", "16", "--output-tokens", "6", "--seed", "1",
                        ).require(0, 8)
        found, wanted = load.document["highest_rate"], slots / 0.1
        print(f"search with {slots} slots: verdict {load.verdict}; {load.why()}; {found}")
        kept = estimate(found["kept_per_s"]) if found else None
        shown(f"highest rate with {slots} slots", f"{kept:.1f}/s" if kept else "none", f"{wanted:.0f}/s within 5 %",
              kept is not None and abs(kept / wanted - 1) <= SHARE)


def main():
    parser = argparse.ArgumentParser(prog="tools/load_truth")
    parser.add_argument("binary")
    for mode in ("--loads", "--hiccup", "--knee", "--search"):
        parser.add_argument(mode, action="store_true")
    parser.add_argument("--starve", type=float, nargs="?", const=0.1, metavar="SHARE")
    parser.add_argument("--seconds", type=int, default=20, help="of each load")
    parser.add_argument("--tries", type=int, default=3, help="while the mock itself is late")
    options = parser.parse_args()
    modes = {loads: options.loads, starve: options.starve is not None, hiccup: options.hiccup, knee: options.knee,
             search: options.search}
    if not any(modes.values()):
        modes, options.starve = dict.fromkeys(modes, True), 0.1
    raise_file_limit()
    binary = os.path.abspath(options.binary)
    for mode, wanted in modes.items():
        if wanted:
            with tempfile.TemporaryDirectory() as folder:
                mode(binary, folder, options)
    width = max(len(row[0]) for row in rows)
    print()
    for title, seen, bound, kept in rows:
        print(f"{title:<{width}}  {'kept' if kept else 'BROKEN' if kept is False else 'cannot be told'}  {seen}  [{bound}]")
    sys.exit(0 if all(row[3] for row in rows) else 1)


if __name__ == "__main__":
    main()
