"""Costs of load clients against costwar mock; started by tools/peers/load_clients. Exits with 1 where a target of costwar's is
missed. A cost is the slope of a process tree's processor time between two numbers of requests, so start-up is not in it."""
import argparse
import collections
import ctypes
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from load_runs import CLIENT_CORE, CORES, MOCK_CORE, PinnedMock, raise_file_limit  # noqa: E402

PEERS = pathlib.Path("build/peers").resolve()
PR_SET_CHILD_SUBREAPER = 36
PROMPT = "tok " * 16

Task = collections.namedtuple("Task", "key title mock tokens concurrency short long per")
TASKS = (
    Task("tiny", "tiny request", (), 1, 16, 4000, 20000, 1),
    Task("coalesced", "coalesced event", ("--unknown-tokens", "500"), 500, 8, 100, 1000, 500),
    Task("paced", "paced event", ("--unknown-tokens", "100", "--ttft", "100ms", "--pace", "50"), 100, 64, 64, 384, 100),
)
# Python clients need a second for what takes the others a hundredth of one.
SLOW = {"aiperf", "guidellm"}
SLOW_LENGTHS = {"tiny": (200, 1000), "coalesced": (40, 160), "paced": (64, 256)}


def make_tokenizer(folder):
    """A word a token, in the files that transformers reads; made by the peers' own library."""
    script = """
import sys
from tokenizers import Tokenizer, models, pre_tokenizers, decoders
from transformers import PreTrainedTokenizerFast
words = ["<unk>", "<s>", "</s>"] + ["tok"] + [f"w{i}" for i in range(2000)]
made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="</s>",
                        chat_template="{% for m in messages %}{{ m['content'] }} {% endfor %}").save_pretrained(sys.argv[1])
"""
    for peer in ("guidellm", "aiperf"):
        if (PEERS / peer / "bin" / peer).exists():
            done = subprocess.run([PEERS / peer / "bin/python", "-c", script, folder], capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"no tokenizer could be made: {done.stderr}")
            return
    pathlib.Path(folder).mkdir(exist_ok=True)


def body(tokens):
    return json.dumps({"model": "mock", "stream": True, "stream_options": {"include_usage": True}, "max_tokens": tokens,
                       "messages": [{"role": "user", "content": PROMPT}]})


class Client:
    """name; command(url, requests, concurrency, tokens, folder); claimed(folder, text): requests it says ended well."""

    def __init__(self, name, command, claimed):
        self.name, self.command, self.claimed = name, command, claimed


def costwar(binary):
    def command(url, requests, concurrency, tokens, folder):
        return [binary, "load", url + "#mock", "-c", str(concurrency), "-n", str(requests), "--duration", "10m", "--input-tokens", "16",
                "--output-tokens", str(tokens), "--seed", "1", "--format", "json"]

    return Client("costwar", command, lambda folder, text: sum(stage["ok"] for stage in json.loads(text)["stages"]))


def curl_floor(program):
    def command(url, requests, concurrency, tokens, folder):
        return [program, url, str(concurrency), str(requests), "1"]  # spread over a second, as costwar load does it

    return Client("libcurl loop", command, lambda folder, text: json.loads(text)["requests"])


def h2load():
    def command(url, requests, concurrency, tokens, folder):
        pathlib.Path(folder, "body.json").write_text(body(tokens))
        return ["h2load", "--h1", "-t", "1", "-c", str(min(concurrency, requests)), "-n", str(requests), "-d", "body.json",
                "-H", "content-type: application/json", url + "/chat/completions"]

    return Client("h2load", command, lambda folder, text: int(re.search(r"(\d+) succeeded", text).group(1)))


