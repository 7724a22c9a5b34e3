"""Multilayer perceptrons: classification with momentum SGD or Adam (also very deep, frozen, noisy evals), and modular addition (grokking)."""
import math

import numpy as np

import rules
from autograd import Node, Tape
from data import addition, clusters
from optim import Adam, Sgd, clip, schedule
from runlog import RunLog, first, lasting, noise, smooth

DEFAULT = dict(task="clusters", dims=12, classes=6, per_class=4, spread=.8, points=12000, label_noise=0.0, width=48, depth=3, act="relu", init=1.4, residual=False,
               batch=32, full=False, opt="sgd", momentum=.9, lr=.05, beta2=.99, eps=1e-8, wd=0.0, clip=0.0, warmup=0, sched="constant", steps=900, every=1,
               eval_every=25, eval_points=400, sharp_every=0, lr_fault=(), bad=(), frozen=(), seconds=.2, p=23, share=.6, helpers=True,
               layer_fault=None, domains=1, tasks=(), mix=())


class Perceptron:
    """Fully connected layers 0..depth-1 and an output layer; inputs are vectors, or pairs of symbols that are embedded first."""

    def __init__(self, rng, c):
        self.c, D, inputs = c, c["width"], c["dims"] + 4 if c["task"] == "clusters" else 2 * c["width"]
        g = lambda m, n: (c["init"] * m ** -.5 * rng.standard_normal((m, n))).astype(np.float32)
        self.w = {} if c["task"] == "clusters" else {"emb": g(c["p"], D)}
        for i in range(c["depth"]):
            self.w |= {f"{i}.w": g(inputs if i == 0 else D, D), f"{i}.b": np.zeros(D, np.float32)}
        self.w |= {"out": g(D, c["p"] if c["task"] == "addition" else c["classes"]), "bias": np.zeros(c["p"] if c["task"] == "addition" else c["classes"], np.float32)}

    def loss(self, x, y, w=None, grads=True):
        """Returns cross-entropy, accuracy, gradients, activation RMS of the layers, mean log Z."""
        t, n = Tape(), {k: Node(v) for k, v in (w or self.w).items()}
        if self.c["task"] == "addition":
            e = t.rows(n["emb"], x)
            flat = e.data.reshape(len(x), -1)
            h = t.op(flat, lambda g: e.add(g.reshape(e.data.shape)))
        else:
            h = Node(x)
        rms = []
        for i in range(self.c["depth"]):
            u = t.act(t.linear(h, n[f"{i}.w"], n[f"{i}.b"]), self.c["act"])
            h = t.plus(h, u) if self.c["residual"] and i else u
            rms.append(float(np.sqrt((h.data.astype(float) ** 2).mean())))
        logits = t.linear(h, n["out"], n["bias"])
        loss, log_z, plain = t.cross_entropy(logits, y)
        g = None
        if grads:
            t.backward(loss)
            g = {k: v.grad if v.grad is not None else np.zeros_like(v.data) for k, v in n.items()}
        return plain, float((logits.data.argmax(1) == y).mean()), g, rms, float(log_z.mean())


def sharpness(model, x, y, v, rounds=4):
    """Largest Hessian eigenvalue by power iteration on finite differences of the gradient; v is the warm start, kept by the caller."""
    value = 0.0
    for _ in range(rounds):
        norm = math.sqrt(sum(float((a ** 2).sum()) for a in v.values()))
        for k in v:
            v[k] = v[k] / np.float32(norm)
        eps = np.float32(2e-3)
        up = model.loss(x, y, {k: a + eps * v[k] for k, a in model.w.items()})[2]
        down = model.loss(x, y, {k: a - eps * v[k] for k, a in model.w.items()})[2]
        hv = {k: (up[k] - down[k]) / (2 * eps) for k in v}
        value = sum(float((hv[k] * v[k]).sum()) for k in v)
        v.update(hv)
    return value


