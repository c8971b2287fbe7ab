#!/usr/bin/env python3
"""A stand-in for llama.cpp's llama-server, with the standard library alone: its flags, its health while it loads, its
streams, its refusal of a prompt that is too long, and ways to die. It answers every question with "42".

How it misbehaves is said in the environment: FAKE_LOAD_S (seconds until it is healthy), FAKE_DIE=load|generate|slow
(end with words on stderr while loading, in the second chunk of the third answer; ignore SIGTERM), FAKE_NO_SOCKETS=1
(takes a socket's path for a host), FAKE_NOTE (a file that gets a line for each start: pid and arguments).

FAKE_KIND=vllm|sglang makes it one of those, with their facts and counters. With --port 0 it takes a free port and
prints it."""

import http.server
import json
import os
import signal
import socketserver
import sys
import threading
import time

START = time.monotonic()
KIND = os.environ.get("FAKE_KIND", "llama-server")
DIE = os.environ.get("FAKE_DIE", "")
ANSWER = "42"
counts = {"prompt": 0, "generated": 0, "answers": 0}


def option(name, default=None):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def say(text):
    print(text, file=sys.stderr, flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "local"

    def log_message(self, *arguments):
        pass

    def reply(self, status, value, media="application/json"):
        body = (json.dumps(value) if media == "application/json" else value).encode()
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        loading = time.monotonic() - START < float(os.environ.get("FAKE_LOAD_S", "0.1"))
        if loading:
            return self.reply(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})
        if KIND != "llama-server":
            return self.other_kind()
        if self.path == "/health":
            return self.reply(200, {"status": "ok"})
        if self.path == "/props":
            return self.reply(200, {"default_generation_settings": {"n_ctx": int(option("-c"))}, "total_slots": 1,
                                    "model_path": option("-m"), "build_info": "b7777-fake"})
        if self.path == "/metrics" and "--metrics" in sys.argv:
            return self.reply(200, "# TYPE llamacpp:prompt_tokens_total counter\n"
                              f"llamacpp:prompt_tokens_total {counts['prompt']}\n"
                              f"llamacpp:tokens_predicted_total {counts['generated']}\n"
                              f"llamacpp:prompt_seconds_total {counts['answers'] * 0.002}\n"
                              f"llamacpp:tokens_predicted_seconds_total {counts['answers'] * 0.003}\n", "text/plain")
        return self.reply(404, {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}})

    def other_kind(self):
        if KIND == "vllm" and self.path == "/version":
            return self.reply(200, {"version": "0.99.fake"})
        if KIND == "sglang" and self.path == "/get_server_info":
            return self.reply(200, {"version": "0.88.fake", "model_path": "/models/m", "context_length": 8192})
        if self.path == "/metrics":
            # Counters of another model must not be taken for those of the one that is asked.
            return self.reply(200, "".join(
                f'{KIND}:prompt_tokens_total{{model_name="m"}} {1000 + counts["prompt"]}\n'
                f'{KIND}:prompt_tokens_total{{model_name="other"}} {7 * counts["answers"]}\n'
                f'{KIND}:generation_tokens_total{{model_name="m"}} {500 + counts["generated"]}\n'
                f'{"vllm:request_success_total" if KIND == "vllm" else "sglang:num_requests_total"}'
                f'{{model_name="m"}} {40 + counts["answers"]}\n'), "text/plain")
        return self.reply(404, {"error": {"message": "Not Found"}})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/completion":
            # A millisecond for a token of the prompt, ten for one that is generated; the first is the prompt's.
            prompt, tokens = len(request["prompt"]), request["n_predict"]
            return self.reply(200, {"content": "", "timings": {
                "cache_n": 0, "prompt_n": prompt, "prompt_ms": 1.0 * prompt, "predicted_n": tokens,
                "predicted_ms": 10.0 * (tokens - 1)}})
        tokens = sum(len(message["content"].split()) + 4 for message in request["messages"])
        context = int(option("-c"))
        if tokens >= context:
            return self.reply(400, {"error": {
                "code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": tokens, "n_ctx": context,
                "message": f"request ({tokens} tokens) exceeds the available context size ({context} tokens)"}})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        counts["answers"] += 1
        self.event({"role": "assistant", "content": None})
        self.event({"content": ANSWER})
        if DIE == "generate" and counts["answers"] == 3:
            say("llama_decode: processing the ubatch")
            say("ggml.c:1805: GGML_ASSERT(obj_new) failed; Authorization: Bearer sk-" + "secret1234567890")
            self.wfile.flush()
            os.abort()
        self.event({}, "stop")
        counts["prompt"] += tokens
        counts["generated"] += 2
        self.chunk({"choices": [], "usage": {"prompt_tokens": tokens, "completion_tokens": 2,
                                             "prompt_tokens_details": {"cached_tokens": 0}},
                    "timings": {"cache_n": 0, "prompt_n": tokens, "prompt_ms": 2.0, "predicted_n": 2,
                                "predicted_ms": 3.0}})
        self.write(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def event(self, delta, finish=None):
        self.chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def chunk(self, value):
        value.update(id="chatcmpl-1", object="chat.completion.chunk", created=1, model="/models/secret-place.gguf")
        self.write(b"data: " + json.dumps(value).encode() + b"\n\n")

    def write(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


class OnSocket(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class OnPort(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def main():
    if "--version" in sys.argv:
        say("version: 7777 (fake)\nbuilt with care")
        return
    if "FAKE_NOTE" in os.environ:
        with open(os.environ["FAKE_NOTE"], "a") as note:
            note.write(json.dumps({"pid": os.getpid(), "arguments": sys.argv[1:],
                                   "keys": [name for name, value in os.environ.items() if name.endswith("_KEY") and value],
                                   "llama_settings": [name for name in os.environ if name.startswith("LLAMA_ARG_")],
                                   "no_backtrace": os.environ.get("GGML_NO_BACKTRACE")}) + "\n")
    say("main: loading model")
    host = option("--host")
    if host.endswith(".sock") and os.environ.get("FAKE_NO_SOCKETS"):
        say(f"couldn't bind HTTP server socket, hostname: {host}")
        sys.exit(1)
    if DIE == "slow":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server = OnSocket(host, Handler) if host.endswith(".sock") else OnPort((host, int(option("--port"))), Handler)
    if option("--port") == "0":
        print(server.server_address[1], flush=True)
    if DIE == "load":
        def die():
            say("llama_model_load: error loading model: unknown model architecture: 'nosuch'")
            say("main: exiting due to model loading error")
            os._exit(1)
        threading.Timer(0.3, die).start()
    server.serve_forever()


main()
