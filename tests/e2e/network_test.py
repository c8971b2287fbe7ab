"""Certificates, proxies and redirects, with the built program against servers of this test on the loopback:
network_test.py COSTWAR_BINARY."""

import http.server
import json
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading


class Answers(http.server.BaseHTTPRequestHandler):
    """A server with OpenAI's chat API that says "x", or whatever its server's `redirect` says."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.seen.append(self.requestline)
        self.say(200, json.dumps({"data": [{"id": "m"}]}).encode())

    def do_POST(self):
        self.server.seen.append(self.requestline)
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.redirect:
            return self.say(307, b"", [("Location", self.server.redirect)])
        chunk = {"model": "m", "choices": [{"index": 0, "delta": {"content": "x" * self.server.length}, "finish_reason": "stop"}],
                 "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
        self.say(200, b"data: " + json.dumps(chunk).encode() + b"\n\ndata: [DONE]\n\n",
                 [("Content-Type", "text/event-stream")])

    def do_CONNECT(self):
        """What a proxy does: join both ends, here always to `tunnel_to`."""
        self.server.seen.append(self.requestline)
        with socket.create_connection(("127.0.0.1", self.server.tunnel_to), timeout=10) as there:
            self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(there, self.connection), daemon=True)
            back.start()
            pump(self.connection, there)
            back.join(10)
        self.close_connection = True


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def __init__(self, certificate=None, redirect=None, tunnel_to=None, length=1):
        super().__init__(("127.0.0.1", 0), Answers)
        self.seen, self.redirect, self.tunnel_to, self.length = [], redirect, tunnel_to, length
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):  # a client that does not like the certificate goes away
        pass

    def url(self, host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.server_port}/v1"


def certificate(folder, name, host):
    """A self-signed certificate with its key, in one PEM file; and the certificate alone."""
    key, cert = f"{folder}/{name}.key", f"{folder}/{name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", f"/CN={host}", "-addext",
                    f"subjectAltName=DNS:{host}"], check=True, capture_output=True)
    with open(f"{folder}/{name}.pem", "w") as both:
        both.write(open(key).read() + open(cert).read())
    return f"{folder}/{name}.pem", cert


class Costwar:
    def __init__(self, binary, folder):
        self.binary, self.folder = os.path.abspath(binary), folder

    def run(self, *arguments, **variables):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, **variables}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        return subprocess.run([self.binary, *arguments], cwd=self.folder, env=environment, capture_output=True,
                              text=True, timeout=120)

    def measure(self, model, *flags, **variables):
        return self.run("run", model, "--n", "1", "--tasks", "copying", "--fresh", *flags, **variables)


def expect(result, code, text=""):
    assert result.returncode == code and text in result.stderr, (result.args, result.returncode, result.stderr)


def check_certificates(costwar):
    pem, cert = certificate(costwar.folder, "right", "localhost")
    other_pem, other_cert = certificate(costwar.folder, "other", "localhost")
    server = Server(certificate=pem)
    # Not trusted: nothing is sent, not even the question which models there are.
    expect(costwar.measure(server.url("localhost")), 5, "certificate")
    expect(costwar.measure(server.url("localhost"), "--ca-file", other_cert), 5, "certificate")
    # With the model named it is the call itself that fails, with the remedy.
    once = costwar.measure(server.url("localhost") + "#m")
    expect(once, 3, "--ca-file")
    # OpenSSL's own variables are not listened to.
    expect(costwar.measure(server.url("localhost"), SSL_CERT_FILE=cert, CURL_CA_BUNDLE=cert), 5, "certificate")
    # Trusted, and for another name.
    expect(costwar.measure(server.url("127.0.0.1"), "--ca-file", cert), 5, "127.0.0.1")
    assert server.seen == [], server.seen
    # Trusted: by the flag, the variable, the file.
    expect(costwar.measure(server.url("localhost"), "--ca-file", cert), 0)
    expect(costwar.measure(server.url("localhost"), COSTWAR_CA_FILE=cert), 0)
    with open(costwar.folder + "/costwar.json", "w") as file:
        json.dump({"network": {"ca_file": "right.crt"}}, file)
    expect(costwar.measure(server.url("localhost")), 0)
    assert len(server.seen) == 6, server.seen
    # The flag takes the file's place; it does not add to it.
    expect(costwar.measure(server.url("localhost"), "--ca-file", other_cert), 5, "certificate")
    os.remove(costwar.folder + "/costwar.json")
    expect(costwar.measure(server.url("localhost"), "--ca-file", "none.crt"), 2, "--ca-file")


def check_proxies(costwar):
    pem, cert = certificate(costwar.folder, "far", "model.invalid")
    far = Server(certificate=pem)
    proxy, decoy = Server(tunnel_to=far.server_port), Server(tunnel_to=far.server_port)
    decoys = {name: f"http://127.0.0.1:{decoy.server_port}"
              for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")}
    named = f"http://127.0.0.1:{proxy.server_port}"
    model = "https://model.invalid/v1"
    # model.invalid has no address, so without a proxy there is no way to it.
    expect(costwar.measure(model, "--ca-file", cert, **decoys), 5, "model.invalid")
    assert far.seen == [] and decoy.seen == []
    expect(costwar.measure(model, "--ca-file", cert, "--proxy", named, no_proxy="*", NO_PROXY="*", **decoys), 0)
    assert len(far.seen) == 2 and decoy.seen == [], (far.seen, decoy.seen)
    assert set(proxy.seen) == {"CONNECT model.invalid:443 HTTP/1.1"}, proxy.seen
    expect(costwar.measure(model, "--ca-file", cert, COSTWAR_PROXY=named), 0)
    # The proxy is no authority: who answers behind it is checked all the same.
    expect(costwar.measure(model, "--proxy", named), 5, "certificate")
    # This machine is asked directly.
    before = len(proxy.seen)
    near = Server()
    expect(costwar.measure(near.url() + "#m", "--proxy", named, **decoys), 0)
    assert len(near.seen) == 1 and len(proxy.seen) == before and decoy.seen == []


def check_redirects(costwar):
    thief = Server()
    server = Server(redirect=thief.url() + "/chat/completions")
    result = costwar.measure(server.url() + "#m", COSTWAR_HTTP_KEY="a-key-0123456789")
    expect(result, 5)
    assert server.seen and thief.seen == [], thief.seen


def check_plain_http(costwar):
    server = Server()
    url = f"http://0.0.0.0:{server.server_port}/v1#m"  # leads here, but does not say so
    expect(costwar.measure(url), 2, "--allow-plain-http")
    assert server.seen == []
    expect(costwar.measure(url, "--allow-plain-http"), 0)
    expect(costwar.measure(url, COSTWAR_ALLOW_PLAIN_HTTP="1"), 0)
    expect(costwar.measure(url, COSTWAR_ALLOW_PLAIN_HTTP="0"), 2, "--allow-plain-http")


def check_size(costwar):
    server = Server(length=(1 << 20) + 1)
    with open(costwar.folder + "/costwar.json", "w") as file:
        json.dump({"network": {"max_answer_mb": 1}}, file)
    run = costwar.measure(server.url() + "#m")
    os.remove(costwar.folder + "/costwar.json")
    expect(run, 5, "longer than the limit of 1048576 bytes")


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        costwar = Costwar(binary, folder)
        checks = [check_certificates, check_proxies, check_redirects, check_plain_http, check_size]
        for check in checks:
            check(costwar)
    print(f"{len(checks)} groups of network rules hold")


if __name__ == "__main__":
    main(sys.argv[1])
