"""Runs costwar mock and the streams client beside each other and compares what was sent with what arrived."""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

build, streams, rate, tokens = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
cores = sorted(os.sched_getaffinity(0))


def on(core):
    return (lambda: os.sched_setaffinity(0, {core})) if len(cores) > 1 else None


with tempfile.TemporaryDirectory() as folder:
    url_file, truth = pathlib.Path(folder, "url"), pathlib.Path(folder, "truth.jsonl")
    mock = subprocess.Popen(
        [build / "bin/costwar", "mock", "--port", "0", "--url-file", url_file, "--truth", truth, "--ttft", "200ms",
         "--pace", rate, "--unknown-tokens", tokens],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=on(cores[0]))
    try:
        deadline = time.monotonic() + 30
        while not url_file.exists():
            if mock.poll() is not None or time.monotonic() > deadline:
                sys.exit("the mock server did not start: " + (mock.stderr.read() if mock.poll() is not None else ""))
            time.sleep(0.05)
        client = subprocess.run([build / "tests/bench/costwar_streams", url_file.read_text().strip() + "#mock", streams],
                                capture_output=True, text=True, preexec_fn=on(cores[-1]))
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        mock.send_signal(signal.SIGINT)
        said = mock.communicate()[1]
    if not client.stdout:
        sys.exit(client.stderr)
    got = json.loads(client.stdout)
    sent = [json.loads(line) for line in truth.read_text().splitlines()]

sent_tokens = sum(record["completion_tokens"] for record in sent)
complete = sum(record["complete"] for record in sent)
events = got["pieces"] / got["seconds"]
print(f"{streams} streams of {tokens} tokens at {rate} tokens/s: {got['outcomes']}")
print(f"sent {sent_tokens} tokens in {complete} whole answers; reported to the client {got['reported_tokens']}, "
      f"arrived one by one {got['pieces']}")
print(f"client: {got['seconds']:.2f} s, {events:.0f} tokens/s, {got['cpu_seconds']:.2f} s of processor time "
      f"({100 * got['cpu_seconds'] / got['seconds']:.0f} % of one core), {usage.ru_maxrss // 1024} MB")
print("server: " + " ".join(said.split("\n")[-3:]).strip())
lost = sent_tokens - got["pieces"]
print("no token was lost" if lost == 0 and client.returncode == 0 else f"{lost} tokens were lost")
sys.exit(0 if lost == 0 and client.returncode == 0 else 1)
