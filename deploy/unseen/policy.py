"""Policy gradients on a tiny token policy: prompts are pairs of symbols, responses are up to T tokens, rewards are made of known parts.

The policy is a two-layer network of prompt, position and previous token; gradients are written by hand. Because the reward is
separable (plus terms in repetition and length), the best reachable reward of each prompt is known exactly, and so the labels
can tell "solved" from "stuck".
"""
import numpy as np

from optim import Adam, Sgd
from runlog import RunLog, first, lasting, noise, smooth


class Policy:
    """Next-token logits from (a, b, position, previous token)."""

    def __init__(self, rng, symbols, V, T, width, sharp=0.1):
        self.V, self.T, self.symbols = V, T, symbols
        g = lambda *s, k=1.0: k * rng.standard_normal(s)
        self.w = {"a": g(symbols, width, k=.7), "b": g(symbols, width, k=.7), "prev": g(V + 1, width, k=.5), "pos": g(T, width, k=.5),
                  "mid": g(width, width, k=width ** -.5), "out": g(width, V, k=sharp), "bias": np.zeros(V)}

    def forward(self, a, b, pos, prev):
        """a, b, pos, prev: (n,). Returns probabilities (n, V) and what backward needs."""
        w = self.w
        h1 = np.tanh(w["a"][a] + w["b"][b] + w["prev"][prev] + w["pos"][pos])
        h2 = np.tanh(h1 @ w["mid"]) + h1
        logits = h2 @ w["out"] + w["bias"]
        logits -= logits.max(1, keepdims=True)
        p = np.exp(logits)
        p /= p.sum(1, keepdims=True)
        return p, (a, b, pos, prev, h1, h2)

    def backward(self, dlogits, cache):
        """Gradients of all weights for d(loss)/d(logits)."""
        a, b, pos, prev, h1, h2 = cache
        w, g = self.w, {}
        g["out"], g["bias"] = h2.T @ dlogits, dlogits.sum(0)
        dh2 = dlogits @ w["out"].T
        dm = dh2 * (1 - (h2 - h1) ** 2)
        g["mid"] = h1.T @ dm
        d = (dh2 + dm @ w["mid"].T) * (1 - h1 ** 2)
        for key, index in (("a", a), ("b", b), ("prev", prev), ("pos", pos)):
            onehot = np.zeros((len(w[key]), len(index)))
            onehot[index, np.arange(len(index))] = 1
            g[key] = onehot @ d
        return g

    def sample(self, rng, a, b, cap, eos):
        """Responses (n, T) and the number of tokens of each (the end token, 0, counts; responses stop at cap)."""
        n = len(a)
        y, prev, alive, length = np.zeros((n, self.T), int), np.full(n, self.V), np.ones(n, bool), np.zeros(n, int)
        for t in range(min(cap, self.T)):
            p, _ = self.forward(a, b, np.full(n, t), prev)
            tok = np.minimum((p.cumsum(1) < rng.random((n, 1))).sum(1), self.V - 1)
            y[alive, t] = tok[alive]
            length += alive
            prev = tok
            if eos:
                alive &= tok != 0
        return y, length

    def states(self, a, b, y, length):
        """All (prompt, position, previous token) met by the responses, flattened; and the response each belongs to."""
        n, T = y.shape
        prev = np.concatenate([np.full((n, 1), self.V), y[:, :-1]], 1)
        keep = np.arange(T)[None] < length[:, None]
        who, pos = np.nonzero(keep)
        return (a[who], b[who], pos, prev[keep]), y[keep], who


