"""Variants of finished runs: python3 derive.py DIR OUT. Every fifth row, no gradient norms, loss a hundred times as large; labels mapped."""
import gzip
import json
import sys
from pathlib import Path

GRADIENT = ("grad_norm", "grad_norm/layer", "grad_rms/layer", "grad_norm/global", "grad-norm", "train/actor_grad_norm", "actor/grad_norm")
LOSS = ("loss", "lm loss", "eval_loss", "lm loss validation")
GRADIENT_ONLY = {"grad_norm_spike", "grad_explosion", "grad_vanishing", "layer_imbalance"}


def lines_of(run, every):
    """Which lines stay: every so-many-th step of every rank, in order."""
    steps = sorted({r["step"] for r in run})
    keep = set(steps[::every])
    return [i for i, r in enumerate(run) if r["step"] in keep]


def mapped(label, run, kept, note):
    """The label with line numbers of what is kept; an event that no kept line shows becomes ambiguous."""
    def line(old):
        return None if old is None else sum(k < old for k in kept)
    events = []
    for e in label["events"]:
        e = dict(e)
        seen = any(e["onset_line"] <= k <= (len(run) if e["end_line"] is None else e["end_line"]) for k in kept)
        for key in ("onset", "failure", "end"):
            e[key + "_line"] = line(e[key + "_line"])
        if not seen:
            e["ambiguous"] = True
        events.append(e)
    benign = [b | {"line": min(line(b["line"]), len(kept) - 1)} for b in label["benign"]]
    return label | {"lines": len(kept), "events": events, "benign": benign, "config": label["config"] | {"derived": note}}


def main(source: Path, out: Path):
    made = {}
    for corpus in ("rl", "pre"):
        directory = source / corpus / "corpus"
        labels = json.loads((directory / "labels.json").read_text())
        for number, (name, label) in enumerate(sorted(labels.items())):
            if number % 3:                                       # a third of the runs, each in all variants that make sense
                continue
            with gzip.open(directory / f"{name}.jsonl.gz", "rt") as f:
                run = [json.loads(line) for line in f]
            variants = {"fifth": (lines_of(run, 5), lambda m: m)} if len(run) >= 400 else {}
            if any(k in run[0]["metrics"] for k in GRADIENT):
                variants["nograd"] = (range(len(run)), lambda m: {k: v for k, v in m.items() if k not in GRADIENT})
            if corpus == "pre":
                variants["loss100"] = (range(len(run)), lambda m: {k: v * 100 if k in LOSS else v for k, v in m.items()})
            for variant, (kept, change) in variants.items():
                kept = list(kept)
                entry = mapped(label, run, kept, variant)
                if variant == "nograd":
                    for e in entry["events"]:
                        e |= {"ambiguous": True} if e["signature"] in GRADIENT_ONLY else {}
                with gzip.GzipFile(out / f"{name}_{variant}.jsonl.gz", "wb", mtime=0) as f:
                    for k in kept:
                        f.write((json.dumps(run[k] | {"metrics": change(run[k]["metrics"])}, separators=(",", ":")) + "\n").encode())
                made[f"{name}_{variant}"] = entry
    (out / "labels.json").write_text(json.dumps(made, indent=1))
    print(len(made), "runs")


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    main(Path(sys.argv[1]), target)