def wrk():
    """It knows durations alone: as many seconds as make about the requests that are wanted; the mock's count decides."""
    def command(url, requests, concurrency, tokens, folder):
        pathlib.Path(folder, "post.lua").write_text(
            'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[' + body(tokens) + "]==]\n")
        per_s = concurrency / 2.1 if tokens == 100 else 4000 if tokens == 1 else 400
        return ["wrk", "-t", "1", "-c", str(concurrency), "-d", f"{max(round(requests / per_s), 1)}s", "--timeout", "60s",
                "-s", "post.lua", url + "/chat/completions"]

    return Client("wrk", command, lambda folder, text: int(re.search(r"(\d+) requests in", text).group(1)))


def aiperf():
    def command(url, requests, concurrency, tokens, folder):
        return [PEERS / "aiperf/bin/aiperf", "profile", "--model", "mock", "--url", url.removesuffix("/v1"), "--endpoint-type",
                "chat", "--streaming", "--concurrency", str(concurrency), "--request-count", str(requests), "--tokenizer",
                str(pathlib.Path(folder, "tokenizer")), "--synthetic-input-tokens-mean", "16",
                "--synthetic-input-tokens-stddev", "0", "--output-tokens-mean", str(tokens), "--output-tokens-stddev", "0",
                "--ui-type", "none", "--artifact-dir", "artifacts", "--random-seed", "1"]

    def claimed(folder, text):
        found = next(pathlib.Path(folder, "artifacts").rglob("profile_export_aiperf.json"))
        return int(json.loads(found.read_text())["request_count"]["avg"])

    return Client("aiperf", command, claimed)


def guidellm():
    def command(url, requests, concurrency, tokens, folder):
        return [PEERS / "guidellm/bin/guidellm", "run", "--backend",
                f"kind=openai_http,target={url.removesuffix('/v1')},model=mock,request_format=/v1/chat/completions",
                "--profile", f"kind=concurrent,streams={concurrency}", "--constraint", f"kind=max_requests,count={requests}",
                "--tokenizer", f"kind=hf_auto,model={pathlib.Path(folder, 'tokenizer')}", "--data",
                f"kind=synthetic_text,prompt_tokens=16,output_tokens={tokens}", "--disable-console", "--output",
                f"kind=json,path={pathlib.Path(folder, 'guide.json')}"]

    def claimed(folder, text):
        report = json.loads(pathlib.Path(folder, "guide.json").read_text())["benchmarks"][0]
        return report["metrics"]["request_totals"]["successful"]

    return Client("guidellm", command, claimed)


class Tree:
    """A command and all that it starts, on the client's core: exit code, output, processor time of the whole tree."""

    def __init__(self, command, folder, memory=False, offline=True):
        environment = dict(os.environ, NO_COLOR="1", HOME=str(folder), COLUMNS="200", TOKENIZERS_PARALLELISM="false")
        if offline:
            environment.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_DATASETS_OFFLINE="1")
        result = pathlib.Path(folder, "tree.json")
        result.unlink(missing_ok=True)
        begin = time.monotonic()
        keeper = os.fork()
        if keeper == 0:
            # Whoever loses its parent becomes ours, so that its processor time is counted too.
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            if len(CORES) > 1:
                os.sched_setaffinity(0, {CLIENT_CORE})
            with open(pathlib.Path(folder, "out"), "wb") as out, open(pathlib.Path(folder, "err"), "wb") as err:
                process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
            code = process.wait()
            try:
                while True:
                    os.waitpid(-1, 0)
            except ChildProcessError:
                pass
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            result.write_text(json.dumps({"code": code, "cpu": usage.ru_utime + usage.ru_stime}))
            os._exit(0)
        self.peak_mb = 0.0
        over = threading.Event()
        if memory:
            threading.Thread(target=self.watch, args=(keeper, over), daemon=True).start()
        os.waitpid(keeper, 0)
        over.set()
        self.wall = time.monotonic() - begin
        told = json.loads(result.read_text())
        self.code, self.cpu = told["code"], told["cpu"]
        self.out = pathlib.Path(folder, "out").read_text(errors="replace")
        self.err = pathlib.Path(folder, "err").read_text(errors="replace")

    def watch(self, root, over):
        """Proportional memory of the tree, a few times a second: pages that several processes share count once."""
        while not over.wait(0.3):
            parents = {}
            for entry in pathlib.Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    except OSError:
                        pass
            tree, grew = {root}, True
            while grew:
                more = {pid for pid, parent in parents.items() if parent in tree} - tree
                tree, grew = tree | more, bool(more)
            total = 0
            for pid in tree - {root}:
                try:
                    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                    total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M).group(1))
                except (OSError, AttributeError):
                    pass
            self.peak_mb = max(self.peak_mb, total / 1024)


