"""Alerts as they come: a stream that starts again when it breaks and tells each change once."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from typing import Any, Callable, Protocol

from .trouble import Trouble

SEVERITIES = ("info", "warning", "critical")

_FIRST_PAUSE_SECONDS = 0.1
_LAST_PAUSE_SECONDS = 5.0
_TOKEN_PAUSE_SECONDS = 30.0
_MAX_INCIDENTS = 10_000


class Alert(dict[str, Any]):
    """
    A change of an incident: the record of docs/wire-format.md, "Alerts and signals". Its fields are attributes as well.

    A number that is not finite is a string, which float() understands. ``str(alert)`` is a line for people.
    """

    id: str
    run: str
    attempt: int
    signature: str
    series: str
    severity: str
    status: str
    onset_step: int
    detected_step: int
    step: int
    ts: int | None
    summary: str
    advice: list[str]
    pages: bool
    muted: bool

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this alert has no {name!r}, only {', '.join(self)}") from None

    def __str__(self) -> str:
        line = f"{self.get('severity', '?').upper()} {self.get('signature')} {self.get('status')}"
        line += f" at step {self.get('step')} of {self.get('run')}: {self.get('summary')}"
        advice = self.get("advice")
        return f"{line}; try: {advice[0]}" if advice else line


class Source(Protocol):
    """Where alerts come from: the gateway, or Kafka."""

    def alerts(self, run: str) -> Iterator[bytes]:
        """
        Records as JSON: first what is known, then what comes; a blank one when nothing came. May end or raise at any
        time.
        """
        ...


def listen(
    source: Source,
    run: str,
    trouble: Trouble,
    over: Callable[[], bool],
    timeout: float | None,
    known_only: bool,
) -> Iterator[Alert]:
    """
    Each change of an incident of the run, once.

    :param over: ends when this says so, though not before what is known was told, if it can be heard now
    :param timeout: ends when no alert came for so many seconds; None for never
    :param known_only: ends when what is known was told, which is tried until it is heard
    """
    told: dict[str, tuple[Any, ...]] = {}
    pause = _FIRST_PAUSE_SECONDS
    heard = time.monotonic()

    def expired() -> bool:
        return timeout is not None and time.monotonic() - heard >= timeout

    while True:
        wait = 0.0
        try:
            for line in source.alerts(run):
                pause = _FIRST_PAUSE_SECONDS
                alert = _read(line)
                if alert is not None and _is_news(alert, run, told):
                    heard = time.monotonic()
                    yield alert
                if expired() or (not line and (known_only or over())):
                    return
        except PermissionError as e:
            trouble.warn("alerts-token", "alerts of %s are not for this token (%.300s); set FORESHOCK_TOKEN", run, e)
            wait = _TOKEN_PAUSE_SECONDS
        except Exception as e:
            if over():
                return
            trouble.warn("alerts", "cannot hear alerts now (%s: %.300s); trying again", type(e).__name__, e)
        again = time.monotonic() + (wait or pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, _LAST_PAUSE_SECONDS)
        while time.monotonic() < again:
            if expired() or over():
                return
            time.sleep(min(0.1, max(0.0, again - time.monotonic())))


def _read(line: bytes) -> Alert | None:
    try:
        record = json.loads(line) if line else None
    except ValueError:
        return None
    return Alert(record) if isinstance(record, dict) else None


def _is_news(alert: Alert, run: str, told: dict[str, tuple[Any, ...]]) -> bool:
    """After a break the latest record of each incident is told again."""
    if alert.get("run") != run:
        return False
    change = (alert.get("status"), alert.get("step"), alert.get("severity"))
    incident = str(alert.get("id"))
    if told.get(incident) == change:
        return False
    told.pop(incident, None)
    told[incident] = change
    if len(told) > _MAX_INCIDENTS:
        del told[next(iter(told))]
    return True
