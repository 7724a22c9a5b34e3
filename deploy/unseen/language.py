"""A small causal transformer on a made-up language, with the faults that happen to real ones."""
import numpy as np

from autograd import Node, Tape
from data import Language
from optim import Adam, Sgd, clip, schedule
from runlog import RunLog
import rules

DEFAULT = dict(V=48, width=32, heads=2, layers=2, T=20, batch=16, steps=900, lr=3e-3, warmup=40, sched="constant", clip=1.0, beta2=.99, eps=1e-8, wd=0.0,
               opt="adam", qk_norm=False, final_norm=True, post_norm=False, init=1.0, tied=False, z=0.0, experts=0, top=1, balance=0.0, router=1.0,
               every=1, eval_every=50, eval_rows=48, limit=0, domains=1, mix=(), ranks=1, seconds=.9, helpers=True, start_from=0,
               bad=(), lr_fault=(), resume=None, batches=(), fade=None, fp16=None, poison=None, push=None, layer_fault=None, rank_fault=None,
               slow=None, stalls=(), pauses=(), dies=None, frozen=(), gain=None, tasks=())


class Transformer:
    """Weights by name, and a forward pass that also measures."""

    def __init__(self, rng, c):
        self.c, D = c, c["width"]
        g = lambda *s, k=1.0: (c["init"] * k * rng.standard_normal(s)).astype(np.float32)
        w = {"emb": g(c["V"], D, k=.5), "pos": g(c["T"], D, k=.3), "out": g(D, c["V"], k=.5 * D ** -.5), "bias": np.zeros(c["V"], np.float32),
             "fn": np.ones(D, np.float32)}
        for i in range(c["layers"]):
            w |= {f"{i}.{n}": g(D, D, k=D ** -.5) for n in ("q", "k", "v", "o")} | {f"{i}.n1": np.ones(D, np.float32), f"{i}.n2": np.ones(D, np.float32)}
            if c["qk_norm"]:
                w |= {f"{i}.qn": np.ones(D, np.float32), f"{i}.kn": np.ones(D, np.float32)}
            if c["experts"]:
                w[f"{i}.r"] = g(D, c["experts"], k=c["router"] * D ** -.5)
                w |= {f"{i}.e{e}{n}": g(*s, k=s[0] ** -.5) for e in range(c["experts"]) for n, s in (("a", (D, 2 * D)), ("b", (2 * D, D)))}
            else:
                w |= {f"{i}.up": g(D, 3 * D, k=D ** -.5), f"{i}.down": g(3 * D, D, k=(3 * D) ** -.5)}
        self.w = w

    def loss(self, x, seed=1.0, grads=True):
        """Cross-entropy of x[:, 1:] given the past. Returns loss, gradients (or None), measurements."""
        c, t, n = self.c, Tape(), {k: Node(v) for k, v in self.w.items()}
        stats, shares, rms = [], [], []
        h = t.plus(t.rows(n["emb"], x[:, :-1]), t.rows(n["pos"], np.broadcast_to(np.arange(x.shape[1] - 1), x[:, :-1].shape)))
        for i in range(c["layers"]):
            at = lambda name: n[f"{i}.{name}"]
            y = h if c["post_norm"] else t.norm(h, at("n1"))
            q, k, v = (t.linear(y, at(m)) for m in "qkv")
            if c["qk_norm"]:
                q, k = t.norm(q, at("qn")), t.norm(k, at("kn"))
            h = t.plus(h, t.linear(t.attention(q, k, v, c["heads"], stats), at("o")))
            h = t.norm(h, at("n1")) if c["post_norm"] else h
            y = h if c["post_norm"] else t.norm(h, at("n2"))
            if c["experts"]:
                y = t.mixture(y, at("r"), [(at(f"e{e}a"), at(f"e{e}b")) for e in range(c["experts"])], c["top"], c["balance"], shares)
            else:
                y = t.linear(t.act(t.linear(y, at("up")), "relu"), at("down"))
            h = t.plus(h, y)
            h = t.norm(h, at("n2")) if c["post_norm"] else h
            rms.append(float(np.sqrt((h.data.astype(float) ** 2).mean())))
        h = t.norm(h, n["fn"]) if c["final_norm"] else h
        logits = t.linear(h, n["out"], n["bias"])
        loss, log_z, plain = t.cross_entropy(logits, x[:, 1:], c["z"])
        m = {"attention_logit_max": [s[0] for s in stats], "attention_entropy": [s[1] for s in stats], "activation_rms": rms, "expert_share": shares or None,
             "output_logit_mean": logits.data.mean(), "output_logit_max": logits.data.max(), "log_z": log_z.mean(), "z_loss": (log_z ** 2).mean()}
        g = None
        if grads:
            t.backward(loss, seed)
            g = {k: (v.grad if v.grad is not None else np.zeros_like(v.data)) for k, v in n.items()}
        return plain, g, m


