"""Reverse-mode differentiation for the few operations the small models need (float32 numpy)."""
import numpy as np


class Node:
    """An array, its gradient, and how to pass that on. Operations append themselves to one tape."""
    __slots__ = ("data", "grad")

    def __init__(self, data):
        self.data, self.grad = data, None

    def add(self, g):
        self.grad = g if self.grad is None else self.grad + g


class Tape:
    """Operations of one forward pass; backward() runs them in reverse."""

    def __init__(self):
        self.ops = []

    def op(self, data, back):
        """back(gradient of the result) adds to the gradients of the inputs."""
        out = Node(data)
        self.ops.append((out, back))
        return out

    def backward(self, loss, seed=1.0):
        loss.grad = np.float32(seed)
        for out, back in reversed(self.ops):
            if out.grad is not None:
                back(out.grad)

    def linear(self, x, w, b=None):
        def back(g):
            x.add(g @ w.data.T)
            w.add(x.data.reshape(-1, w.data.shape[0]).T @ g.reshape(-1, w.data.shape[1]))
            if b is not None:
                b.add(g.reshape(-1, len(b.data)).sum(0))
        return self.op(x.data @ w.data + (b.data if b is not None else 0), back)

    def plus(self, x, y):
        def back(g):
            x.add(g), y.add(g)
        return self.op(x.data + y.data, back)

    def scale(self, x, k):
        return self.op(x.data * np.float32(k), lambda g: x.add(g * np.float32(k)))

    def act(self, x, kind):
        d = x.data
        if kind == "relu":
            return self.op(np.maximum(d, 0), lambda g: x.add(g * (d > 0)))
        if kind == "sigmoid":
            s = 1 / (1 + np.exp(-np.clip(d, -60, 60)))
            return self.op(s, lambda g: x.add(g * s * (1 - s)))
        t = np.tanh(d)
        return self.op(t, lambda g: x.add(g * (1 - t * t)))

    def rows(self, table, index):
        """Embedding: table[index]."""
        def back(g):
            onehot = np.zeros((len(table.data), index.size), np.float32)
            onehot[index.ravel(), np.arange(index.size)] = 1
            table.add(onehot @ g.reshape(index.size, -1))
        return self.op(table.data[index], back)

    def norm(self, x, gain):
        """Root-mean-square normalisation over the last axis."""
        r = 1 / np.sqrt((x.data ** 2).mean(-1, keepdims=True) + np.float32(1e-6))
        n = x.data * r

        def back(g):
            gain.add((g * n).reshape(-1, len(gain.data)).sum(0))
            h = g * gain.data
            x.add(r * (h - n * (h * n).mean(-1, keepdims=True)))
        return self.op(n * gain.data, back)

    def attention(self, q, k, v, heads, stats):
        """Causal attention of (batch, time, width); appends (largest logit of each head, mean entropy) to stats."""
        B, T, D = q.data.shape
        split = lambda x: x.reshape(B, T, heads, D // heads).transpose(0, 2, 1, 3)
        join = lambda x: x.transpose(0, 2, 1, 3).reshape(B, T, D)
        Q, K, W, scale = split(q.data), split(k.data), split(v.data), np.float32((D // heads) ** -.5)
        future = np.triu(np.ones((T, T), bool), 1)
        s = np.where(future, np.float32(-1e30), Q @ K.transpose(0, 1, 3, 2) * scale)
        p = np.exp(s - s.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        stats.append((s.max((0, 2, 3)), float(-(p * np.log(p + 1e-30)).sum(-1).mean())))

        def back(g):
            G = split(g)
            v.add(join(p.transpose(0, 1, 3, 2) @ G))
            dp = G @ W.transpose(0, 1, 3, 2)
            ds = p * (dp - (dp * p).sum(-1, keepdims=True)) * scale
            q.add(join(ds @ K)), k.add(join(ds.transpose(0, 1, 3, 2) @ Q))
        return self.op(join(p @ W), back)

    def mixture(self, x, gates, experts, top, balance, stats):
        """Top-k mixture of one-layer ReLU experts (w1, w2); appends the share of the tokens that each expert got to stats.
        balance: coefficient of the usual load-balancing loss, added to the gradient of the router only."""
        flat = x.data.reshape(-1, x.data.shape[-1])
        z = flat @ gates.data
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        kth = -np.sort(-p, 1)[:, top - 1:top]
        chosen = p >= kth
        share = chosen.mean(0) / top
        stats.append(share)
        out, hidden = np.zeros_like(flat), []
        for e, (w1, w2) in enumerate(experts):
            take = chosen[:, e]
            h = np.maximum(flat[take] @ w1.data, 0)
            y = h @ w2.data
            out[take] += p[take, e:e + 1] * y
            hidden.append((take, h, y))

        def back(g):
            G, dx, dp = g.reshape(flat.shape), np.zeros_like(flat), np.zeros_like(p)
            for e, (w1, w2) in enumerate(experts):
                take, h, y = hidden[e]
                dy = G[take] * p[take, e:e + 1]
                dp[take, e] = (G[take] * y).sum(1)
                dh = dy @ w2.data.T * (h > 0)
                w2.add(h.T @ dy), w1.add(flat[take].T @ dh)
                dx[take] += dh @ w1.data.T
            dp += balance * len(experts) * share / len(flat)
            dz = p * (dp - (dp * p).sum(1, keepdims=True))
            gates.add(flat.T @ dz)
            x.add((dx + dz @ gates.data.T).reshape(x.data.shape))
        return self.op(out.reshape(x.data.shape), back)

    def cross_entropy(self, logits, target, z=0.0):
        """Mean cross-entropy in nats plus z times the mean square of log Z; also returns log Z of each row and the loss without the z term."""
        x = logits.data.reshape(-1, logits.data.shape[-1])
        top = x.max(1, keepdims=True)
        e = np.exp(x - top)
        total = e.sum(1, keepdims=True)
        log_z = (np.log(total) + top)[:, 0]
        n = np.arange(len(x))
        plain = float((log_z - x[n, target.ravel()]).mean())

        def back(g):
            d = e / total
            d = d * (1 + 2 * z * log_z[:, None])
            d[n, target.ravel()] -= 1
            logits.add((d * (g / len(x))).astype(np.float32).reshape(logits.data.shape))
        return self.op(plain + z * float((log_z ** 2).mean()), back), log_z, plain
