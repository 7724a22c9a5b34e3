"""A training run that reports."""

from __future__ import annotations

import operator
import os
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Callable, Protocol

from .alert import SEVERITIES, Alert, Source, listen
from .capture import EVENT_BYTES, capture
from .encode import Encoder
from .limits import MAX_STEP
from .outbox import Event, Outbox, Stats
from .sender import Sender, Transport
from .trouble import LOG, Trouble

STATUSES = ("finished", "failed", "stopped")


class Link(Transport, Source, Protocol):
    """Both directions: telemetry out, alerts in."""


class Run:
    """
    What :func:`foreshock.init` returns. Used in a ``with`` block it ends as finished, or as failed on an exception.

    Nothing here raises into training, waits for the network, or fails for want of a gateway. Thread-safe. In a process
    forked from the one that made it, and as a copy, it is silent.

    name: the run's id. where: the address of the gateway or brokers. rank, attempt: as sent. world_size: as found.
    """

    def __init__(
        self,
        name: str,
        link: Link | None,
        where: str,
        rank: int,
        world_size: int,
        attempt: int,
        buffer_events: int,
        buffer_bytes: int,
        timeout: float,
    ) -> None:
        """Without a link it does nothing at all."""
        self.name = name
        self.where = where
        self.rank = rank
        self.world_size = world_size
        self.attempt = attempt
        self._link = link
        self._timeout = timeout
        self._began = int(time.time() * 1000)
        self._trouble = Trouble()
        self._outbox = Outbox(buffer_events, buffer_bytes)
        self._sender: threading.Thread | None = None
        self._starting = threading.RLock()
        self._last_step = -1
        self._silent = link is None
        self._finished = False
        if link is not None:
            _live.add(self)

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {self.where!r}, rank={self.rank}, attempt={self.attempt})"

    def log(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """
        Reports metrics of a step; takes microseconds, and sends later.

        Values are numbers, arrays and tensors, lists (a number a layer), lists of lists (a list a layer, a number a
        head), or mappings of these, whose names are joined with "/". NaN and infinities are evidence and are sent. None
        is absent. What cannot be sent is counted as skipped and named once in a warning.

        :param step: 0 or more; without it the step after the last one
        """
        self._log(metrics, step, counts=True)

    def log_beside(self, metrics: Mapping[str, Any], step: int) -> None:
        """As :meth:`log`, for what is measured beside the training loop: the steps that log() counts go on without."""
        self._log(metrics, step, counts=False)

    def _log(self, metrics: Mapping[str, Any], step: int | None, counts: bool) -> None:
        if self._silent or self._finished:
            self._unheard()
            return
        try:
            number = self._last_step + 1 if step is None else _step(step)
            taken, size = capture(metrics, self._skip)
            if counts:
                self._last_step = number
            if self._outbox.add(Event(size, number, int(time.time() * 1000), taken)) and self._sender is None:
                self._start()
        except Exception as e:
            self._outbox.skip()
            self._trouble.warn("log", "log() could not take what it was given: %.300s", e)

    def finish(self, status: str = "finished", timeout: float | None = None) -> None:
        """
        Says that the run is over (only rank 0 does), and waits until all is sent. Once is enough.

        :param status: finished, failed or stopped; anything else is a failure, with a warning
        :param timeout: seconds to wait at most; else that of :func:`foreshock.init`
        """
        if self._finished or self._silent:
            self._finished = True
            return
        if status not in STATUSES:
            self._trouble.warn("status", "status must be one of %s, got %.80r", ", ".join(STATUSES), status)
            status = "failed"
        self._finish(status, timeout)

    @property
    def finished(self) -> bool:
        """Whether :meth:`finish` was called; what is logged after that is not sent."""
        return self._finished

    def on_alert(self, fn: Callable[[Alert], object], severity: str = "critical") -> None:
        """
        Calls ``fn`` in a thread of its own with each alert of this run from now on that is open and at least that
        grave, again with each update. Not with what was muted, nor with what an earlier attempt left behind.

        :param severity: info, warning or critical; ValueError otherwise
        """
        if severity not in SEVERITIES:
            raise ValueError(f"severity must be one of {', '.join(SEVERITIES)}, got {severity!r}")
        if not (self._silent or self._finished):
            listener = threading.Thread(target=self._listen, args=(fn, severity), name="foreshock-alerts", daemon=True)
            try:
                listener.start()
            except RuntimeError as e:
                self._trouble.warn("thread", "cannot start the thread that hears alerts: %s", e)

    def alerts(self, run: str | None = None, timeout: float | None = None, follow: bool = True) -> Iterator[Alert]:
        """The alerts of this run, or of another one that the same gateway knows; see :func:`foreshock.alerts`."""
        name = run or self.name
        if self._link is None:
            return iter(())
        return listen(
            self._link, name, self._trouble, lambda: self._finished and name == self.name, timeout, not follow
        )

    def stats(self) -> Stats:
        """What became of the events so far."""
        return self._outbox.stats()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish("finished" if kind is None else "failed")

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy, or what a worker process is given: it knows its name and is silent.
        return _silent, (self.name, self.where, self.rank, self.world_size, self.attempt)

    def leave(self) -> None:
        """Sends what is left, as at exit: whether the run ended well is not known, so nothing is said about it."""
        if not (self._finished or self._silent):
            self._finish(None, None)

    def _finish(self, status: str | None, timeout: float | None) -> None:
        self._finished = True
        try:
            if status is not None and self.rank == 0:
                self._outbox.add(Event(EVENT_BYTES, None, int(time.time() * 1000), {}, status))
                if self._sender is None:
                    self._start()
            self._outbox.close(self._timeout if timeout is None else max(0.0, float(timeout)))
            stats = self._outbox.stats()
            if stats.dropped or stats.rejected or stats.skipped:
                LOG.warning(
                    "%s: of %d event(s) %d were dropped and %d rejected, %d value(s) skipped; last error: %s",
                    self.name,
                    stats.accepted,
                    stats.dropped,
                    stats.rejected,
                    stats.skipped,
                    stats.last_error,
                )
        except Exception as e:
            self._trouble.warn("finish", "finish() failed: %.300s", e)

    def _start(self) -> None:
        with self._starting:
            if self._sender is None and self._link is not None:
                encoder = Encoder(self.name, self.rank, self.attempt, self._skip)
                sender = Sender(self._outbox, encoder, self._link, self.where, self._trouble)
                # Known before it starts: a signal handler that logs in between must not start another.
                self._sender = threading.Thread(target=sender.run, name="foreshock-sender", daemon=True)
                try:
                    self._sender.start()
                except RuntimeError as e:
                    # The interpreter is shutting down, or there are too many threads.
                    self._outbox.abandon()
                    self._trouble.warn("thread", "cannot start the thread that sends telemetry: %s", e)

    def _listen(self, fn: Callable[[Alert], object], severity: str) -> None:
        grave = SEVERITIES[SEVERITIES.index(severity) :]
        for alert in self.alerts():
            if self._finished:
                return
            if alert.get("severity") in grave and alert.get("status") != "resolved" and self._is_about_now(alert):
                try:
                    fn(alert)
                except Exception:
                    LOG.exception("the function given to on_alert failed on: %s", alert)

    def _is_about_now(self, alert: Alert) -> bool:
        ts = alert.get("ts")
        earlier = alert.get("attempt", 0) < self.attempt or (ts is not None and ts < self._began)
        return not (earlier or alert.get("muted"))

    def _skip(self, name: str, why: str) -> None:
        self._outbox.skip()
        self._trouble.metric(name, why)

    def _unheard(self) -> None:
        if self._finished and not self._silent:
            self._trouble.warn("over", "run %s is finished; what is logged after that is not sent", self.name)

    def _silence(self) -> None:
        self._silent = True
        self._link = None
        self._starting = threading.RLock()
        self._outbox.silence()


def _step(step: Any) -> int:
    # Of a bool index() may be a bool, which is no number in JSON.
    number = int(step if isinstance(step, float) and step.is_integer() else operator.index(step))
    if not 0 <= number <= MAX_STEP:
        raise ValueError(f"step must be an integer from 0 to 2^63-1, got {number}")
    return number


def _silent(name: str, where: str, rank: int, world_size: int, attempt: int) -> Run:
    return Run(name, None, where, rank, world_size, attempt, 2, 1, 0.0)


_live: weakref.WeakSet[Run] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    """A worker of a data loader, most likely: what waits here is the parent's to send, and its threads are not here."""
    for run in list(_live):
        run._silence()
        LOG.debug("process %d was forked from the one that reports %s; it reports nothing", os.getpid(), run.name)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