def run(name, family, seed, names="", hide=(), **config):
    """Trains one network and returns its labelled log."""
    c = DEFAULT | config
    rng = np.random.default_rng(seed)
    model = Perceptron(rng, c)
    if c["task"] == "addition":
        (a, b, s), train, test = addition(rng, c["p"], c["share"])
        X, Y = np.stack([a, b], 1), s
        x_train, y_train, x_test, y_test = X[train], Y[train], X[test], Y[test]
    else:
        centers = rng.standard_normal((c["classes"], c["per_class"], c["dims"]))
        x_train, y_train = clusters(rng, c["points"], c["dims"], c["classes"], c["spread"], centers)
        x_test, y_test = clusters(rng, c["eval_points"], c["dims"], c["classes"], c["spread"], centers)
        swap = rng.random(len(y_train)) < c["label_noise"]
        y_train[swap] = rng.integers(0, c["classes"], swap.sum())
    opt = (Adam(model.w, c["lr"], beta2=c["beta2"], eps=c["eps"], wd=c["wd"], frozen=c["frozen"]) if c["opt"] == "adam"
           else Sgd(model.w, c["lr"], c["momentum"], c["wd"], c["frozen"]))
    log = RunLog(name, family, {"seed": seed} | config, c["steps"], c["every"], c["seconds"], names, hide)
    direction = {k: rng.standard_normal(v.shape).astype(np.float32) for k, v in model.w.items()}
    with np.errstate(all="ignore"):
        for step in range(c["steps"]):
            pick = slice(None) if c["full"] else rng.integers(0, len(x_train), c["batch"])
            x, y = x_train[pick], y_train[pick]
            if any(at <= step < at + n for at, n, _ in c["bad"]):
                y = rng.integers(0, y.max() + 1, len(y))
            lr = c["lr"] * schedule(c["sched"], step, c["steps"], c["warmup"])
            for at, n, mul in c["lr_fault"]:
                lr *= mul if at <= step < at + n else 1
            loss, acc, g, rms, log_z = model.loss(x, y)
            if c["layer_fault"] and step >= c["layer_fault"][0]:
                for k in g:
                    if k.startswith(f"{c['layer_fault'][1]}."):
                        g[k] = g[k] * np.float32(c["layer_fault"][2])
            per_layer = [math.sqrt(sum(float((v.astype(float) ** 2).sum()) for k, v in g.items() if k.startswith(f"{i}."))) for i in range(c["depth"])]
            if c["frozen"]:
                per_layer = [0.0 if f"{i}.w" in c["frozen"] else v for i, v in enumerate(per_layer)]
                g = {k: v * (k not in c["frozen"]) for k, v in g.items()}
            norm = clip(g, c["clip"])
            opt.lr = lr
            opt.step(g)
            log.tick(.5 if step % c["eval_every"] == 0 else 0)
            if step % c["every"]:
                continue
            weights = math.sqrt(sum(float((v.astype(float) ** 2).sum()) for v in model.w.values()))
            row = {"loss": loss, "lr": lr, "grad_norm": norm, "train_acc": acc}
            if c["helpers"]:
                row |= {"grad_norm/layer": per_layer, "activation_rms": rms, "param_norm": weights, "update_ratio": opt.update_norm / weights, "log_z": log_z}
            if step % c["eval_every"] < c["every"]:
                e = model.loss(x_test, y_test, grads=False)
                row |= {"eval_loss": e[0], "eval_acc": e[1]}
            if c["sharp_every"] and step % c["sharp_every"] < c["every"]:
                row["sharpness"] = sharpness(model, x_train[:256], y_train[:256], direction)
            log.row(step, row)
    log.floor = 0.0 if c["task"] == "addition" else floor_of(c)
    log.rules = [(rules.label, (c,)), (edge, (c,)), (grokking, ())][:3 if c["task"] == "addition" else 2]
    return log


def floor_of(c):
    """What this task allows, roughly: the entropy of the swapped labels (how much the clusters overlap is not counted)."""
    n = c["label_noise"] * (1 - 1 / c["classes"])
    return float(-(n * math.log(max(n, 1e-9) / (c["classes"] - 1)) + (1 - n) * math.log(1 - n))) if n else 0.0


def edge(log, c):
    """Sharpness above the stability limit 2(1+momentum)/lr: harmful only where the loss rises; hovering at it is the edge of stability."""
    lines, s = log.column("sharpness")
    if len(s) < 8:
        return
    lr = log.column("lr")[1]
    l_lines, loss = log.column("loss")
    limit = 2 * (1 + (c["momentum"] if c["opt"] == "sgd" else 0)) / np.maximum(lr[np.searchsorted(l_lines, lines)], 1e-12)
    over = s / limit
    mean = smooth(loss, max(9, len(loss) // 40))
    harmed = any(e["signature"] in ("loss_divergence", "loss_spike", "non_finite", "grad_explosion") and "ambiguous" not in e for e in log.events)
    hits = np.flatnonzero(over > 1.3)
    if len(hits) >= 3 and harmed:
        last = hits[-1]
        log.event("sharpness", lines[hits[0]], None, lines[min(last + 1, len(lines) - 1)], f"sharpness up to {over.max():.3g} times the limit and the loss jumps", ambiguous=len(hits) < 4)
    elif len(hits) >= 3:
        log.event("sharpness", lines[hits[0]], None, lines[hits[-1]], f"sharpness up to {over.max():.3g} times the limit; loss {mean[0]:.3g} -> {mean[-1]:.3g}", ambiguous=True)
    elif over[-len(over) // 3:].max() > .6:
        log.benign("edge_of_stability", lines[-1], f"sharpness hovers at {np.median(over[-len(over) // 3:]):.2f} of the limit while the loss falls to {mean[-1]:.3g}")


def grokking(log):
    a_lines, a = log.column("eval_acc")
    t_lines, t = log.column("train_acc")
    if len(a) < 5:
        return
    learned, general = first(smooth(t, 5) > .99), first(a > .9)
    if learned is not None and general is not None and a_lines[general] > 1.5 * t_lines[learned] + 50:
        log.benign("grokking", a_lines[general], f"eval accuracy passes 0.9 at line {a_lines[general]}, train accuracy 1 at line {t_lines[learned]}")
