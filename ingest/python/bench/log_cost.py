"""
What a call of log() costs the training thread, and what that does to steps: python bench/log_cost.py

With the gateway there, away, slow (1 s an answer) and talking nonsense. A step is about 5 ms of plain Python, the worst
case: it shares the interpreter's lock with the sender. Blocks of steps with and without log() take turns.
"""

from __future__ import annotations

import gzip
import json
import logging
import multiprocessing
import statistics
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import foreshock

SCALARS = {f"metric{i}": 1.0 / (i + 3) for i in range(8)}
HEADS = {**SCALARS, "attention_logit_max": [[float(head) for head in range(32)] for _ in range(32)]}

CALLS = 5_000
BLOCKS = 40
STEPS = 10


def serve(behaviour, port):
    """A gateway in a process of its own, so that it does not compete for the interpreter's lock."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if behaviour == "slow":
                time.sleep(1.0)
            events = gzip.decompress(body).count(b"\n") + 1
            answer = b"nonsense" if behaviour == "garbage" else json.dumps({"accepted": events}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.send(server.server_port)
    server.serve_forever()


def call_cost(metrics, pause):
    """Nanoseconds of each call; between two the pause of a fast training step, in seconds."""
    costs = []
    for _ in range(CALLS if pause == 0 else 400):
        begin = time.perf_counter_ns()
        foreshock.log(metrics)
        costs.append(time.perf_counter_ns() - begin)
        if pause:
            time.sleep(pause)
    return costs


def work():
    total = 0
    for i in range(60_000):
        total += i * i
    return total


def block(metrics):
    """Seconds a step."""
    begin = time.perf_counter()
    for _ in range(STEPS):
        work()
        if metrics is not None:
            foreshock.log(metrics)
    return (time.perf_counter() - begin) / STEPS


def step_ratio(metrics):
    """Median of the ratios of neighbouring blocks, with log() to without, and the median step without."""
    ratios, plain = [], []
    for _ in range(BLOCKS):
        without = block(None)
        ratios.append(block(metrics) / without)
        plain.append(without)
    return statistics.median(ratios), statistics.median(plain)


def row(gateway, url, what, metrics):
    foreshock.init("bench", url, timeout=0)
    steady = call_cost(metrics, 0.002)
    burst = call_cost(metrics, 0)
    foreshock.init("bench", url, timeout=0)
    ratio, step = step_ratio(metrics)
    steady.sort()
    print(
        f"{gateway:<9}{what:<16}{statistics.median(steady) / 1e3:>12.1f}{steady[len(steady) * 99 // 100] / 1e3:>10.1f}"
        f"{statistics.median(burst) / 1e3:>12.1f}{step * 1e3:>10.2f}{(ratio - 1) * 100:>+10.2f} %",
        flush=True,
    )


def main():
    logging.disable(logging.WARNING)
    print(f"{'GATEWAY':<9}{'METRICS':<16}{'MEDIAN us':>12}{'P99 us':>10}{'BURST us':>12}{'STEP ms':>10}{'STEP':>12}")
    for gateway in ("there", "away", "slow", "garbage"):
        ours, theirs = multiprocessing.Pipe()
        server = multiprocessing.Process(target=serve, args=(gateway, theirs), daemon=True)
        server.start()
        url = f"http://127.0.0.1:{ours.recv()}"
        if gateway == "away":
            server.terminate()
            server.join()
        row(gateway, url, "8 scalars", SCALARS)
        row(gateway, url, "and 32x32 heads", HEADS)
        foreshock.finish(timeout=0)
        server.terminate()


if __name__ == "__main__":
    main()
