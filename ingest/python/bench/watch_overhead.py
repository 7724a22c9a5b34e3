"""
What foreshock.watch costs a training step: python bench/watch_overhead.py

A small transformer without QK-norm on one thread of a CPU: the worst case, larger models spend more on the step and as
much on the look at it. Blocks of a few steps with and without a look at each take turns in one process; a ratio is of
neighbouring blocks, the median and the quartiles are told, and what share remains with one look in so many steps. CPU
time, so that what else runs on the machine counts little. What is measured is captured for the sender, and sent to
nobody.
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
BLOCKS = 80
STEPS = 4


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


def ratio(model, optimizer, block):
    times = {}
    # Which comes first takes turns, too.
    for watched in (block % 2 == 0, block % 2 == 1):
        if watched:
            with foreshock.watch(model, optimizer, every=1, run=Nobody()):
                times[watched] = train(model, optimizer, STEPS)
        else:
            times[watched] = train(model, optimizer, STEPS)
    return times[True] / times[False]


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = Transformer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    train(model, optimizer, 20)
    print(f"a step without the watch: {train(model, optimizer, 50) * 1e3:.1f} ms of CPU")
    quartiles = statistics.quantiles([ratio(model, optimizer, block) for block in range(BLOCKS)], n=4)
    print(f"\n{'a look in':>12} {'adds to a step':>16} {'quartiles':>19}")
    for every in (1, 10, 20, 50):
        low, middle, high = ((q - 1) / every for q in quartiles)
        print(f"{every:6} steps {middle:15.1%} {low:11.1%} {high:8.1%}")


if __name__ == "__main__":
    main()
