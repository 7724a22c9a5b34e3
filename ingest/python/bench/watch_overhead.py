"""
What foreshock.watch costs a training step: python bench/watch_overhead.py

A small transformer without QK-norm on one thread of a CPU. Blocks of steps with and without the watch take turns in one
process; a ratio is of neighbouring blocks, and the median of all is told, with the quartiles. CPU time, so that what
else runs on the machine counts little. What is measured is captured for the sender, and sent to nobody.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import torch

sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("src", "examples")]

from attention_growth import Transformer
from torch.nn import functional as F

import foreshock
from foreshock.capture import capture

BATCH, LENGTH = 8, 48
BLOCKS = 30


class Nobody:
    """A run up to where the sender's thread takes over."""

    def log_beside(self, metrics, step):
        capture(metrics, lambda name, why: None)


def train(model, optimizer, steps):
    """Seconds a step."""
    begin = time.process_time()
    for _ in range(steps):
        tokens = torch.randint(0, 256, (BATCH, LENGTH + 1))
        optimizer.zero_grad()
        F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten()).backward()
        optimizer.step()
    return (time.process_time() - begin) / steps


def ratios(model, optimizer, every):
    steps = max(10, every)
    found = []
    for block in range(BLOCKS):
        times = {}
        # Which comes first takes turns, too.
        for watched in (block % 2 == 0, block % 2 == 1):
            if watched:
                with foreshock.watch(model, optimizer, every=every, run=Nobody()):
                    times[watched] = train(model, optimizer, steps)
            else:
                times[watched] = train(model, optimizer, steps)
        found.append(times[True] / times[False])
    return statistics.quantiles(found, n=4)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = Transformer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    train(model, optimizer, 20)
    step = train(model, optimizer, 50)
    print(f"a step without the watch: {step * 1e3:.1f} ms\n")
    print(f"{'every':>7} {'step time, with over without':>30} {'quartiles':>17}")
    for every in (1, 10, 20, 50):
        low, middle, high = ratios(model, optimizer, every)
        print(f"{every:7} {middle:30.3f} {low:8.3f} {high:8.3f}", flush=True)


if __name__ == "__main__":
    main()
