"""costwar load beside costwar mock, a core each, for the tools of this folder: one run, and the calls that both sides saw."""
import json
import os
import pathlib
import resource
import subprocess
import threading
import time

from mock_server import Mock

CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, MOCK_CORE = CORES[-1], CORES[0]




def on(core):
    """For preexec_fn: the child runs on this core alone, where there are two."""
    return (lambda: os.sched_setaffinity(0, {core})) if len(CORES) > 1 else None


def go_first(thread):
    """Whatever else the machine does, this thread runs when it wants to, as on a core of its own; where that is allowed."""
    try:
        os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(1))
    except (PermissionError, ProcessLookupError):
        pass


def loops_go_first(pid):
    """The same for a client's event loops: its other threads have made themselves less urgent. Watches until it ends."""
    def niceness(thread):
        try:
            return os.getpriority(os.PRIO_PROCESS, thread)
        except ProcessLookupError:
            return None

    def watch():
        seen, done = set(), set()
        while pathlib.Path(f"/proc/{pid}/task").exists():
            try:
                threads = {int(name) for name in os.listdir(f"/proc/{pid}/task")} - done
            except FileNotFoundError:
                return
            urgent = {thread for thread in threads if niceness(thread) == 0}
            for thread in urgent & seen:  # twice: a thread that has just begun may still become less urgent
                go_first(thread)
                done.add(thread)
            seen = urgent
            time.sleep(0.05)

    threading.Thread(target=watch, daemon=True).start()


class PinnedMock(Mock):
    """A mock on its core that writes its truth and its statistics. Use truth() and late_us() after the with block."""

    def __init__(self, binary, folder, *flags):
        self.truth_file, self.stats_file = pathlib.Path(folder, "truth.jsonl"), pathlib.Path(folder, "stats.json")
        for file in (self.truth_file, self.stats_file):
            file.unlink(missing_ok=True)
        super().__init__(binary, folder, "--truth", self.truth_file, "--stats-file", self.stats_file, *flags)
        if len(CORES) > 1:
            os.sched_setaffinity(self.process.pid, {MOCK_CORE})
        go_first(self.process.pid)

    def truth(self):
        with open(self.truth_file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def stats(self):
        return json.loads(self.stats_file.read_text())


class Load:
    """One `costwar load`: exit code, document (None where there is none), what it said, its processor time and peak memory."""

    def __init__(self, binary, folder, url, *flags, while_running=loops_go_first):
        self.calls_file = pathlib.Path(folder, "calls.jsonl")
        self.calls_file.unlink(missing_ok=True)
        output = pathlib.Path(folder, "load.out")
        with open(output, "wb") as out, open(pathlib.Path(folder, "load.err"), "wb") as err:
            process = subprocess.Popen([binary, "load", url + "#mock", "--format", "json", "--calls", self.calls_file, *flags],
                                       cwd=folder, stdout=out, stderr=err, preexec_fn=on(CLIENT_CORE))
            while_running(process.pid)
            _, status, self.usage = os.wait4(process.pid, 0)
            process.returncode = self.code = os.waitstatus_to_exitcode(status)
        self.said = pathlib.Path(folder, "load.err").read_text()
        text = output.read_text()
        self.document = json.loads(text) if text.strip() else None

    def require(self, *codes):
        if self.code not in codes or self.document is None:
            raise SystemExit(f"costwar load ended with {self.code}:\n{self.said}")
        return self

    def calls(self):
        with open(self.calls_file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    @property
    def verdict(self):
        return self.document["verdict"]

    def why(self):
        return "; ".join(words(self.document["reasons"]) + words(self.document["cautions"]))


def words(table):
    """The sentences of a list in a document."""
    return [row["text"] for row in table]


def estimate(figure):
    """The value of a figure of a document, with its interval or without."""
    return figure["estimate"] if isinstance(figure, dict) else figure


def serial(request_id):
    """The mock's number of a request from the id in the reply's head; None where no head came."""
    return int(request_id.rsplit("-", 1)[1], 16) if request_id.startswith("req-mock-") else None


def joined(calls, truth):
    """Pairs of a call and its record of truth."""
    records = {record["request"]: record for record in truth}
    return [(call, records[number]) for call in calls if (number := serial(call["request_id"])) in records]


def quantile(values, share):
    """Type 7; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def raise_file_limit(wanted=65536):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