def run(name, family, seed, names="", hide=(), **config):
    """Trains one model and returns its labelled log."""
    c = DEFAULT | config
    rng = np.random.default_rng(seed)
    languages = [Language(seed * 7 + d, c["V"]) for d in range(c["domains"])]
    pools = [L.sample(rng, c["limit"] or 6000, c["T"] + 1) for L in languages]
    held = [L.sample(rng, c["eval_rows"], c["T"] + 1) for L in languages]
    model = Transformer(rng, c)
    optimizer = (Adam(model.w, c["lr"], beta2=c["beta2"], eps=c["eps"], wd=c["wd"], frozen=c["frozen"]) if c["opt"] == "adam"
                 else Sgd(model.w, c["lr"], .9, frozen=c["frozen"]))
    for k in range(c["start_from"]):                             # training before the log begins, on the first domain
        optimizer.lr = 3e-3 * min(1, (k + 1) / 40)
        _, g, _ = model.loss(pools[0][rng.integers(0, len(pools[0]), 16)])
        clip(g, 1.0)
        optimizer.step(g)
    optimizer.forget()
    log = RunLog(name, family, {"seed": seed} | config, c["steps"], c["every"], c["seconds"], names, hide)
    log.floor = languages[0].floor
    trainer = Trainer(model, optimizer, rng, c, pools, held, log)
    with np.errstate(all="ignore"):
        trainer.train()
    log.rules = [(rules.label, (c,))]
    return log


