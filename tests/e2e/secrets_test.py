"""No artefact of an end-to-end run holds a secret: secrets_test.py COSTWAR_BINARY.

A server that says the key and a secret header back wherever a server can say anything is measured in every way; then
every byte that costwar printed or kept is searched. Another artefact is another line in main()."""

import base64
import glob
import http.server
import json
import os
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

# With all that JSON, addresses and regular expressions escape.
KEY = 'sk-key/a+b"c\\d.0123456789'
TOKEN = "tok en/$x'y&z<9876543210>"
HEADER = "Token " + TOKEN
SECRETS = [KEY, TOKEN]
ECHO = f"key {KEY} and {HEADER} of {KEY}"
# Cut at a limit of costwar's (2048 bytes of a message, 256 of an id), in the middle of a secret.
LONG = "x" * 2030 + KEY
LONG_ID = "y" * 238 + TOKEN


def chunk(**delta):
    return {"model": ECHO, "system_fingerprint": ECHO, "service_tier": ECHO, "provider": ECHO, "id": ECHO,
            "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def events(*chunks, end=b"data: [DONE]\n\n"):
    return b"".join(b"data: " + (json.dumps(c) if isinstance(c, dict) else c).encode() + b"\n\n" for c in chunks) + end


def finish(reason="stop"):
    last = chunk()
    last["choices"][0]["finish_reason"] = reason
    last["usage"] = {"prompt_tokens": 3, "completion_tokens": 2, "note": ECHO, ECHO: 1}
    last["timings"] = {"note": ECHO}
    return last


TOOL = {"index": 0, "id": ECHO, "type": "function", "function": {"name": ECHO, "arguments": json.dumps({"a": ECHO})}}
ERROR = {"error": {"message": ECHO, "code": ECHO, "type": ECHO, "param": ECHO}}
# What the server answers to a model of that name: a status and a body.
ANSWERS = {
    "text": (200, events(chunk(content=ECHO, reasoning_content=ECHO), finish())),
    "tool": (200, events(chunk(tool_calls=[TOOL]), finish("tool_calls"))),
    "reason": (200, events(chunk(content="a"), finish(ECHO))),
    "whole": (200, json.dumps({**chunk(), "choices": [{"index": 0, "message": {"content": ECHO}, "finish_reason": "stop"}]}).encode()),
    "refusal": (200, events(chunk(refusal=ECHO), finish("content_filter"))),
    "stream-error": (200, events(chunk(content="a"), ERROR)),
    "plain-error": (200, b"event: error\ndata: " + ECHO.encode() + b"\n\n"),
    "malformed": (200, events(chunk(content="a"), "{" + ECHO, finish(), end=b"")),
    "cut": (200, events(chunk(content=ECHO), end=b"")),
    "nonsense": (200, ECHO.encode()),
    "bad": (400, json.dumps(ERROR).encode()),
    "auth": (401, json.dumps(ERROR).encode()),
    "money": (402, ECHO.encode()),
    "gone": (404, f"<html>{ECHO}</html>".encode()),
    "limit": (429, json.dumps(ERROR).encode()),
    "crash": (500, LONG.encode()),
    "cut-message": (500, json.dumps({"error": {"message": LONG, "code": LONG_ID}}).encode()),
    "away": (307, ECHO.encode()),
    "status": (None, f"HTTP/1.1 5O0 {ECHO}\r\n\r\n".encode()),
    "reason-phrase": (None, f"HTTP/1.1 500 {ECHO}\r\nContent-Length: 0\r\nx-should-retry: false\r\n\r\n".encode()),
    "no-http": (None, f"SSH-2.0 {ECHO}\r\n".encode()),
    "bad-header": (None, f"HTTP/1.1 200 OK\r\n{ECHO}\r\nContent-Length: {ECHO}\r\n\r\n".encode()),
}


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.close_connection = True
        if status is None:
            return self.wfile.write(body)
        self.send_response(status)
        for name in ("x-request-id", "request-id", "x-ds-trace-id", "openai-organization", "server-timing"):
            self.send_header(name, LONG_ID if name == "x-request-id" and status == 500 else ECHO)
        self.send_header("Location", "/" + urllib.parse.quote(ECHO))
        self.send_header("x-should-retry", "false")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.headers.append(dict(self.headers))
        self.answer(*self.server.models)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append(dict(self.headers))
        if request["model"] == "hang":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(events(chunk(content=ECHO), end=b""))
            self.wfile.flush()
            self.server.hanging.set()
            return time.sleep(30)
        self.answer(*ANSWERS[request["model"]])


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Echo)
        self.headers, self.hanging = [], threading.Event()
        self.models = (401, ECHO.encode())
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


