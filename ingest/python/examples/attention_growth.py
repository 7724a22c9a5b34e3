"""
A small transformer without QK-norm that learns to continue Python source code, byte by byte, for about a minute on a
CPU.

    python attention_growth.py --lr 0.002     stays healthy
    python attention_growth.py --lr 0.1       attention logits grow past 50, to hundreds, before the loss suffers
    python attention_growth.py --lr 0.04      the same, slower: the warning is a forecast, before they reach 100

Foreshock warns while the second is still worth saving (the instability is that of arXiv:2309.14322). It reports to the
gateway of ``foreshock up``; with --jsonl it writes the same events to a file, for ``foreshock replay FILE``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import threading
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import foreshock

CHANNELS, LAYERS, HEADS = 128, 4, 4
BATCH, LENGTH = 8, 48
WARM_UP = 0.3


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(CHANNELS), nn.LayerNorm(CHANNELS)])
        self.qkv = nn.Linear(CHANNELS, 3 * CHANNELS, bias=False)
        self.out = nn.Linear(CHANNELS, CHANNELS, bias=False)
        self.mlp = nn.Sequential(nn.Linear(CHANNELS, 2 * CHANNELS), nn.GELU(), nn.Linear(2 * CHANNELS, CHANNELS))

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q, k, v = self.qkv(self.norms[0](x)).view(batch, length, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(x.shape))
        return x + self.mlp(self.norms[1](x))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(256, CHANNELS)
        self.places = nn.Embedding(LENGTH, CHANNELS)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(CHANNELS)
        self.head = nn.Linear(CHANNELS, 256, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.places.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def source_code() -> Tensor:
    """Some of Python's own library: text that every machine has."""
    library = Path(os.__file__).parent
    modules = ("argparse", "ast", "inspect", "tarfile", "typing")
    text = b"".join((library / f"{name}.py").read_bytes() for name in modules)
    return torch.frombuffer(bytearray(text), dtype=torch.uint8).long()


class JsonlRun:
    """Takes what a run takes, and writes it to a file."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "w")

    def log(self, metrics: dict[str, Any], step: int) -> None:
        plain = {name: getattr(value, "tolist", lambda value=value: value)() for name, value in metrics.items()}
        self._file.write(json.dumps({"step": step, "metrics": plain}) + "\n")

    log_beside = log

    def on_alert(self, *_: Any) -> None:
        pass

    def finish(self, status: str) -> None:
        self._file.write(json.dumps({"end": status}) + "\n")
        self._file.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lr", type=float, default=0.1, help="peak learning rate")
    options.add_argument("--steps", type=int, default=1000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--run", help="its id; by default one made of the learning rate")
    options.add_argument("--url", help="of the gateway")
    options.add_argument("--jsonl", metavar="FILE", help="write the events here instead")
    options.add_argument("--stop-on-critical", action="store_true", help="stop when a critical alert comes")
    args = options.parse_args()

    torch.manual_seed(args.seed)
    model = Transformer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, betas=(0.9, 0.95), weight_decay=0.01)
    text = source_code()

    name = args.run or f"attention-growth-lr-{args.lr:g}"
    run = JsonlRun(args.jsonl) if args.jsonl else foreshock.init(name, args.url)
    stop = threading.Event()

    def hear(alert: Any) -> None:
        severity, signature, step = alert["severity"].upper(), alert["signature"], alert["step"]
        print(f"{severity:8}  {signature}  step {step}: {alert['summary']}", flush=True)
        if args.stop_on_critical and alert["severity"] == "critical":
            stop.set()

    run.on_alert(hear, "warning")
    foreshock.watch(model, optimizer, every=2, run=run)
    for step in range(args.steps):
        # A long warm-up, then along a cosine that comes down to a tenth.
        done = (step + 1) / args.steps
        optimizer.param_groups[0]["lr"] = lr = args.lr * min(done / WARM_UP, 0.55 + 0.45 * math.cos(math.pi * done))
        starts = torch.randint(0, len(text) - LENGTH - 1, (BATCH,))
        tokens = torch.stack([text[start : start + LENGTH + 1] for start in starts])
        optimizer.zero_grad()
        loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        run.log({"loss": loss.detach(), "lr": lr}, step=step)
        if step % 100 == 0:
            print(f"step {step:4}  loss {loss.item():.3f}  lr {lr:.2g}", flush=True)
        if stop.is_set():
            break
    run.finish("stopped" if stop.is_set() else "finished")


if __name__ == "__main__":
    main()
