"""Makes the unseen runs: python3 make.py DIR [--only family,...] [--corpus rl|pre] [--print]. See README.md."""
import argparse
import importlib
import json
import os
import pickle
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))


def show(log):
    """The course of each scalar in 13 points, and the labels: what one looks at to judge a rule."""
    for metric in sorted({k for r in log.rows[:60] for k, v in r["metrics"].items() if not isinstance(v, list)}):
        _, v = log.column(metric)
        print(f"   {metric:<22}", *(f"{v[int(i * (len(v) - 1) / 12)]:.3g}" for i in range(13)))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("directory", type=Path)
    options.add_argument("--only", default="", help="families or runs, comma separated")
    options.add_argument("--corpus", default="rl,pre")
    options.add_argument("--print", action="store_true", help="print courses and labels")
    options.add_argument("--keep", type=Path, help="keep what was measured there, and do not train again what is there: to try other rules")
    o = options.parse_args()
    only = set(filter(None, o.only.split(",")))
    for corpus in o.corpus.split(","):
        directory = o.directory / corpus / "corpus"
        file = directory / "labels.json"
        labels = json.loads(file.read_text()) if file.exists() else {}
        for family, (train, runs) in importlib.import_module("families_" + corpus).RUNS.items():
            for name, config in runs.items():
                if only and family not in only and name not in only:
                    continue
                started = time.time()
                kept = o.keep / corpus / f"{name}_s{config['seed']}.pickle" if o.keep else None
                if kept and kept.exists():
                    log = pickle.loads(kept.read_bytes())
                else:
                    log = train(f"{name}_s{config['seed']}", family, **config)
                if kept:
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    kept.write_bytes(pickle.dumps(log))
                log.judge()
                labels[log.name] = log.write(directory)
                print(f"{family:<16} {log.name:<24} {len(log.rows):>6} rows {time.time() - started:6.1f} s", flush=True)
                if o.print:
                    show(log)
                for e in log.events:
                    print("     ", e["signature"], e["onset_step"], e["failure_step"], e["end_step"], *(k for k in ("weak", "ambiguous") if k in e), "|", e["evidence"])
                for e in log.benigns:
                    print("      ok", e["kind"], e["step"], "|", e["note"])
                file.write_text(json.dumps(labels, indent=1))


if __name__ == "__main__":
    main()
