"""Models small enough to compute by hand, which keep what the tests compare with."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Causal, with fewer heads for the keys where asked; ``kind`` says by which calls it is computed."""

    def __init__(self, channels, heads, key_heads, kind):
        super().__init__()
        self.heads, self.key_heads, self.kind = heads, key_heads, kind
        self.size = channels // heads
        self.q = nn.Linear(channels, channels)
        self.kv = nn.Linear(channels, 2 * key_heads * self.size)
        self.out = nn.Linear(channels, channels)

    def forward(self, x):
        batch, length, channels = x.shape
        q = self.q(x).view(batch, length, self.heads, self.size).transpose(1, 2)
        k, v = self.kv(x).view(batch, length, 2, self.key_heads, self.size).permute(2, 0, 3, 1, 4)
        self.seen = q.detach(), k.detach()
        if self.kind == "sdpa":
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.key_heads)
        else:
            k, v = (t.repeat_interleave(self.heads // self.key_heads, 1) for t in (k, v))
            logits = q @ k.transpose(-1, -2) / math.sqrt(self.size)
            logits = logits.masked_fill(torch.ones(length, length, dtype=torch.bool).triu(1), -math.inf)
            y = {"F.softmax": lambda x: F.softmax(x, dim=-1), "method": lambda x: x.softmax(-1)}[self.kind](logits) @ v
        return self.out(y.transpose(1, 2).reshape(batch, length, channels))


class Block(nn.Module):
    def __init__(self, channels, heads, key_heads, kind):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = Attention(channels, heads, key_heads, kind)
        self.mlp = nn.Linear(channels, channels)

    def forward(self, x):
        x = x + self.attention(self.norm(x))
        self.hidden = (x + F.gelu(self.mlp(x))).detach()
        return x + F.gelu(self.mlp(x))


class Transformer(nn.Module):
    def __init__(self, layers=3, channels=32, heads=4, key_heads=4, vocabulary=50, kind="sdpa"):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, channels)
        self.blocks = nn.ModuleList(Block(channels, heads, key_heads, kind) for _ in range(layers))
        self.head = nn.Linear(channels, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        self.logits = self.head(x)
        return self.logits


def batch(seed, size=4, length=16, vocabulary=50):
    return torch.randint(0, vocabulary, (size, length), generator=torch.Generator().manual_seed(seed))


def loss_of(model, tokens):
    return F.cross_entropy(model(tokens)[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


def attention_by_hand(q, k, mask=None, scale=None):
    """Max and entropy of each head over the first sequence, in float64 and row by row. mask: bool [queries, keys]."""
    q, k = q[0].double(), k[0].double()
    heads, queries, size = q.shape
    tops, entropies = [], []
    for head in range(heads):
        keys = k[head * k.shape[0] // heads]
        rows = []
        for i in range(queries):
            row = [float(q[head, i] @ keys[j]) * (scale or size**-0.5) for j in range(keys.shape[0])]
            rows.append([x for j, x in enumerate(row) if mask is None or mask[i, j]])
        rows = [row for row in rows if row]
        tops.append(max(max(row) for row in rows))
        entropies.append(sum(_entropy(row) for row in rows) / len(rows))
    return tops, entropies


def _entropy(logits):
    z = sum(math.exp(x - max(logits)) for x in logits)
    shares = [math.exp(x - max(logits)) / z for x in logits]
    return -sum(p * math.log(p) for p in shares if p > 0)


class Recorder:
    """Stands in for a run: keeps what is logged, by step."""

    def __init__(self):
        self.rows = {}

    def log_beside(self, metrics, step):
        row = self.rows.setdefault(step, {})
        for name, value in metrics.items():
            if value is not None:
                row[name] = [_plain(v) for v in value] if isinstance(value, list) else _plain(value)


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value
