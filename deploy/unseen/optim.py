"""Optimizers on dictionaries of arrays, and learning-rate schedules."""
import math

import numpy as np


class Adam:
    """Adam with decoupled weight decay; keeps the norm of its last update."""

    def __init__(self, w, lr, beta1=.9, beta2=.99, eps=1e-8, wd=0.0, frozen=()):
        self.w, self.lr, self.b1, self.b2, self.eps, self.wd, self.frozen = w, lr, beta1, beta2, eps, wd, frozen
        self.forget()

    def forget(self, counter=True):
        """Lose the moments (and the step counter, unless told otherwise)."""
        self.m, self.v = ({k: np.zeros_like(x) for k, x in self.w.items()} for _ in range(2))
        if counter:
            self.t = 0

    def step(self, g):
        self.t += 1
        total = 0.0
        for k, x in self.w.items():
            if k in self.frozen:
                continue
            self.m[k] = self.b1 * self.m[k] + (1 - self.b1) * g[k]
            self.v[k] = self.b2 * self.v[k] + (1 - self.b2) * g[k] ** 2
            m, v = self.m[k] / (1 - self.b1 ** self.t), self.v[k] / (1 - self.b2 ** self.t)
            u = self.lr * (m / (np.sqrt(v) + self.eps) + self.wd * x)
            total += float((u ** 2).sum())
            self.w[k] = x - u
        self.update_norm = math.sqrt(total)


class Sgd:
    """Gradient descent with heavy-ball momentum."""

    def __init__(self, w, lr, momentum=0.0, wd=0.0, frozen=()):
        self.w, self.lr, self.momentum, self.wd, self.frozen = w, lr, momentum, wd, frozen
        self.forget()

    def forget(self, counter=True):
        self.m = {k: np.zeros_like(x) for k, x in self.w.items()}

    def step(self, g):
        total = 0.0
        for k, x in self.w.items():
            if k in self.frozen:
                continue
            self.m[k] = self.momentum * self.m[k] + g[k] + self.wd * x
            total += float((self.m[k] ** 2).sum())
            self.w[k] = x - self.lr * self.m[k]
        self.update_norm = self.lr * math.sqrt(total)


def schedule(kind: str, step: int, steps: int, warmup: int = 0) -> float:
    """Share of the peak rate at a step: constant, cosine (to a tenth), wsd, step (x0.2 at 1/2 and 3/4), restarts (three cosines), linear."""
    if step < warmup:
        return (step + 1) / warmup
    x = min(1.0, (step - warmup) / max(1, steps - warmup))
    match kind:
        case "cosine": return .55 + .45 * math.cos(math.pi * x)
        case "wsd": return min(1.0, (1 - x) / .25 + .02)
        case "step": return .2 ** ((x >= .5) + (x >= .75))
        case "restarts": return .55 + .45 * math.cos(math.pi * (3 * x % 1))
        case "linear": return 1 - .95 * x
        case "rsqrt": return math.sqrt(max(warmup, 30) / (step + max(warmup, 30)))
    return 1.0


def clip(g, limit: float) -> float:
    """Scales the gradients down to a norm; returns the norm before."""
    norm = math.sqrt(sum(float((x ** 2).sum()) for x in g.values()))
    if limit and norm > limit:
        for k in g:
            g[k] = g[k] * (limit / norm)
    return norm
