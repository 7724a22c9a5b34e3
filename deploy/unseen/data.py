"""Made-up data: a language with topics and copying, a classification task, modular addition."""
import numpy as np


class Language:
    """Sequences over V tokens. Each has one of four topics; the next token depends on the last one and the topic, or (copy) repeats what
    stood `back` places before. `floor` is the mean negative log-likelihood under the true process, in nats: no model does better."""

    def __init__(self, seed, V=48, topics=4, copy=.25, back=5, peaked=.12):
        rng = np.random.default_rng(seed)
        common = rng.dirichlet(np.full(V, .4))
        self.next = rng.dirichlet(peaked * V * common + .01, (topics, V)).astype(np.float32)
        self.V, self.topics, self.copy, self.back = V, topics, copy, back

    def sample(self, rng, n, T):
        topic, x = rng.integers(0, self.topics, n), np.zeros((n, T), int)
        x[:, 0] = rng.integers(0, self.V, n)
        nll = []
        for t in range(1, T):
            p = self.next[topic, x[:, t - 1]]
            if t >= self.back:
                p = p * (1 - self.copy)
                p[np.arange(n), x[:, t - self.back]] += self.copy
            x[:, t] = np.minimum((p.cumsum(1) < rng.random((n, 1))).sum(1), self.V - 1)
            nll.append(-np.log(p[np.arange(n), x[:, t]] + 1e-12).mean())
        self.floor = float(np.mean(nll))
        return x


def clusters(rng, n, dims, classes, spread, centers):
    """Points around random centres, twisted a little: (x, label)."""
    label = rng.integers(0, classes, n)
    x = centers[label, rng.integers(0, centers.shape[1], n)] + spread * rng.standard_normal((n, dims))
    return np.concatenate([x, np.sin(2 * x[:, :4])], 1).astype(np.float32), label


def addition(rng, p, share):
    """All pairs (a, b) with a + b mod p, split into train and held-out."""
    a, b = (g.ravel() for g in np.meshgrid(np.arange(p), np.arange(p)))
    order = rng.permutation(p * p)
    cut = int(share * p * p)
    return (a, b, (a + b) % p), order[:cut], order[cut:]
