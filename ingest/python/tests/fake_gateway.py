"""A gateway that can be told to misbehave. Takes a batch in once a key, as the real one does."""

from __future__ import annotations

import gzip
import json
import sys
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DEADLINE_SECONDS = 30.0


def until(condition, what="it"):
    """Waits for the condition, with a deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE_SECONDS} s for {what}"
        time.sleep(0.005)


def strict(text):
    """JSON without the NaN and Infinity that Python would let pass."""

    def refuse(constant):
        raise ValueError(f"bare {constant}")

    return json.loads(text, parse_constant=refuse)


class FakeGateway:
    """
    ``script`` holds what to do with the next requests, then all is well:

    a status, such as 503, or (status, headers); "close" before it answers, "lost" after it took all in; "half" an
    answer; "garbage" under 200; "slow" takes all in and does not answer until the end; "picky" rejects the first event.
    ``streams`` holds what the next listeners hear: lines, and events that it waits for; or a status.
    """

    def __init__(self, port=0, tls=None):
        self.script = deque()
        self.events = []
        self.keys = []
        self.bodies = {}
        self.headers = []
        self.times = []
        self.streams = deque()
        self.errors = []
        self.listening = []
        self._sent = {}
        self._answers = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_POST(self):
                fake._post(self)

            def do_GET(self):
                fake._get(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: self.errors.append(sys.exc_info()[1])
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self._over.set()
        self.server.shutdown()
        self.server.server_close()

    def of(self, run):
        return [e for e in self.events if e["run"] == run]

    def _post(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        key = request.headers["Idempotency-Key"]
        lines = gzip.decompress(body).decode().split("\n")
        with self._lock:
            self.times.append(time.monotonic())
            self.headers.append(dict(request.headers))
            self.keys.append(key)
            assert self._sent.setdefault(key, body) == body, "another body under the same key"
            self.bodies[key] = lines
            todo = self.script.popleft() if self.script else 200
        if todo == "close":
            request.close_connection = True
            return
        if isinstance(todo, tuple) or (isinstance(todo, int) and todo != 200):
            status, headers = todo if isinstance(todo, tuple) else (todo, {})
            self._answer(request, status, json.dumps({"detail": f"told to say {status}"}).encode(), headers)
            return
        if todo == "garbage":
            self._answer(request, 200, b"<html>welcome to the hotel's wifi</html>")
            return
        if todo == "half":
            request.send_response(200)
            request.send_header("Content-Length", "1000")
            request.end_headers()
            request.wfile.write(b'{"accepted":')
            request.close_connection = True
            return
        answer = self._take(key, lines, todo == "picky")
        if todo == "lost":
            request.close_connection = True
            return
        if todo == "slow":
            self._over.wait(DEADLINE_SECONDS)
        self._answer(request, 200, answer)

    def _take(self, key, lines, picky):
        with self._lock:
            if key not in self._answers:
                rejected = []
                if picky:
                    lines = lines[1:]
                    rejected = [{"index": 0, "reason": "bad_step", "detail": "step must be an integer, got 1.5"}]
                self.events.extend(map(strict, lines))
                self._answers[key] = json.dumps({"accepted": len(lines), "rejected": rejected}).encode()
            return self._answers[key]

    def _answer(self, request, status, body, headers=None):
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _get(self, request):
        with self._lock:
            self.headers.append(dict(request.headers))
            self.listening.append(parse_qs(urlsplit(request.path).query)["run"][0])
            lines = self.streams.popleft() if self.streams else [""]
        if isinstance(lines, int):
            self._answer(request, lines, json.dumps({"detail": f"told to say {lines}"}).encode())
            return
        request.send_response(200)
        request.send_header("Content-Type", "application/x-ndjson")
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for line in lines:
            if isinstance(line, threading.Event):
                line.wait(DEADLINE_SECONDS)
                continue
            data = line.encode() + b"\n"
            request.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            request.wfile.flush()
        request.close_connection = True
