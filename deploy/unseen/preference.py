"""DPO on the tiny policy of policy.py: a reference taught by imitation, pairs that differ in a few tokens."""
import numpy as np

from optim import Adam, Sgd, clip
from policy import Policy
from runlog import RunLog, lasting, smooth

DEFAULT = dict(symbols=5, V=14, T=10, width=40, pairs=6000, batch=64, sft_steps=400, skill=.75, edits=1, flip=0.0, beta=.1, sft=0.0, lr=1e-3,
               opt="adam", warmup=20, steps=500, every=1, random_rejected=False)


def run(name, family, seed, names="", hide=(), seconds=1.5, **config):
    """Trains one policy on preferences and returns its labelled log."""
    c = DEFAULT | config
    rng = np.random.default_rng(seed)
    S, V, T = c["symbols"], c["V"], c["T"]
    policy, target = Policy(rng, S, V, T, c["width"]), rng.integers(0, V, (S, S, T))
    chosen, rejected, prompts = make_pairs(rng, c, target, c["pairs"])
    held, _, held_prompts = make_pairs(rng, c, target, 128)
    imitate(policy, rng, chosen, rejected, prompts, c)
    reference = Policy(np.random.default_rng(0), S, V, T, c["width"])
    reference.w = {k: v.copy() for k, v in policy.w.items()}
    swap = rng.random(c["pairs"]) < c["flip"]
    chosen[swap], rejected[swap] = rejected[swap], chosen[swap].copy()
    log = RunLog(name, family, {"seed": seed} | config, c["steps"], c["every"], seconds, names, hide)
    optimizer = (Adam if c["opt"] == "adam" else Sgd)(policy.w, c["lr"])
    full = np.full(c["batch"], T)
    for step in range(c["steps"]):
        pick = rng.integers(0, c["pairs"], c["batch"])
        a, b = prompts[pick].T
        sides = [policy.states(a, b, y[pick], full) for y in (chosen, rejected)]
        mine, theirs, caches = [], [], []
        for states, tok, _ in sides:
            p, cache = policy.forward(*states)
            q, _ = reference.forward(*states)
            row = np.arange(len(tok))
            mine.append(np.log(np.maximum(p[row, tok], 1e-30)).reshape(-1, T).sum(1))
            theirs.append(np.log(np.maximum(q[row, tok], 1e-30)).reshape(-1, T).sum(1))
            caches.append((p, cache, tok))
        rewards = [c["beta"] * (m - t) for m, t in zip(mine, theirs)]
        margin = rewards[0] - rewards[1]
        pull = c["beta"] / (1 + np.exp(np.clip(margin, -50, 50)))
        g = None
        for weight, (p, cache, tok) in zip((pull + c["sft"] / T, -pull), caches):
            d = p.copy()
            d[np.arange(len(tok)), tok] -= 1
            part = policy.backward(d * np.repeat(weight, T)[:, None] / c["batch"], cache)
            g = part if g is None else {k: g[k] + part[k] for k in g}
        norm = clip(g, 0)
        optimizer.lr = c["lr"] * min(1, (step + 1) / max(1, c["warmup"]))
        optimizer.step(g)
        log.tick()
        if step % c["every"]:
            continue
        weights = np.sqrt(sum((v ** 2).sum() for v in policy.w.values()))
        row = {"loss": np.mean(np.log1p(np.exp(-margin))) - c["sft"] / T * mine[0].mean(), "lr": optimizer.lr, "grad_norm": norm,
               "logps_chosen": mine[0].mean(), "logps_rejected": mine[1].mean(), "rewards_chosen": rewards[0].mean(), "rewards_rejected": rewards[1].mean(),
               "rewards_margin": margin.mean(), "rewards_accuracy": (margin > 0).mean(), "param_norm": weights, "update_ratio": optimizer.update_norm / weights}
        if step % (c["every"] * 20) == 0:
            states, _, _ = policy.states(*held_prompts.T, held, np.full(128, T))
            p, q = policy.forward(*states)[0], reference.forward(*states)[0]
            row["kl_ref"] = (p * np.log(np.maximum(p, 1e-30) / np.maximum(q, 1e-30))).sum(1).mean()
        log.row(step, row)
    log.rules = [(label, (c,))]
    return log


def make_pairs(rng, c, target, n):
    """Chosen answers are right with probability skill at each token; rejected ones are the chosen with a few wrong tokens, or unrelated."""
    prompts = rng.integers(0, c["symbols"], (n, 2))
    chosen = target[prompts[:, 0], prompts[:, 1]].copy()
    slip = rng.random(chosen.shape) > c["skill"]
    chosen[slip] = rng.integers(0, c["V"], slip.sum())
    rejected = rng.integers(0, c["V"], chosen.shape) if c["random_rejected"] else chosen.copy()
    if not c["random_rejected"]:
        for i in range(n):
            at = rng.choice(c["T"], c["edits"], replace=False)
            right = target[prompts[i, 0], prompts[i, 1], at]
            chosen[i, at], rejected[i, at] = right, (right + rng.integers(1, c["V"], c["edits"])) % c["V"]
    return chosen, rejected, prompts


def imitate(policy, rng, chosen, rejected, prompts, c):
    """The reference: supervised on both sides of the pairs, as answers that were once sampled from it would be."""
    optimizer = Adam(policy.w, 3e-3)
    both = np.concatenate([chosen, rejected])
    for _ in range(c["sft_steps"]):
        pick = rng.integers(0, len(both), 64)
        a, b = prompts[pick % len(prompts)].T
        states, tok, _ = policy.states(a, b, both[pick], np.full(64, c["T"]))
        p, cache = policy.forward(*states)
        p[np.arange(len(tok)), tok] -= 1
        optimizer.step(policy.backward(p / len(tok), cache))


def label(log, c):
    """Displacement by how much the chosen answers lose against the reference (a paired quantity, so free of the batch's noise); README.md."""
    lines, chosen = log.column("rewards_chosen")
    w = max(9, len(lines) // 30)
    size = abs(np.mean(log.column("logps_chosen")[1][:10]))
    gain = smooth(chosen / c["beta"], w)
    margin, accuracy = (smooth(log.column(m)[1], w) for m in ("rewards_margin", "rewards_accuracy"))
    share = -gain[-1] / size
    what = f"the chosen answers change by {gain[-1]:.3g} nats (lowest {gain.min():.3g}) of {size:.3g}; margin to {margin[-1]:.3g}, accuracy {accuracy[-1]:.2f}"
    if share > .15 and gain[-1] < -4 and margin[-1] > 0:
        fail = lasting(gain < -.4 * size)
        log.event("likelihood_displacement", lines[lasting(gain < -.06 * size)], None if fail is None else lines[fail], None, what)
    elif share > .08:
        log.event("likelihood_displacement", lines[lasting(gain < -.06 * size)], None, None, what + ": slight, debatable", ambiguous=True)
    else:
        log.benign("dpo_healthy", lines[-1], what)
    end = log.column("rewards_accuracy")[1][2 * len(lines) // 3:].mean()
    if end < .65:
        log.event("ranking_stall", 0, None, None, f"preference accuracy stays at {end:.2f} ({c['flip']:.0%} of the labels swapped)", ambiguous=bool(end > .6))