def forms(secret):
    """The secret as it may have been written."""
    raw = secret.encode()
    quoted = json.dumps(secret)[1:-1]
    escaped = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    found = {secret, quoted, quoted.replace("/", "\\/"), json.dumps(quoted)[1:-1], escaped, escaped.replace('"', "&quot;"),
             urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), raw.hex(), raw.hex().upper(),
             secret[:10], secret[-10:]}
    # Base64 depends on what stands before: the whole groups of three bytes at each offset.
    for shift in range(3):
        part = raw[(3 - shift) % 3:]
        found.add(base64.b64encode(part[:len(part) // 3 * 3]).decode())
    return [form.encode() for form in found]


FORMS = [form for secret in SECRETS for form in forms(secret)]


class Search:
    def __init__(self):
        self.bytes = self.artefacts = 0

    def check(self, name, content):
        self.bytes += len(content)
        self.artefacts += 1
        for form in FORMS:
            at = content.find(form)
            assert at < 0, f"{name} holds {form!r}: {content[max(0, at - 100):at + 100]!r}"


def ask_batches(costwar, binary, folder, environment):
    """The same key and header with a batch, at the mock: upload, polls and results."""
    url_file = folder + "/mock-url"
    with subprocess.Popen([binary, "mock", "--url-file", url_file, "--batch-duration", "200ms"], cwd=folder, env=environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as mock:
        try:
            deadline = time.monotonic() + 30
            while not os.path.exists(url_file) and time.monotonic() < deadline:
                time.sleep(0.01)
            with open(url_file) as file:
                url = file.read().strip()
            with open(folder + "/costwar.json") as file:
                config = json.load(file)
            config["providers"]["batches"] = {"like": "openai", "base_url": url, "key_variable": "OPENAI_API_KEY",
                                              "headers": {"X-Gateway-Auth": "Token $GATEWAY_TOKEN"}}
            with open(folder + "/costwar.json", "w") as file:
                json.dump(config, file)
            done = costwar("run", "batches/mock+batch", "--n", "1", "--tasks", "copying", "--fresh")
            assert done.returncode == 0, done.stderr
            assert json.loads(costwar("runs", "--format", "json").stdout)["runs"], "no run of a batch"
        finally:
            mock.terminate()


def main(binary):
    binary = os.path.abspath(binary)
    search, server = Search(), Server()
    for form in FORMS:  # a search that finds nothing is none
        try:
            Search().check("itself", b"..." + form + b"...")
        except AssertionError:
            continue
        raise SystemExit("the search is blind")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "OPENAI_API_KEY": KEY, "GATEWAY_TOKEN": TOKEN}
        environment |= {k: os.environ[k] for k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS") if k in os.environ}
        url = f"http://127.0.0.1:{server.server_port}/v1"
        with open(folder + "/costwar.json", "w") as file:
            json.dump({"providers": {"openai": {"base_url": url, "headers": {"X-Gateway-Auth": "Token $GATEWAY_TOKEN"}},
                                     "http": {"key_variable": "OPENAI_API_KEY",
                                              "headers": {"X-Gateway-Auth": "Token $GATEWAY_TOKEN"}},
                                     "bearer": {"like": "http", "base_url": url,
                                                "headers": {"Authorization": "Bearer $GATEWAY_TOKEN", "X-Key": "${OPENAI_API_KEY}"}}}}, file)
        codes = {}

        def costwar(*arguments):
            result = subprocess.run([binary, *arguments], cwd=folder, env=environment, capture_output=True, timeout=120)
            search.check("stdout of " + " ".join(arguments), result.stdout)
            search.check("stderr of " + " ".join(arguments), result.stderr)
            assert result.returncode not in (70, 134, 139), (arguments, result.stderr)
            return result

        def files(pattern, least=1):
            found = glob.glob(folder + pattern)
            assert len(found) >= least, pattern
            for path in found:
                with open(path, "rb") as file:
                    search.check(os.path.basename(path), file.read())

        small = ("--n", "1", "--tasks", "copying", "--fresh")
        for model in ANSWERS:
            codes[model] = costwar("compare", f"openai/{model}", *small).returncode
            costwar("compare", f"bearer/{model}", *small, "--format", "json", "--output", f"{model}.json")
        assert codes["text"] == 0 and codes["auth"] == 4 and codes["bad"] == 3, codes
        # The server that lists its models, and says no; or says yes with names like that.
        costwar("run", url, *small)
        server.models = (200, json.dumps({"data": [{"id": ECHO}, {"id": KEY}]}).encode())
        costwar("run", url, *small)
        sent = [headers for headers in server.headers if headers.get("X-Gateway-Auth") == HEADER and
                headers.get("Authorization") == f"Bearer {KEY}"]
        assert sent, "the secrets did not arrive: nothing was tested"
        assert any(headers.get("Authorization") == f"Bearer {TOKEN}" for headers in server.headers)
        # Recorded, answers with secrets in their text, and played again.
        for model in ANSWERS:
            costwar("run", f"openai/{model}", *small, "--record", "--label", "recorded")
        ask_batches(costwar, binary, folder, environment)
        # Killed in the middle: the write-ahead log stays.
        with subprocess.Popen([binary, "run", "openai/text", "openai/hang", "--n", "2", "--tasks", "copying", "--fresh"],
                              cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert server.hanging.wait(30)
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate(timeout=30)
            search.check("stdout of what was killed", out)
            search.check("stderr of what was killed", err)
        files("/.costwar/store.db-wal")

        recordings = 0
        for run in json.loads(costwar("runs", "--format", "json").stdout)["runs"]:
            costwar("runs", "show", run["run"])
            costwar("runs", "show", run["run"], "--format", "json")
            exported = costwar("runs", "export", run["run"])
            assert exported.stdout
            recording = costwar("runs", "export", run["run"], "--recording")
            assert (recording.returncode == 0) == (run["label"] == "recorded"), (run, recording)
            recordings += recording.returncode == 0
        assert recordings >= len(ANSWERS), recordings
        costwar("doctor")
        costwar("doctor", "--format", "json")
        costwar("models")
        costwar("models", "--format", "json")
        costwar("config", "show", "--origin")
        costwar("config", "show", "--format", "json")
        costwar("config", "check")
        files("/.costwar/*")
        files("/*.json", least=2)
    print(f"no secret in {search.artefacts} artefacts, {search.bytes} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
