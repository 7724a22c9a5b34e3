"""What the launcher of a training process tells it: rank, size, attempt, name."""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
from pathlib import Path

from .limits import MAX_ATTEMPTS, MAX_RANKS

_RANK = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
_WORLD_SIZE = ("WORLD_SIZE", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
_ATTEMPT = ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT")


def disabled() -> bool:
    return os.environ.get("FORESHOCK_DISABLED", "").strip().lower() not in ("", "0", "false", "no")


def rank() -> int:
    """The rank of this process, 0 without a launcher. Raises ValueError if the launcher's is none."""
    return _number(_RANK, 0, MAX_RANKS - 1)


def world_size() -> int:
    """How many processes train together, 1 without a launcher."""
    return _number(_WORLD_SIZE, 1, MAX_RANKS)


def attempt() -> int:
    """How often the launcher restarted this run."""
    return _number(_ATTEMPT, 0, MAX_ATTEMPTS - 1)


def run_name(world_size: int) -> str:
    """
    FORESHOCK_RUN, WANDB_NAME, what the launcher calls the job, or a name made of the script and the time.

    Raises ValueError where several processes would each make up a name of their own.
    """
    for variable in ("FORESHOCK_RUN", "WANDB_NAME"):
        name = os.environ.get(variable, "").strip()
        if name:
            return name
    script = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(sys.argv[0] or "").stem).strip("-") or "run"
    job = os.environ.get("SLURM_JOB_ID")
    if job:
        return f"{os.environ.get('SLURM_JOB_NAME') or script}-{job}"
    launch = os.environ.get("TORCHELASTIC_RUN_ID", "none")
    if launch != "none":
        return f"{script}-{launch[:8]}"
    if world_size > 1:
        raise ValueError(
            f"run must be named where {world_size} processes train together, or each would make up a name of its own; "
            "call foreshock.init(run=...) or set FORESHOCK_RUN"
        )
    return f"{script}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def _number(variables: tuple[str, ...], default: int, largest: int) -> int:
    for variable in variables:
        text = os.environ.get(variable)
        if text:
            if not text.isdecimal() or int(text) > largest:
                raise ValueError(f"{variable} must be an integer from 0 to {largest}, got {text!r}")
            return int(text)
    return default
