"""Logs that no one should send: hostile_logs.py COSTWAR_BINARY. Each is priced twice, as a report and record by record;
each run has to end by itself with a planned exit code and one line that a person can read, within bounds of memory and
time, the good lines around the bad ones have to be priced, and no line may vanish: each is a record, a record without
usage, or counted as bad."""

import gzip
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import zlib

PEAK_MB = 300  # resident; the longest line below is 100 MB
ADDRESS_SPACE = 4 << 30  # a runaway allocation fails at once instead of taking the machine down
TIMEOUT_S = 120
OK, BAD_INPUT, INCOMPLETE = 0, 3, 7


def chat(number=1, **changes):
    record = {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1790000000 + number, "model": "gpt-5.5",
              "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
              "usage": {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010}}
    record.update(changes)
    return json.dumps(record).encode() + b"\n"


def usage(**counts):
    return chat(usage={"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010, **counts})


def raw_usage(text):
    """A line whose usage is this text, JSON or not."""
    return chat(usage="@").replace(b'"@"', text.encode())


GOOD = chat(1) + chat(2)
DEEP = 100000


def between(*lines):
    """Two good lines, the hostile ones, two good lines."""
    return GOOD + b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines) + GOOD


def long_line(size):
    return chat(choices=[{"index": 0, "message": {"role": "assistant", "content": "x" * size}, "finish_reason": "stop"}])


def gzip_bomb():
    """A gigabyte of zeros in a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 24)
    return b"".join([packer.compress(block) for _ in range(64)] + [packer.flush()])


def bomb_of_lines():
    """Good lines around a gigabyte of spaces on one line, gzipped."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    block = b" " * (1 << 24)
    return b"".join([packer.compress(GOOD)] + [packer.compress(block) for _ in range(64)] +
                    [packer.compress(b"\n" + GOOD), packer.flush()])


CSV_HEAD = b"provider,model,requested,fresh_input,visible_output\n"
CSV_GOOD = b"openai,gpt-5.5,2026-10-01T12:00:00Z,1000,10\n"

# name, bytes of the file or a function that makes them, allowed exit codes, priced records or None (not checked)
CASES = (
    ("good.jsonl", GOOD, {OK}, {2}),
    ("line-10mb.jsonl", lambda: between(long_line(10 * 10**6)), {OK}, {5}),
    ("line-100mb.jsonl", lambda: between(long_line(100 * 10**6)), {OK}, {4, 5}),  # too long is a fair answer
    ("broken-utf8.jsonl", between(chat().replace(b"Hello", b"He\xff\xfe\xc3llo")), {OK}, {4, 5}),
    ("overlong-utf8.jsonl", between(chat().replace(b"gpt-5.5", b"gpt\xc0\xad5.5")), {OK}, {4}),
    ("lone-surrogate.jsonl", between(chat().replace(b"Hello", b"\\ud800")), {OK}, {4, 5}),
    ("negative.jsonl", between(usage(prompt_tokens=-5)), {OK}, {4}),
    ("huge-float.jsonl", between(raw_usage('{"prompt_tokens": 1e30, "completion_tokens": 1}')), {OK}, {4}),
    ("huge-exponent.jsonl", between(raw_usage('{"prompt_tokens": 1e400, "completion_tokens": 1}')), {OK}, {4}),
    ("two-to-63.jsonl", between(usage(prompt_tokens=2**63, total_tokens=2**63 + 10)), {OK}, {4}),
    ("two-to-64.jsonl", between(usage(prompt_tokens=2**64, total_tokens=2**64 + 10)), {OK}, {4}),
    ("many-digits.jsonl", between(raw_usage('{"prompt_tokens": ' + "9" * 100000 + ', "completion_tokens": 1}')), {OK}, {4}),
    ("largest.jsonl", between(usage(prompt_tokens=2**63 - 1 - 10, total_tokens=2**63 - 1)), {OK}, {4, 5}),
    ("sum-overflows.jsonl", b"".join(usage(prompt_tokens=2**62, total_tokens=2**62 + 10) for _ in range(50)), {OK}, None),
    ("fraction.jsonl", between(raw_usage('{"prompt_tokens": 10.5, "completion_tokens": 1}')), {OK}, {4}),
    ("text-counts.jsonl", between(usage(prompt_tokens="1000")), {OK}, {4, 5}),
    ("does-not-add-up.jsonl", between(usage(total_tokens=7)), {OK}, {4}),
    ("more-cached-than-prompt.jsonl", between(usage(prompt_tokens_details={"cached_tokens": 5000})), {OK}, {4}),
    ("odd-created.jsonl", between(chat(created=10**30), chat(created=-(10**17)), chat(created="yesterday")), {OK},
     {4, 5, 6, 7}),
    ("no-model.jsonl", between(chat(model=None), chat(model=""), chat(model={"a": 1})), {OK}, {4}),
    ("strange-model.jsonl", between(chat(model="\x1b[31mred\x07\n" + "m" * 100000)), {OK}, {4}),
    ("deep-arrays.jsonl", between(b"[" * DEEP + b"]" * DEEP), {OK}, {4}),
    ("deep-open.jsonl", between(b"[" * DEEP), {OK}, {4}),
    ("deep-objects.jsonl", between(b'{"a":' * DEEP + b"1" + b"}" * DEEP), {OK}, {4}),
    ("deep-unused-field.jsonl", between(chat().replace(b'"Hello."', b"[" * DEEP + b"]" * DEEP)), {OK}, {4, 5}),
    ("deep-usage.jsonl", between(raw_usage('{"prompt_tokens_details":' * DEEP + "{}" + "}" * DEEP)), {OK}, {4}),
    ("wide-usage.jsonl", between(raw_usage("{" + ",".join(f'"k{i}":{{"cached_tokens":{i}}}' for i in range(50000)) + "}")),
     {OK}, {4}),
    ("twice-usage.jsonl", between(chat().replace(b'"usage"', b'"usage": {"prompt_tokens": 1}, "usage"')), {OK}, {4, 5}),
    ("cut-off.jsonl", between(chat()[:-20]), {OK}, {4}),
    ("two-on-a-line.jsonl", between(chat()[:-1] + chat()), {OK}, {4, 5, 6}),
    ("not-json.jsonl", between(b"2026-10-01 ERROR connection reset", b"nonsense", b"{", b"}", b'"'), {OK}, {4}),
    ("no-objects.jsonl", between(b"[1,2,3]", b"[]", b"[[1]]", b"true", b"12", b"null", b'"text"'), {OK}, {4}),
    ("array.jsonl", b"[" + chat()[:-1] + b",\n" + chat()[:-1] + b"]\n", {OK, BAD_INPUT}, None),
    ("array-on-a-line.jsonl", b"[" + chat()[:-1] + b"," + chat()[:-1] + b"]\n", {OK, BAD_INPUT}, None),
    ("empty.jsonl", b"", {OK, BAD_INPUT}, {0}),
    ("newlines.jsonl", b"\n" * 100000, {OK, BAD_INPUT}, {0}),
    ("nul-bytes.jsonl", between(b"\0" * 1000, chat().replace(b"Hello", b"He\0llo")), {OK}, {4, 5}),
    ("only-nul.jsonl", bytes(1 << 20), {OK, BAD_INPUT}, {0}),
    ("bom.jsonl", b"\xef\xbb\xbf" + GOOD, {OK}, {2}),
    ("crlf.jsonl", GOOD.replace(b"\n", b"\r\n"), {OK}, {2}),
    ("blank-lines.jsonl", GOOD + b"\n \t\n\r\n" + GOOD, {OK}, {4}),
    ("no-last-newline.jsonl", GOOD[:-1], {OK}, {2}),
    ("utf16.jsonl", GOOD.decode().encode("utf-16"), {OK, BAD_INPUT}, {0}),
    ("good.jsonl.gz", gzip.compress(GOOD), {OK}, {2}),
    ("members.jsonl.gz", gzip.compress(GOOD) + gzip.compress(GOOD), {OK}, {4}),
    ("truncated.jsonl.gz", gzip.compress(b"".join(chat(i) for i in range(5000)))[:-3000], {OK, BAD_INPUT}, None),
    ("header-only.jsonl.gz", gzip.compress(GOOD)[:10], {OK, BAD_INPUT}, {0}),
    ("garbage-behind.jsonl.gz", gzip.compress(GOOD) + b"garbage after the end", {OK, BAD_INPUT}, {0, 2}),
    ("bad-checksum.jsonl.gz", gzip.compress(GOOD)[:-8] + bytes(8), {OK, BAD_INPUT}, {0, 2}),
    ("not-gzip.jsonl.gz", GOOD, {OK, BAD_INPUT}, {0, 2}),
    ("zeros-1gb.jsonl.gz", gzip_bomb, {OK, BAD_INPUT}, {0}),
    ("spaces-1gb.jsonl.gz", bomb_of_lines, {OK, BAD_INPUT}, {0, 2, 4}),
    ("unclosed-quote.csv", CSV_HEAD + CSV_GOOD + b'openai,"gpt-5.5,2026-10-01T12:00:00Z,1000,10\n' + CSV_GOOD * 3,
     {OK, BAD_INPUT}, None),
    ("ragged.csv", CSV_HEAD + CSV_GOOD + b"openai,gpt-5.5\n" + b"a,b,c,d,e,f,g,h\n" + CSV_GOOD, {OK, BAD_INPUT}, None),
    ("header-only.csv", CSV_HEAD, {OK, BAD_INPUT}, {0}),
    ("missing.jsonl", None, {BAD_INPUT}, {0}),
    ("folder.jsonl", "folder", {BAD_INPUT}, {0}),
)
SAYS = {"truncated.jsonl.gz", "header-only.jsonl.gz", "bad-checksum.jsonl.gz"}  # never in silence, whatever the exit code


class Run:
    """One run of the program: exit code, output, the most resident memory in MB."""

    def __init__(self, folder, command, limited):
        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if limited:
                resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))

        with open(f"{folder}/stdout", "w+b") as out, open(f"{folder}/stderr", "w+b") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=folder,
                                       preexec_fn=limit)
            deadline = time.monotonic() + TIMEOUT_S
            done = 0
            while not done and time.monotonic() < deadline:
                done, status, used = os.wait4(process.pid, os.WNOHANG)
                time.sleep(0 if done else 0.002)
            if not done:
                process.kill()
                _, status, used = os.wait4(process.pid, 0)
            self.code = process.returncode = os.waitstatus_to_exitcode(status) if done else "no end"
            self.peak = used.ru_maxrss / 1000
            out.seek(0)
            err.seek(0)
            self.out, self.err = out.read(), err.read().decode(errors="replace")