class Task:
    """Reward = sum over positions of a table of (a, b, position, token), squashed or not, less repetition, plus length terms."""

    def __init__(self, rng, c):
        self.c, S, V, T = c, c["symbols"], c["V"], c["T"]
        self.table = rng.standard_normal((S, 1, T, V)) * .7 + rng.standard_normal((1, S, T, V)) * .7
        self.target = self.table.argmax(3)                      # (S, S, T)
        self.hard = rng.random((S, S)) < c["hard"]              # prompts that are paid only for a whole exact answer
        # an error that favours the same token at every position: repeating it is what the proxy wants
        self.error = np.repeat(rng.standard_normal((S, 1, 1, V)), T, 2) * c["proxy_error"]
        self.need = rng.integers(max(2, T // 3), T, (S, S)) if c["eos"] else None

    def rewards(self, a, b, y, length, cut):
        """(what is optimised, gold) of each response. Gold is what is really wanted."""
        c, n, T = self.c, len(a), y.shape[1]
        inside = np.arange(T)[None] < length[:, None]
        hit = (y == self.target[a, b]) & inside
        kind = c["reward"]
        if kind == "graded":
            share = hit[:, :c["score_tokens"]].mean(1)
            gold = np.where(self.hard[a, b], (share == 1) * 1.0, share)
        elif kind == "exact":
            gold = hit[:, :c["score_tokens"]].all(1) * 1.0
        elif kind == "decoy":                                    # token 1 everywhere is paid a little, the right answer fully
            right = hit[:, :c["score_tokens"]].all(1)
            gold = np.where(right, 1.0, c["decoy"] * ((y == 1) & inside).mean(1))
        elif kind == "score":                                    # unbounded; adjacent equal tokens cost up to c.repeat
            unary = np.take_along_axis(self.table[a, b], y[..., None], 2)[..., 0]
            same = ((y[:, 1:] == y[:, :-1]) & inside[:, 1:]).sum(1)
            gold = (unary * inside).sum(1) / T
            proxy = gold + (np.take_along_axis(self.error[a, 0], y[..., None], 2)[..., 0] * inside).sum(1) / T
            if c["blind"]:                                       # the proxy does not see repetition
                return proxy, gold - c["repeat"] * (same / (T - 1)) ** 2
            return proxy - c["repeat"] * same / T, gold - c["repeat"] * same / T
        elif kind == "length":                                   # gold wants Lopt tokens and good ones; the proxy pays each token
            quality = (hit * inside).sum(1) / np.maximum(length, 1)
            gold = quality - ((length - c["Lopt"]) / c["Lscale"]) ** 2
            return gold + c["pay"] * length, gold
        elif kind == "cap":                                      # only an answer that ended by itself is paid
            gold = np.where(cut, 0.0, (length >= c["least"]) * (.4 + .6 * (hit * inside).sum(1) / np.maximum(length, 1)))
        return gold.copy(), gold


DEFAULT = dict(symbols=6, V=10, T=4, width=32, prompts=32, samples=8, lr=2e-3, opt="adam", steps=600, sft=0, sft_wrong=0.0, reward="graded",
               score_tokens=4, hard=0.0, decoy=.4, repeat=0.0, blind=False, proxy_error=0.0, eos=False, Lopt=8, Lscale=6.0, pay=0.0, least=3,
               eos_bias=0.0, cap=0, cap_at=None, kl=0.0, ent=0.0, adv="mean", epochs=1, noise=0.0, scale=1.0, offset=0.0, every=1,
               lr_at=None, lr_mul=1.0, warmup=0, phase=None, sharp=.1, mean_rows=False)


def best_rewards(task, c):
    """The most that the optimised reward can reach, mean over all prompts."""
    if c["reward"] in ("graded", "exact", "decoy"):
        return 1.0
    if c["reward"] == "score":
        full = task.table + task.error
        total = []
        for a in range(c["symbols"]):
            for b in range(c["symbols"]):
                u = full[a, b] / c["T"]
                same = 0.0 if c["blind"] else c["repeat"] / c["T"]
                v = u[0]
                for t in range(1, c["T"]):                       # Viterbi over the repetition cost
                    stay, top = v - same, v.max()
                    second = np.partition(v, -2)[-2]
                    other = np.where(v == top, second, top)
                    v = u[t] + np.maximum(stay, other)
                total.append(v.max())
        return float(np.mean(total))
    if c["reward"] == "length":
        L = np.arange(1, (c["cap"] or c["T"]) + 1)
        return float((1 - ((L - c["Lopt"]) / c["Lscale"]) ** 2 + c["pay"] * L).max())
    return 1.0


def run(name, family, seed, names="", hide=(), seconds=4.0, **config):
    """Trains one policy and returns its labelled log."""
    c = DEFAULT | config
    rng = np.random.default_rng(seed)
    policy, task = Policy(rng, c["symbols"], c["V"], c["T"], c["width"], c["sharp"]), Task(rng, c)
    policy.w["bias"][0] += c["eos_bias"]
    S, T, V = c["symbols"], c["T"], c["V"]
    every_prompt = np.stack(np.meshgrid(np.arange(S), np.arange(S), indexing="ij"), -1).reshape(-1, 2)
    pretrain(policy, task, rng, c, every_prompt)
    start = {k: v.copy() for k, v in policy.w.items()}
    reference = Policy(np.random.default_rng(0), S, V, T, c["width"])
    reference.w = start
    log = RunLog(name, family, {"seed": seed} | config, c["steps"], c["every"], seconds, names, hide)
    optimizer = (Adam if c["opt"] == "adam" else Sgd)(policy.w, c["lr"])
    cap, mean, window = c["cap"] or T, 0.0, []
    pool = every_prompt
    for step in range(c["steps"]):
        if c["phase"] and step == c["phase"]:                    # other prompts: those on which the start policy was taught wrong answers
            pool = every_prompt[task.wrong]
        elif c["phase"] and step == 0:
            pool = every_prompt[~task.wrong]
        if c["cap_at"] is not None and step == c["cap_at"][0]:
            cap = c["cap_at"][1]
        lr = c["lr"] * min(1.0, (step + 1) / c["warmup"] if c["warmup"] else 1.0)
        if c["lr_at"] is not None and step >= c["lr_at"]:
            lr *= c["lr_mul"]
        m = update(policy, reference, task, optimizer, rng, c, pool, cap, lr, mean)
        mean = .9 * mean + .1 * m["reward_raw"]
        m.pop("reward_raw")
        window.append(m)
        log.tick(factor=.4 + m["response_length_mean"] / T)
        if step % c["every"] == c["every"] - 1 or step == 0:
            row = {k: np.mean([w[k] for w in window], axis=0) for k in m} if c["mean_rows"] else m
            if not c["eos"]:
                row.pop("clipped_ratio", None), row.pop("response_length_mean", None)
            log.row(step, row)
            window = []
    log.rules = [(label, (c, best_rewards(task, c)))]
    return log


def pretrain(policy, task, rng, c, prompts):
    """A short supervised start: towards the target, or towards a wrong answer for a share of the prompts."""
    task.wrong = rng.random(len(prompts)) < c["sft_wrong"]
    optimizer = Adam(policy.w, 4e-3)
    answers = task.target[prompts[:, 0], prompts[:, 1]].copy()
    answers[task.wrong] = (answers[task.wrong] + 1 + rng.integers(0, c["V"] - 2)) % c["V"]
    if c["eos"]:
        answers = np.maximum(answers, 1)
    for _ in range(c["sft"]):
        pick = rng.integers(0, len(prompts), 64)
        a, b = prompts[pick].T
        states, tok, _ = policy.states(a, b, answers[pick], np.full(64, c["T"]))
        p, cache = policy.forward(*states)
        p[np.arange(len(tok)), tok] -= 1
        optimizer.step(policy.backward(p / len(tok), cache))


def update(policy, reference, task, optimizer, rng, c, pool, cap, lr, mean):
    """One batch: sample, pay, update (several clipped epochs for PPO). Returns the row's metrics."""
    G = c["samples"]
    pick = rng.integers(0, len(pool), c["prompts"])
    a, b = np.repeat(pool[pick], G, axis=0).T
    y, length = policy.sample(rng, a, b, cap, c["eos"])
    cut = (length == min(cap, c["T"])) & (y[np.arange(len(a)), length - 1] != 0) if c["eos"] else np.zeros(len(a), bool)
    proxy, gold = task.rewards(a, b, y, length, cut)
    paid = c["scale"] * (proxy + c["noise"] * rng.standard_normal(len(a))) + c["offset"]
    groups = paid.reshape(-1, G)
    std = groups.std(1, ddof=1)
    adv = {"mean": lambda: groups - groups.mean(1, keepdims=True), "grpo": lambda: (groups - groups.mean(1, keepdims=True)) / (std[:, None] + 1e-4),
           "loo": lambda: (groups - groups.mean(1, keepdims=True)) * G / (G - 1), "running": lambda: groups - mean,
           "batch": lambda: (groups - groups.mean()) / (groups.std() + 1e-6), "none": lambda: groups}[c["adv"]]().ravel()
    if c["adv"] not in ("grpo", "batch"):
        adv = adv / c["scale"]
    states, tok, who = policy.states(a, b, y, length)
    q, _ = reference.forward(*states)
    old = None
    for _ in range(c["epochs"]):
        p, cache = policy.forward(*states)
        row = np.arange(len(tok))
        mine = p[row, tok]
        old = mine.copy() if old is None else old
        ratio = mine / np.maximum(old, 1e-30)
        weight = adv[who] * ratio * ~((adv[who] > 0) & (ratio > 1.2) | (adv[who] < 0) & (ratio < .8))
        d = p * weight[:, None]
        d[row, tok] -= weight
        logp = np.log(np.maximum(p, 1e-30))
        H = -(p * logp).sum(1)
        d += c["ent"] * p * (logp + H[:, None])
        D = logp - np.log(np.maximum(q, 1e-30))
        KL = (p * D).sum(1)
        d += c["kl"] * p * (D - KL[:, None])
        g = policy.backward(d / len(a), cache)
        if old is mine or ratio.max() == ratio.min() == 1:
            norm = {k: float((v ** 2).sum()) for k, v in g.items()}
            entropy, kl = H.mean(), KL.sum() / len(a)
            loss = -(adv[who] * np.log(np.maximum(mine, 1e-30))).sum() / len(a) + c["kl"] * kl - c["ent"] * H.sum() / len(a)
        optimizer.lr = lr
        optimizer.step(g)
    layers = [norm["a"] + norm["b"] + norm["prev"] + norm["pos"], norm["mid"], norm["out"] + norm["bias"]]
    return {"loss": loss, "lr": lr, "grad_norm": np.sqrt(sum(layers)), "grad_norm/layer": np.sqrt(layers), "reward_mean": paid.mean(),
            "reward_std": std.mean(), "frac_reward_zero_std": (std < 1e-9 * max(1, abs(c["offset"]))).mean(), "kl": kl, "entropy": entropy,
            "response_length_mean": length.mean(), "clipped_ratio": cut.mean(), "reward_raw": paid.mean(),
            **({"gold_reward_mean": gold.mean()} if c["reward"] in ("score", "length") else {})}


# ---- labels ------------------------------------------------------------------------------------------------------------------

def label(log, c, best):
    """Rules over the whole curve; see README.md, "policy"."""
    lines, reward = log.column("reward_mean")
    n = len(lines)
    w = max(9, n // 40)
    R = smooth((reward - c["offset"]) / c["scale"], w)
    entropy, kl, spread = (smooth(log.column(m)[1], w) for m in ("entropy", "kl", "reward_std"))
    zero = smooth(log.column("frac_reward_zero_std")[1], w)
    has_gold = c["reward"] in ("score", "length")
    G = smooth(log.column("gold_reward_mean")[1], w) if has_gold else R
    start = R[0]
    reached = (R[-1] - start) / max(best - start, 1e-9) if best - start > 1e-3 else 1.0
    solved = reached >= .85 or R[-1] >= .97 * best > 0
    rising = R[-1] - R[3 * n // 4] > .08 * abs(R[-1] - start) + 2 * noise(reward) / c["scale"] / np.sqrt(w)
    stuck = reached <= .7 and not solved and not rising
    harmed = over_optimised(log, lines, R, G, kl, c) if has_gold else False
    fallen = fell(R)
    # entropy, from its own start
    since = first(lines >= log.line_of(c["phase"] or (c["cap_at"] or (0,))[0]))       # from the change of prompts or cap on
    low = lasting(entropy < .25 * entropy[0])
    if low is not None and entropy[0] > .3:
        on = lasting(entropy < .5 * entropy[0])
        fail = lasting(entropy < .1 * entropy[0])
        what = f"entropy {entropy[0]:.3g} -> {entropy[-1]:.3g} nats; reward {start:.3g} -> {R[-1]:.3g} of {best:.3g}"
        if (harmed or stuck) and fail is not None:
            log.event("entropy_collapse", lines[on], None if fail is None else lines[fail], None, what)
        elif (solved or rising) and not fallen and not harmed:
            log.benign("entropy_decline", lines[on], what)
        else:
            log.event("entropy_collapse", lines[on], None, None, what + ": solved or stuck is a matter of taste", ambiguous=True)
    top = np.log(c["V"])
    if entropy[-1] > max(1.15 * entropy[0], .9 * top) and fallen:
        on = lasting(entropy > entropy[0] + .3 * (entropy[-1] - entropy[0]))
        log.event("entropy_collapse", lines[on], lines[lasting(entropy > .85 * top)], None,
                  f"entropy explodes {entropy[0]:.3g} -> {entropy[-1]:.3g} (uniform is {top:.3g}), reward {R.max():.3g} -> {R[-1]:.3g}")
    # spread within prompts
    gone_from_start = np.median(zero[:max(5, n // 20)]) > .95
    peak = spread.max()
    thin = lasting((spread < .2 * peak) & (zero > .5))
    if gone_from_start and abs(reached) < .1:
        if solved:
            log.benign("solved", 0, f"no spread from the start because the reward is at its best, {R[-1]:.3g}")
        else:
            log.event("reward_variance_vanishing", 0, 0, None, f"{np.median(zero):.0%} of the prompts have no spread from the start; reward stays {R[-1]:.3g} of {best:.3g}")
            log.event("grad_vanishing", 0, 0, None, f"gradient norm {np.median(log.column('grad_norm')[1]):.2g} (median)", weak=True)
    elif thin is not None and not c["noise"]:
        on = max(since, lasting(spread < .35 * peak))
        fail = lasting(spread < .1 * peak)
        what = f"reward std {peak:.3g} -> {spread[-1]:.2g}, reward {start:.3g} -> {R[-1]:.3g} of {best:.3g}"
        if harmed:
            log.event("reward_variance_vanishing", lines[on], None, None, what + ": the proxy is nearly exhausted, a consequence", ambiguous=True)
        elif solved and not fallen:
            log.benign("solved", lines[on], what)
        elif stuck:
            log.event("reward_variance_vanishing", lines[on], None if fail is None else lines[max(since, fail)], None, what)
        else:
            log.event("reward_variance_vanishing", lines[on], None, None, what + ": debatable", ambiguous=True)
    elif zero[-1] > .6 and stuck and not c["noise"]:
        log.event("reward_variance_vanishing", lines[first(zero > .6)], None, None, f"{zero[-1]:.0%} of the prompts have no spread, reward {R[-1]:.3g} of {best:.3g}", weak=True)
    # KL
    if kl.max() > 8 and lasting(kl > 4) is not None:
        on, fail = lasting(kl > 3), lasting(kl > 10)
        what = f"KL to the start policy ends at {kl[-1]:.3g} nats a response; reward {start:.3g} -> {R[-1]:.3g}, gold {G[0]:.3g} -> {G[-1]:.3g}"
        if harmed or fallen and c["lr_at"] is not None:
            log.event("kl_blowup", lines[on], None if fail is None else lines[fail], None, what)
        elif fallen or any("ambiguous" not in e for e in log.events):
            log.event("kl_blowup", lines[on], None, None, what + "; another event names the harm", ambiguous=True)
        else:
            log.benign("kl_high", lines[on], what)
    # length and its cap
    if c["eos"]:
        length, cut = (smooth(log.column(m)[1], w) for m in ("response_length_mean", "clipped_ratio"))
        if length[-1] > 1.3 * length[0]:
            on = lasting(length > 1.25 * length[0])
            what = f"length {length[0]:.3g} -> {length[-1]:.3g}, reward {start:.3g} -> {R[-1]:.3g}, gold {G[0]:.3g} -> {G[-1]:.3g}"
            if harmed:
                fail = first(G < G[0] - .5 * (G[0] - G.min())) if G.min() < G[0] else None
                log.event("length_exploitation", lines[on], None if fail is None else lines[fail], None, what)
            else:
                log.benign("length_growth", lines[on], what + ": wanted")
        paid_nothing = (cut > .85) & (zero > .75) & (R < .5 * best)
        on = first(paid_nothing)
        if on is not None:
            back = first(cut < .7, on)
            on = on if on > w else 0
            on = np.searchsorted(lines, log.line_of(c["cap_at"][0])) if c["cap_at"] and on > w else on
            log.event("length_cap", lines[on], lines[on], None if back is None else lines[back],
                      f"share cut {cut[min(on + w, n - 1)]:.2f}, share without spread {zero[min(on + w, n - 1)]:.2f}, reward {R[min(on + w, n - 1)]:.3g} of {best:.3g}")
    if c["lr_at"] is not None:
        line = log.line_of(c["lr_at"])
        if c["lr_mul"] > 1.9:
            log.event("lr_anomaly", line, line, None, f"learning rate x{c['lr_mul']:g}")


def fell(R):
    """The reward lost most of what it had gained."""
    k = int(np.argmax(R))
    return bool(k < len(R) - 3 and R[k] - R[-1] > .5 * max(R[k] - R[0], 1e-9) and R[k] - R[-1] > .05 * abs(R[k]) + 6 * noise(R))


def over_optimised(log, lines, R, G, kl, c):
    """Gold peaks and falls by more than a quarter of its gain (and beyond its noise) while the proxy goes on rising."""
    raw = log.column("gold_reward_mean")[1]
    k = int(np.argmax(G[:int(np.argmin(G)) + 1])) if np.argmin(G) > len(G) // 50 else int(np.argmax(G))
    se = noise(raw) / np.sqrt(max(9, len(raw) // 40))
    low = k + int(np.argmin(G[k:]))
    drop, gain = G[k] - G[low], max(G[k] - G[0], 0)
    what = f"gold {G[0]:.3g}, peaks at {G[k]:.3g} (line {lines[k]}), falls to {G[low]:.3g}, ends at {G[-1]:.3g}; proxy {R[0]:.3g} -> {R[k]:.3g} -> {R[-1]:.3g}; KL {kl[-1]:.3g} nats"
    if drop < 6 * se or R[-1] <= R[k] + 3 * se:
        return False
    before = G[:low + 1]
    on = lasting(before < G[k] - max(5 * se, .05 * drop))
    fail = lasting(before < G[k] - .5 * drop)
    back = lasting(G > G[k] - .35 * drop)
    if drop > max(.25 * gain, 10 * se):
        log.event("reward_overoptimization", lines[on], lines[fail], None if back is None else lines[back], what)
        return True
    log.event("reward_overoptimization", lines[on], None, None, what + ": slight", ambiguous=True)
    return False
