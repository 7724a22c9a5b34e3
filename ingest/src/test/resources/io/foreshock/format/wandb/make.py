"""Writes the transaction logs beside this script, with the version of wandb that runs it.

    for v in 0.16.6 0.31.0; do python3 -m venv venv-$v && venv-$v/bin/pip install wandb==$v numpy 'setuptools<81'
        venv-$v/bin/python make.py; done

Nothing of the machine goes in: no statistics, no metadata, a host name of our own.
"""

import gzip
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import wandb

HERE = Path(__file__).parent
PYTHON_WRITER = wandb.__version__.startswith("0.16.")
START = 1763870000.125


def init(run_id, **kwargs):
    quiet = {"_disable_stats": True, "_disable_meta": True}
    if not PYTHON_WRITER:
        quiet = {"x_disable_stats": True, "x_disable_meta": True, "x_disable_machine_info": True}
        if run_id == "typed":
            quiet["x_history_value_encoding"] = "json,typed"
    settings = wandb.Settings(console="off", host="host", disable_git=True, program="train.py", **quiet)
    return wandb.init(project="foreshock", id=run_id, mode="offline", dir=os.environ["OUT"], settings=settings, **kwargs)


def trainer(run_id):
    """Steps given by the caller, dicts, what is no number, a secret in the configuration; it ends as it should."""
    run = init(run_id, name="llama 7b #3", config={"api_key": "hunter2"})
    for step in range(4):
        bad = [1, 1e-300, math.nan, -math.inf][step]
        row = {"train/loss": 3.0 - 0.25 * step, "bad": bad, "nested": {"a": 1.5, "b": {"c": step}}, "count": 2**40}
        other = {"text": "NaN", "flag": True, "list": [1, 2, 3], "none": None, "hist": wandb.Histogram([1, 2, 3])}
        run.log({**row, **other, "_timestamp": START + step}, step=10 * step)
    run.log({"hist": wandb.Histogram([1, 2, 3])}, step=40)
    run.finish()


def typed(run_id):
    trainer(run_id)


def axis(run_id):
    """Hugging Face's and Lightning's way: the step of training is a metric, and is declared the axis of all others."""
    run = init(run_id)
    run.define_metric("train/global_step")
    run.define_metric("*", step_metric="train/global_step", step_sync=True)
    for step in (100, 200):
        run.log({"train/loss": 300.0 / step, "train/global_step": step, "_timestamp": START + step})
        run.log({"eval/loss": 400.0 / step, "train/global_step": step, "_timestamp": START + step + 1})
    run.log({"train/runtime": 201.5, "_timestamp": START + 203})
    run.finish()


def crashed(run_id):
    run = init(run_id)
    run.log({"loss": 2.0, "_timestamp": START})
    run.finish(exit_code=1)


def killed(run_id):
    """The process is gone before it could say anything."""
    run = init(run_id)
    for step in range(200):
        run.log({"loss": 2.0, "_timestamp": START + step})
    os._exit(9)


def blocks(run_id):
    """A record longer than two blocks between two short ones."""
    run = init(run_id)
    run.log({"loss": 3.0, "_timestamp": START})
    run.log({"loss": 2.0, "_timestamp": START + 1, "text": "x" * 80_000})
    run.log({"loss": 1.0, "_timestamp": START + 2})
    run.finish()


RUNS = [trainer, axis, crashed, killed, blocks] + ([] if PYTHON_WRITER else [typed])


def main():
    if len(sys.argv) == 2:
        {run.__name__: run for run in RUNS}[sys.argv[1]](sys.argv[1])
        return
    folder = HERE / wandb.__version__
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for run in RUNS:
        with tempfile.TemporaryDirectory() as out:
            # A process each: wandb keeps a service beside it.
            subprocess.run([sys.executable, __file__, run.__name__], env={**os.environ, "OUT": out})
            (written,) = Path(out).glob("wandb/offline-run-*/run-*.wandb")
            data = written.read_bytes()
            name = f"run-{run.__name__}.wandb"
            if len(data) > 32 * 1024:
                (folder / (name + ".gz")).write_bytes(gzip.compress(data, mtime=0))
            else:
                (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