def priced(output):
    """How many records have a total, in the output of --each; every line of it has to be JSON."""
    return sum(json.loads(line)["total"] is not None for line in output.splitlines() if line.strip())


def vanished(content, output):
    """Lines of a log of JSON lines that the report does not account for."""
    report = json.loads(output)
    if report["files"][0]["format"] != "JSON lines":
        return 0
    lines = sum(bool(line.strip()) for line in content.split(b"\n"))
    return lines - report["records"] - report["records_without_usage"] - report["files"][0]["bad_lines"]


def complaints(name, run, allowed, limited):
    wrong = []
    if run.code not in allowed:
        wrong.append(f"exit {run.code}, wanted one of {sorted(allowed)}")
    if limited and run.peak > PEAK_MB:
        wrong.append(f"peak of {run.peak:,.0f} MB")
    if (run.code != OK or name in SAYS) and not run.err.strip():
        wrong.append("nothing on standard error says what is wrong")
    if any(len(line) > 1000 for line in run.err.splitlines()) or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", run.err):
        wrong.append("standard error has an overlong line or control characters")
    return wrong


def check(binary, folder, case, limited):
    name, content, allowed, wanted = case
    path = f"{folder}/{name}"
    if content == "folder":
        os.mkdir(path)
    elif content is not None:
        content = content() if callable(content) else content
        with open(path, "wb") as file:
            file.write(content)
    if not isinstance(content, bytes) or not name.endswith(".jsonl") or len(content) > 10**8:
        content = None  # not looked at below; and what this process holds counts as the child's peak
    wrong, runs = [], []
    for flags in (["--format", "json"], ["--each"]):
        run = Run(folder, [binary, "price", name] + flags, limited)
        runs.append(run)
        wrong += [f"price {name} {' '.join(flags)}: {text}" for text in complaints(name, run, allowed, limited)]
    try:
        found = priced(runs[1].out)
        if wanted is not None and runs[1].code in allowed and found not in wanted:
            wrong.append(f"price {name} --each: {found} records priced, wanted one of {sorted(wanted)}")
        lost = vanished(content, runs[0].out) if content is not None and runs[0].code == OK else 0
        if lost > 0:
            wrong.append(f"price {name}: {lost} lines are neither records nor counted as bad")
    except (ValueError, KeyError, TypeError) as error:
        wrong.append(f"price {name}: output is not the JSON that it should be: {error!r}")
    if wrong:
        wrong.append("  " + runs[0].err.strip()[-500:])
    if os.path.isfile(path):
        os.remove(path)
    return wrong, max(run.peak for run in runs)


def main(binary):
    binary = os.path.abspath(binary)
    with open(binary, "rb") as file:
        limited = b"__asan_init" not in file.read()  # a sanitizer's shadow memory is no leak
    failed, most = 0, 0.0
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            wrong, peak = check(binary, folder, case, limited)
        most = max(most, peak)
        failed += bool(wrong)
        for text in wrong:
            print(text)
    print(f"{len(CASES) - failed} of {len(CASES)} hostile logs ended well; at most {most:,.0f} MB resident")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
