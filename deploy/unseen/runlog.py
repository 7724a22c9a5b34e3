"""One run's log and labels in the form of the corpora: gzip JSONL, one object a line, and an entry of labels.json."""
import gzip
import json
import math
from pathlib import Path

import numpy as np

# What frameworks call a metric. None = the framework does not log it. Names not listed here keep ours.
NAMES = {
    "trl": {"reward_mean": "reward", "response_length_mean": "completions/mean_length", "clipped_ratio": "completions/clipped_ratio",
            "lr": "learning_rate", "gold_reward_mean": "eval_reward", "grad_norm/layer": None, "param_norm": None, "update_ratio": None,
            "rewards_chosen": "rewards/chosen", "rewards_rejected": "rewards/rejected", "rewards_margin": "rewards/margins",
            "rewards_accuracy": "rewards/accuracies", "logps_chosen": "logps/chosen", "logps_rejected": "logps/rejected"},
    "verl": {"reward_mean": "critic/score/mean", "entropy": "actor/entropy", "kl": "actor/kl_loss", "grad_norm": "actor/grad_norm",
             "loss": "actor/pg_loss", "lr": "actor/lr", "response_length_mean": "response_length/mean", "clipped_ratio": "response_length/clip_ratio",
             "reward_std": None, "frac_reward_zero_std": None, "gold_reward_mean": None, "grad_norm/layer": None, "param_norm": None},
    "openrlhf": {"reward_mean": "train/reward", "reward_std": "train/group_reward_std", "kl": "train/kl", "grad_norm": "train/actor_grad_norm",
                 "loss": "train/policy_loss", "lr": "train/actor_lr", "response_length_mean": "train/response_length",
                 "entropy": "train/entropy_loss", "frac_reward_zero_std": None, "gold_reward_mean": None, "grad_norm/layer": None, "param_norm": None},
    "megatron": {"loss": "lm loss", "grad_norm": "grad-norm", "lr": "learning-rate", "param_norm": "params-norm", "eval_loss": "lm loss validation",
                 "loss_scale": "loss-scale"},
    "hf": {"lr": "learning_rate", "param_norm": None, "grad_norm/layer": None, "grad_rms/layer": None},
}

# One of each group must be in the log, else the event cannot be seen and is marked ambiguous.
NEEDS = {
    "reward_variance_vanishing": [("reward_std", "frac_reward_zero_std"), ("reward_mean",)],
    "reward_overoptimization": [("gold_reward_mean",)], "length_exploitation": [("gold_reward_mean",), ("response_length_mean",)],
    "kl_blowup": [("kl",)], "entropy_collapse": [("entropy",)], "length_cap": [("clipped_ratio",)],
    "grad_norm_spike": [("grad_norm",)], "grad_explosion": [("grad_norm",)], "grad_vanishing": [("grad_norm", "grad_norm/layer")],
    "layer_imbalance": [("grad_norm/layer",)], "update_collapse": [("update_ratio", "grad_rms/layer")],
    "attention_logit_growth": [("attention_logit_max",)], "attention_entropy_collapse": [("attention_entropy",)],
    "output_logit_drift": [("log_z", "output_logit_max")], "activation_growth": [("activation_rms",)], "sharpness": [("sharpness",)],
    "likelihood_displacement": [("logps_chosen",)], "ranking_stall": [("rewards_accuracy",)], "expert_collapse": [("expert_share",)],
    "lr_anomaly": [("lr",)],
}