def once(binary, client, task, requests, tokenizer, concurrency=None, memory=False):
    """One client's run against a mock of its own."""
    with tempfile.TemporaryDirectory() as folder:
        if client.name in SLOW:
            shutil.copytree(tokenizer, pathlib.Path(folder, "tokenizer"))
        with PinnedMock(binary, folder, *(task.mock or ("--unknown-tokens", "1"))) as mock:
            # aiperf takes a folder for a name in the hub's cache where it is told to be offline; a folder needs no hub.
            tree = Tree(client.command(mock.url, requests, concurrency or task.concurrency, task.tokens, folder), folder, memory,
                        offline=client.name != "aiperf")
        if tree.code not in (0, 8):  # 8: costwar says that its measurement is INVALID, which on one core it may be
            raise SystemExit(f"{client.name} ended with {tree.code}:\n{tree.out[-2000:]}\n{tree.err[-3000:]}")
        tree.counted = mock.stats()["answers"]
        tree.asked = requests
        tree.claimed = client.claimed(folder, tree.out + ("" if client.name == "costwar" else tree.err))
        return tree


def spread(values, scale=1.0, digits=1):
    middle = statistics.median(values) * scale
    return f"{middle:.{digits}f} [{min(values) * scale:.{digits}f}, {max(values) * scale:.{digits}f}]"


def compare(binary, clients, options, tokenizer):
    slopes, starts, counts = collections.defaultdict(list), collections.defaultdict(list), collections.defaultdict(list)
    for repeat in range(options.repeats):
        for task in options.tasks:
            for client in clients:
                lengths = SLOW_LENGTHS[task.key] if client.name in SLOW else (task.short, task.long)
                runs = [once(binary, client, task, requests, tokenizer) for requests in lengths]
                slope = (runs[1].cpu - runs[0].cpu) / (runs[1].counted - runs[0].counted)
                slopes[client.name, task.key].append(slope / task.per)
                starts[client.name].append(runs[0].cpu - slope * runs[0].counted)
                counts[client.name, task.key] += [(run.claimed, run.counted) for run in runs]
                print(f"{repeat + 1}/{options.repeats} {task.title}: {client.name}: {slope / task.per * 1e6:.1f} µs; "
                      f"claimed and counted {[(run.claimed, run.counted) for run in runs]}; {runs[1].wall:.1f} s", flush=True)
    for task in options.tasks:
        print(f"\nprocessor time per {task.title}, µs, median [range] of {options.repeats}; ratio to costwar")
        base = statistics.median(slopes["costwar", task.key]) if ("costwar", task.key) in slopes else None
        for client in clients:
            values = slopes[client.name, task.key]
            ratio = f"{statistics.median(values) / base:8.2f}x" if base else ""
            unlike = [pair for pair in counts[client.name, task.key] if pair[0] != pair[1]]
            print(f"  {client.name:<14} {spread(values, 1e6):>28} {ratio}"
                  + (f"  claims another number than was asked: {unlike[:4]}" if unlike else "  claims what was asked"))
    print("\nstart-up, report and end, s of processor time, median [range]")
    for client in clients:
        print(f"  {client.name:<14} {spread(starts[client.name], 1, 2):>28}")
    return slopes


