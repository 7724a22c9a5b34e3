"""Logs a step every few milliseconds, as a training does that waits for nobody; prints what became of its events."""

import json
import sys
import time

import foreshock

steps, pause = int(sys.argv[1]), float(sys.argv[2])
run = foreshock.init(run="steady", timeout=60)
slowest = 0.0
for step in range(steps):
    time.sleep(pause)
    began = time.perf_counter()
    foreshock.log({"loss": 2.0 + 1.0 / (1 + step), "layers": [float(step), float("nan")]}, step=step)
    slowest = max(slowest, time.perf_counter() - began)
    if step % 100 == 0:
        print(step, flush=True)
foreshock.finish()
stats = run.stats()
print(
    json.dumps(
        {"accepted": stats.accepted, "sent": stats.sent, "dropped": stats.dropped, "rejected": stats.rejected}
        | {"slowest_call_ms": round(1000 * slowest, 3)}
    )
)