def plain(value):
    """A JSON-ready copy with 6 significant digits; NaN and infinities stay."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    x = float(value)
    if not math.isfinite(x):
        return x
    x = float(f"{x:.6g}")
    return int(x) if x == int(x) and abs(x) < 1e15 else x


class RunLog:
    """Rows of one run, with canonical metric names until written. Labels are given by line number (0-based)."""

    def __init__(self, name: str, family: str, config: dict, steps: int, every: int = 1, seconds: float = 1.0, names: str = "", hide=()):
        self.name, self.family, self.config, self.steps, self.every = name, family, config, steps, every
        self.names, self.hide = names, tuple(hide)
        self.rows, self.events, self.benigns, self.rules = [], [], [], []
        self.rng = np.random.default_rng(abs(hash_of(name)))
        self.seconds, self.now = seconds, 1_764_000_000_000 + int(self.rng.integers(10**9))

    def tick(self, extra: float = 0.0, factor: float = 1.0):
        """One step of the simulated clock: log-normal jitter of 8 %, times factor, plus extra seconds (evaluation, checkpoint, stall)."""
        self.now += int(1000 * (self.seconds * factor * math.exp(0.08 * self.rng.standard_normal()) + extra))

    def row(self, step: int, metrics: dict, rank: int | None = None):
        row = {"step": int(step), "ts": self.now}
        if rank is not None:
            row["rank"] = rank
        row["metrics"] = {k: plain(v) for k, v in metrics.items() if v is not None}
        self.rows.append(row)

    def column(self, metric: str, rank: int | None = None):
        """(lines, values) of one scalar metric, where it was logged."""
        lines = [i for i, r in enumerate(self.rows) if metric in r["metrics"] and (rank is None or r.get("rank") == rank)]
        return np.array(lines, int), np.array([self.rows[i]["metrics"][metric] for i in lines], float)

    def step_at(self, line):
        if line is None:
            return None
        return self.rows[line]["step"] if line < len(self.rows) else self.rows[-1]["step"] + self.every

    def line_of(self, step: int) -> int:
        """The last line reached when training arrives at a step the last time (steps may repeat after a resume)."""
        steps = [r["step"] for r in self.rows]
        starts = [i for i, k in enumerate(steps) if k >= step and (i == 0 or steps[i - 1] < step or steps[i - 1] > k)]
        return starts[-1] if starts else len(steps) - 1

    def event(self, signature: str, onset: int, failure=None, end=None, evidence: str = "", weak=False, ambiguous=False):
        e = {"signature": signature}
        for key, line in (("onset", onset), ("failure", failure), ("end", end)):
            line = None if line is None else int(line)
            e[key + "_step"], e[key + "_line"] = self.step_at(line), line
        e["evidence"] = evidence
        e |= ({"weak": True} if weak else {}) | ({"ambiguous": True} if ambiguous else {})
        self.events.append(e)

    def benign(self, kind: str, line: int, note: str):
        line = int(min(line, len(self.rows) - 1))
        self.benigns.append({"kind": kind, "step": self.step_at(line), "line": line, "note": note})

    def judge(self):
        """Labels the run: applies its rules, pairs of a function of (log, *arguments) and the arguments."""
        self.events, self.benigns = [], []
        with np.errstate(all="ignore"):
            for rule, arguments in self.rules:
                rule(self, *arguments)

    def logged(self, metric: str) -> bool:
        shown = NAMES.get(self.names, {}).get(metric, metric) is not None and metric not in self.hide
        return shown and any(metric in r["metrics"] for r in self.rows)

    def write(self, directory: Path):
        """Writes the log and returns the entry of labels.json."""
        alias = NAMES.get(self.names, {})
        directory.mkdir(parents=True, exist_ok=True)
        with gzip.GzipFile(directory / f"{self.name}.jsonl.gz", "wb", mtime=0) as out:
            for r in self.rows:
                metrics = {alias.get(k, k): v for k, v in r["metrics"].items() if k not in self.hide and alias.get(k, k)}
                out.write((json.dumps(r | {"metrics": metrics}, separators=(",", ":")) + "\n").encode())
        for e in self.events:
            missing = [g for g in NEEDS.get(e["signature"], []) if not any(self.logged(m) for m in g)]
            if missing:
                e["ambiguous"] = True
                e["evidence"] += f"; {' or '.join(missing[0])} is not in the log"
        self.events.sort(key=lambda e: (e["onset_line"], e["signature"]))
        return {"family": self.family, "config": self.config | {"names": self.names or "canonical"}, "total_steps": self.steps,
                "lines": len(self.rows), "events": self.events, "benign": self.benigns}


def hash_of(text: str) -> int:
    """A seed from a name, the same in every process."""
    return int.from_bytes(text.encode()[-7:], "big") % 2**31


# ---- helpers of the labelling rules: all look at the whole curve, to both sides -----------------------------------------------

def smooth(x, width: int):
    """Centred moving mean; the window shrinks at the ends."""
    x = np.asarray(x, float)
    half, n = max(width // 2, 0), len(x)
    c = np.concatenate([[0.0], np.cumsum(x)])
    lo, hi = np.maximum(np.arange(n) - half, 0), np.minimum(np.arange(n) + half + 1, n)
    return (c[hi] - c[lo]) / (hi - lo)


def course(x, width: int):
    """Centred moving median."""
    x = np.asarray(x, float)
    half = max(width // 2, 1)
    padded = np.pad(x, half, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)


def noise(x) -> float:
    """Standard deviation of the row-to-row noise: median absolute difference of successive rows, free of trend."""
    x = np.asarray(x, float)
    return float(np.median(np.abs(np.diff(x)))) / 0.954 if len(x) > 2 else 0.0


def lasting(mask):
    """First index from which a condition holds to the end (None if it does not hold at the end)."""
    mask = np.asarray(mask, bool)
    if not len(mask) or not mask[-1]:
        return None
    false = np.flatnonzero(~mask)
    return int(false[-1]) + 1 if len(false) else 0


def first(mask, start: int = 0):
    hits = np.flatnonzero(np.asarray(mask)[start:])
    return int(hits[0]) + start if len(hits) else None