def memory(binary, clients, options, tokenizer):
    task = TASKS[2]
    print(f"\npeak memory per stream at {options.streams} streams, kB (the rise from 1 stream), and in all, MB")
    for client in clients:
        few = once(binary, client, task, 2, tokenizer, concurrency=1, memory=True)
        many = once(binary, client, task, options.streams, tokenizer, concurrency=options.streams, memory=True)
        print(f"  {client.name:<14} {(many.peak_mb - few.peak_mb) * 1024 / (options.streams - 1):10.1f} {many.peak_mb:10.1f}",
              flush=True)


def many_streams(binary, clients, tokenizer):
    """4,000 streams of 2 tokens a second each; two answers of 20 tokens from each stream."""
    task = Task("many", "stream", ("--unknown-tokens", "20", "--ttft", "500ms", "--pace", "2"), 20, 4000, 8000, 8000, 20)
    broken = 0
    for client in clients:
        tree = once(binary, client, task, task.long, tokenizer)
        good = tree.claimed == tree.counted == task.long
        broken += client.name == "costwar" and not good
        print(f"4,000 streams at 2 tokens/s: {client.name}: {tree.claimed} of {task.long} ended well, the mock counted "
              f"{tree.counted}; {tree.wall:.1f} s, {tree.cpu:.1f} s of processor time", flush=True)
    return broken


def main():
    parser = argparse.ArgumentParser(prog="tools/peers/load_clients")
    parser.add_argument("build")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--clients", default="", help="names, with commas (default: all that are there)")
    parser.add_argument("--curl-floor", help="the bare libcurl loop (default: costwar_curl_floor of the build)")
    parser.add_argument("--streams", type=int, default=500, help="for memory per stream")
    parser.add_argument("--many", action="store_true", help="4,000 streams at 2 tokens/s alone")
    parser.add_argument("--tasks", default="tiny,coalesced,paced")
    options = parser.parse_args()
    options.tasks = [task for task in TASKS if task.key in options.tasks.split(",")]
    raise_file_limit()
    binary = os.path.abspath(options.build + "/bin/costwar")
    floor = os.path.abspath(options.curl_floor or options.build + "/tests/bench/costwar_curl_floor")
    there = [costwar(binary)]
    there += [curl_floor(floor)] if os.path.exists(floor) else []
    there += [made() for made, program in ((h2load, "h2load"), (wrk, "wrk")) if shutil.which(program)]
    there += [made() for made, name in ((aiperf, "aiperf"), (guidellm, "guidellm")) if (PEERS / name / "bin" / name).exists()]
    wanted = [name for name in options.clients.split(",") if name]
    clients = [client for client in there if not wanted or client.name in wanted]
    absent = {"libcurl loop", "h2load", "wrk", "aiperf", "guidellm"} - {client.name for client in there}
    print(f"clients: {', '.join(client.name for client in clients)}" + (f"; absent: {', '.join(sorted(absent))}" if absent else ""))
    print(f"client on core {CLIENT_CORE}, mock on core {MOCK_CORE}")
    with tempfile.TemporaryDirectory() as tokenizer:
        make_tokenizer(tokenizer)
        if options.many:
            sys.exit(1 if many_streams(binary, clients, tokenizer) else 0)
        slopes = compare(binary, clients, options, tokenizer)
        memory(binary, clients, options, tokenizer)
    missed = []

    def target(text, value, bound):
        print(f"{'kept  ' if value <= bound else 'MISSED'} {text}: {value:.2f} (at most {bound:g})")
        missed.extend([text] if value > bound else [])

    print()
    own = {task.key: statistics.median(slopes["costwar", task.key]) for task in options.tasks if slopes["costwar", task.key]}
    if "paced" in own and slopes["libcurl loop", "paced"]:
        target("costwar to the libcurl loop, per paced event", own["paced"] / statistics.median(slopes["libcurl loop", "paced"]), 1.3)
    for peer in sorted(SLOW):
        if "tiny" in own and slopes[peer, "tiny"]:
            target(f"costwar to {peer}, per tiny request", own["tiny"] / statistics.median(slopes[peer, "tiny"]), 0.2)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
