"""
Foreshock's client: sends a training run's metrics, and hears when the run is about to go unstable.

    import foreshock

    with foreshock.init(run="llama-7b-3"):
        for step in range(steps):
            ...
            foreshock.log({"loss": loss, "grad_norm": grad_norm}, step=step)

Only :func:`init` raises, and only for wrong arguments. Afterwards nothing gets in the way of training, whether or not
there is a gateway. Logs under the name "foreshock".
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Mapping
from typing import Any

from . import environment
from .alert import Alert, listen
from .gateway import Gateway
from .limits import MAX_ATTEMPTS, MAX_RANKS, MAX_RUN_CHARS, name_trouble
from .outbox import Stats
from .run import Link, Run
from .trouble import Trouble

__all__ = ["Alert", "Run", "Stats", "alerts", "current", "finish", "init", "log", "watch"]

DEFAULT_URL = "http://127.0.0.1:8088"

# An event may take this much before it is encoded, a list's numbers being objects.
_LEAST_BUFFER_BYTES = 8 * 1024 * 1024

_run: Run | None = None
_trouble = Trouble()


def init(
    run: str | None = None,
    url: str | None = None,
    bootstrap_servers: str | None = None,
    token: str | None = None,
    *,
    rank: int | None = None,
    attempt: int | None = None,
    topic: str = "foreshock.telemetry",
    buffer_events: int = 100_000,
    buffer_bytes: int = 32 * 1024 * 1024,
    timeout: float = 5.0,
) -> Run:
    """
    Begins to report a run; an earlier one is finished first. Returns at once, whether or not there is a gateway.

    :param run: its id; else FORESHOCK_RUN, WANDB_NAME, the launcher's name of the job, or one made of script and time
    :param url: of the gateway; else FORESHOCK_URL, else http://127.0.0.1:8088
    :param bootstrap_servers: Kafka brokers instead of a gateway, HOST:PORT with commas between; else, where no url is
        given, FORESHOCK_BOOTSTRAP_SERVERS
    :param token: for the gateway; else FORESHOCK_TOKEN. FORESHOCK_CA_FILE names certificates for https
    :param rank: of this process, 0 to 1,048,575; else RANK, SLURM_PROCID, OMPI_COMM_WORLD_RANK or PMI_RANK, else 0
    :param attempt: how often the run was resumed before; else TORCHELASTIC_RESTART_COUNT or SLURM_RESTART_COUNT, else 0
    :param topic: for bootstrap_servers
    :param buffer_events: events held at most while the gateway is away, at least 2; the oldest goes then
    :param buffer_bytes: memory for them, at least 8 MiB
    :param timeout: seconds that finish() and the exit of the process wait at most for what is not sent yet
    :raises ValueError: for a wrong argument or variable, named with its value and what it should be

    With FORESHOCK_DISABLED=1 everything does nothing.
    """
    global _run
    if url is not None and bootstrap_servers is not None:
        raise ValueError("give either url (a gateway) or bootstrap_servers (Kafka brokers), not both")
    rank = environment.rank() if rank is None else _whole("rank", rank, 0, MAX_RANKS - 1)
    attempt = environment.attempt() if attempt is None else _whole("attempt", attempt, 0, MAX_ATTEMPTS - 1)
    world_size = environment.world_size()
    name = _run_id(environment.run_name(world_size) if run is None else run)
    _whole("buffer_events", buffer_events, 2, 1_000_000_000)
    _whole("buffer_bytes", buffer_bytes, _LEAST_BUFFER_BYTES, 2**62)
    if not 0 <= timeout < float("inf"):
        raise ValueError(f"timeout must be seconds, 0 or more, got {timeout!r}")
    link, where = (None, "disabled") if environment.disabled() else _link(name, url, bootstrap_servers, token, topic)
    if _run is not None:
        _run.finish()
    _run = Run(name, link, where, rank, world_size, attempt, buffer_events, buffer_bytes, timeout)
    return _run


def current() -> Run | None:
    """The run that :func:`init` began and that is not finished; None without one."""
    return None if _run is None or _run.finished else _run


def log(metrics: Mapping[str, Any], step: int | None = None) -> None:
    """Reports metrics of a step of the run that :func:`init` began; see :meth:`Run.log`."""
    if _run is None:
        _trouble.warn("init", "foreshock.log() before foreshock.init() does nothing")
    else:
        _run.log(metrics, step)


def finish(status: str = "finished", timeout: float | None = None) -> None:
    """Says that the run is over, and sends what is left; see :meth:`Run.finish`."""
    if _run is not None:
        _run.finish(status, timeout)


def alerts(run: str | None = None, *, timeout: float | None = None, follow: bool = True) -> Iterator[Alert]:
    """
    The alerts of a run: first the latest record of each incident that is known, then each change as it comes.

    Goes on through broken connections. Ends when the run was finished in this process.

    :param run: else the run that :func:`init` began; ValueError without one
    :param timeout: ends as well when no alert came for so many seconds
    :param follow: False ends when all that is known was told; it is tried until it is heard, unless there is a timeout

    The end is found at the next sign of the gateway's, which gives one every 10 s.
    """
    if _run is not None:
        return _run.alerts(None if run is None else _run_id(run), timeout, follow)
    if run is None:
        raise ValueError("run must be named, or begun with foreshock.init()")
    link, _ = _link(_run_id(run), None, None, None, "")
    return listen(link, run, _trouble, lambda: False, timeout, not follow)


def watch(*args: Any, **options: Any) -> Any:
    """Measures what frameworks do not log, such as attention logits; see foreshock.torch.watch."""
    from .torch import watch as watch_torch

    return watch_torch(*args, **options)


def _link(run: str, url: str | None, bootstrap_servers: str | None, token: str | None, topic: str) -> tuple[Link, str]:
    url = url or (None if bootstrap_servers else os.environ.get("FORESHOCK_URL")) or None
    if url is None:
        bootstrap_servers = bootstrap_servers or os.environ.get("FORESHOCK_BOOTSTRAP_SERVERS") or None
    if bootstrap_servers is not None:
        from .kafka import Kafka

        return Kafka(bootstrap_servers, topic, run), bootstrap_servers
    gateway = Gateway(url or DEFAULT_URL, token or os.environ.get("FORESHOCK_TOKEN") or None)
    return gateway, gateway.url


def _run_id(run: str) -> str:
    if not isinstance(run, str):
        raise ValueError(f"run must be a string, got {run!r}")
    trouble = name_trouble(run, MAX_RUN_CHARS) or (None if run.strip() else "is blank")
    if trouble:
        raise ValueError(f"run must be 1 to {MAX_RUN_CHARS} printable characters, got {run[:80]!r}, which {trouble}")
    return run


def _whole(name: str, value: int, least: int, largest: int) -> int:
    if not isinstance(value, int) or not least <= value <= largest:
        raise ValueError(f"{name} must be an integer from {least} to {largest}, got {value!r}")
    return value


@atexit.register
def _at_exit() -> None:
    if _run is not None:
        _run.leave()