class Trainer:
    """The loop: batch, gradient, fault, update, row. One object so that a resume can go back to a checkpoint."""

    def __init__(self, model, optimizer, rng, c, pools, held, log):
        self.model, self.opt, self.rng, self.c, self.pools, self.held, self.log = model, optimizer, rng, c, pools, held, log
        self.loss_scale, self.good_steps, self.lr_mul, self.shift, self.saved = (c["fp16"] or {}).get("scale", 1.0), 0, 1.0, 0, None
        self.copies, self.bad_weights = None, None

    def train(self):
        c, step = self.c, 0
        resume = dict(c["resume"] or {})
        while step < c["steps"]:
            if c["dies"] == step:
                return
            if resume and step == resume["to"] and self.saved is None:
                self.saved = ({k: v.copy() for k, v in self.model.w.items()}, {k: v.copy() for k, v in self.opt.m.items()},
                              {k: v.copy() for k, v in self.opt.v.items()}, self.opt.t)
            if resume and step == resume["at"]:
                self.go_back(resume)
                step, resume = resume["to"], None
            self.one(step)
            step += 1

    def go_back(self, r):
        w, m, v, t = self.saved
        self.model.w.update({k: x.copy() for k, x in w.items()})
        self.opt.m, self.opt.v, self.opt.t = m, v, t
        if r.get("lost"):
            self.opt.forget(counter=r["lost"] == "all")
        self.lr_mul, self.shift = r.get("lr_mul", 1.0), r.get("shift", 0)
        self.log.tick(r.get("down", 90))

    def rate(self, step):
        c = self.c
        lr = c["lr"] * self.lr_mul * schedule(c["sched"], max(0, step - self.shift), c["steps"], c["warmup"])
        for at, length, mul in c["lr_fault"]:
            if at <= step < at + length:
                lr *= mul
        return lr

    def batch(self, step):
        c, rng = self.c, self.rng
        size = c["batch"]
        for at, n in c["batches"]:
            size = n if step >= at else size
        share = 0.0
        for at, to in c["mix"]:
            share = to if step >= at else share
        x = self.pools[0][rng.integers(0, len(self.pools[0]), size)]
        if share:
            other = rng.random(size) < share
            x[other] = self.pools[1][rng.integers(0, len(self.pools[1]), other.sum())]
        for at, length, kind in c["bad"]:
            if at <= step < at + length:
                x = rng.integers(0, c["V"], x.shape) if kind == "random" else np.repeat(x[:, :1], x.shape[1], 1) if kind == "repeat" else x[:, ::-1].copy()
        return x, size

    def one(self, step):
        c, log = self.c, self.log
        lr = self.opt.lr = self.rate(step)
        if c["ranks"] > 1:
            return self.one_by_ranks(step, lr)
        x, size = self.batch(step)
        scale = self.loss_scale
        if c["fade"] and step >= c["fade"][0]:
            scale = c["fade"][2] ** (1 + (step - c["fade"][0]) // c["fade"][1])
        loss, g, m = self.model.loss(x, scale)
        skipped = None
        if c["fp16"]:
            worst = max(float(np.abs(v).max()) for v in g.values())
            skipped = not worst < 65504 or self.rng.random() < c["fp16"].get("unlucky", 0)
            g = {k: v / np.float32(scale) if not skipped else np.full_like(v, np.inf) for k, v in g.items()}
        if c["poison"] and step >= c["poison"][0] and (step - c["poison"][0]) < c["poison"][2]:
            if c["poison"][1] == "loss":
                loss = float("nan")
            g["out"] = g["out"] * np.float32("nan" if c["poison"][1] != "inf" else "inf")
        if c["layer_fault"] and step >= c["layer_fault"][0]:
            for k in g:
                if k.startswith(f"{c['layer_fault'][1]}."):
                    g[k] = g[k] * np.float32(c["layer_fault"][2])
        layers = [np.sqrt(sum(float((v.astype(float) ** 2).sum()) for k, v in g.items() if k.startswith(f"{i}."))) for i in range(c["layers"])]
        count = [sum(v.size for k, v in g.items() if k.startswith(f"{i}.")) for i in range(c["layers"])]
        norm = clip(g, c["clip"])
        update = 0.0
        if not (c["fp16"] and skipped):
            self.opt.step(g)
            update = self.opt.update_norm
        if c["fp16"]:
            self.good_steps = 0 if skipped else self.good_steps + 1
            self.loss_scale = self.loss_scale / 2 if skipped else self.loss_scale * (2 if self.good_steps % c["fp16"]["grow"] == c["fp16"]["grow"] - 1 else 1)
        if c["push"] and step >= c["push"][0]:                   # a steady push: what a biased rounding or a wrong sign in the weight decay does
            for k in self.model.w:
                if any(p in k for p in c["push"][2]):
                    self.model.w[k] = self.model.w[k] + np.float32(c["push"][1]) if k == "bias" else self.model.w[k] * np.float32(1 + c["push"][1])
        self.clock(step)
        if c["dies"] == step or step % c["every"]:
            return
        weights = np.sqrt(sum(float((v.astype(float) ** 2).sum()) for v in self.model.w.values()))
        row = {"loss": loss, "lr": lr, "grad_norm": norm}
        if c["helpers"]:
            row |= m | {"grad_norm/layer": layers, "grad_rms/layer": [n / np.sqrt(k) for n, k in zip(layers, count)], "param_norm": weights, "update_ratio": update / weights}
            if c["opt"] == "adam":
                b = 1 - self.opt.b2 ** max(1, self.opt.t)
                row["adam_second_moment_rms"] = np.sqrt(np.mean([float(v.mean()) for v in self.opt.v.values()]) / b)
        if c["fp16"]:
            row |= {"loss_scale": scale, "skipped_step": int(skipped)}
        if c["batches"]:
            row["batch_size"] = size
        if step % c["eval_every"] < c["every"]:
            row |= self.evaluate()
        log.row(step, row)

    def evaluate(self):
        c = self.c
        losses = [self.model.loss(x, grads=False)[0] for x in self.held]
        if c["domains"] == 1:
            return {"eval_loss": losses[0]}
        return {f"eval/{t}": v for t, v in zip(c["tasks"] or ("first", "second"), losses)}

    def clock(self, step):
        c, log = self.c, self.log
        extra = 1.5 if step % c["eval_every"] == 0 else 0.0
        extra += sum(s for at, s in c["stalls"] if at == step) + sum(s for every, s in c["pauses"] if step and step % every == 0)
        factor = 1.0
        if c["slow"]:
            at, to, ramp = c["slow"]
            factor = 1 + (to - 1) * min(1.0, max(0.0, (step - at + 1) / max(1, ramp)))
        log.tick(extra, factor)

    def one_by_ranks(self, step, lr):
        """Data parallel: every rank its own batch; one rank may hold other weights or return a disturbed gradient."""
        c, fault = self.c, self.c["rank_fault"]
        on = fault and step >= fault["at"] and step < fault.get("until", 10 ** 9)
        good, total, rows = self.model.w, None, []
        for r in range(c["ranks"]):
            x, size = self.batch(step)
            mine = on and r == fault["rank"]
            if mine and fault["kind"] in ("stale", "weights"):
                if self.bad_weights is None:
                    self.bad_weights = {k: v.copy() + (fault["size"] * v.std() * self.rng.standard_normal(v.shape).astype(np.float32) if fault["kind"] == "weights" and k.startswith("1.") else 0)
                                        for k, v in good.items()}
                self.model.w = self.bad_weights
            if mine and fault["kind"] == "data":
                x = x.copy()
                x[:, ::3] = self.rng.integers(0, c["V"], x[:, ::3].shape)
            loss, g, _ = self.model.loss(x)
            self.model.w = good
            if mine and fault["kind"] == "noise":
                g = {k: v + np.float32(fault["size"]) * v.std() * self.rng.standard_normal(v.shape).astype(np.float32) for k, v in g.items()}
            if mine and fault["kind"] == "scale":
                g = {k: v * np.float32(fault["size"]) for k, v in g.items()}
            rows.append({"loss": loss, "lr": lr, "grad_norm": clip(dict(g), 0)})
            total = g if total is None else {k: total[k] + g[k] for k in g}
        total = {k: v / np.float32(c["ranks"]) for k, v in total.items()}
        norm = clip(total, c["clip"])
        self.opt.step(total)
        if self.bad_weights is not None and fault["kind"] == "weights":
            for k in self.bad_weights:                           # the wrong rank goes on applying the common updates
                self.bad_weights[k] = self.bad_weights[k] - lr * np.sign(total[k]) * np.float32(.3)
        self.clock(step)
        if step % c["every"] == 0:
            rows[0]["grad_norm/global"] = norm
            if step % c["eval_every"] == 0:
                rows[0] |= self.evaluate()
            for r, row in enumerate(rows):
                self.log.row(step, row, r)
