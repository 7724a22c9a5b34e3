"""What the callbacks of all trainers share: a run that begins and ends with the training, watched and heard."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from typing import Any, Callable

import foreshock

from .trouble import LOG

ACTIONS = ("stop", "checkpoint")


class Reporting:
    """
    :param run: its id; or a Run that was begun already and is left open at the end; or None: the one that
        ``foreshock.init`` began, and without one a new one under the trainer's name for it
    :param watch: whether to watch the model (see :func:`foreshock.watch`), or every how many steps
    :param on_critical: what to do at the end of the step that finds a critical alert: "stop", "checkpoint", a function
        that takes the alert, or None
    :raises ValueError: for arguments that make no sense
    """

    def __init__(self, run: Any, watch: bool | int, on_critical: str | Callable[[Any], object] | None) -> None:
        if run is not None and not isinstance(run, (str, foreshock.Run)):
            raise ValueError(f"run must be a name or what foreshock.init returned, got {run!r}")
        if not isinstance(watch, int) or watch < 0:
            raise ValueError(f"watch must be True, False or a number of steps, got {watch!r}")
        if on_critical is not None and on_critical not in ACTIONS and not callable(on_critical):
            raise ValueError(f'on_critical must be "stop", "checkpoint", a function or None, got {on_critical!r}')
        self._asked = run
        self._watch_every = watch
        self._on_critical = on_critical
        self._run: Any = None
        self._ours = False
        self._watch: Any = None
        self._alerts: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.stopped = False

    @property
    def action(self) -> str | None:
        """What is to be done to the training on a critical alert: "stop", "checkpoint" or nothing."""
        return self._on_critical if isinstance(self._on_critical, str) else None

    def begin(self, name: str, model: Any) -> None:
        """:param name: what the trainer calls the run"""
        self.stopped = False
        run = foreshock.current() if self._asked is None else self._asked
        self._ours = not isinstance(run, foreshock.Run)
        self._run = foreshock.init(run=run or name) if self._ours else run
        if self._watch_every:
            # True is the number 1, and means the usual number of steps.
            every = {} if self._watch_every is True else {"every": self._watch_every}
            self._watch = foreshock.watch(model, run=self._run, **every)
        if self._on_critical is not None:
            self._run.on_alert(self._alerts.put)

    def step(self, step: int) -> None:
        """A step begins; this is the number that the trainer logs it under."""
        if self._watch is not None:
            self._watch.step = step

    def log(self, metrics: Mapping[str, Any], step: int) -> None:
        """Reports what of it is numbers."""
        if self._run is not None:
            self._run.log({name: value for name, value in metrics.items() if hasattr(value, "__float__")}, step=step)

    def critical(self) -> bool:
        """Asked at the end of a step: whether the action is due now. A function is called here."""
        due = False
        while not self._alerts.empty():
            alert = self._alerts.get()
            if callable(self._on_critical):
                try:
                    self._on_critical(alert)
                except Exception:
                    LOG.exception("on_critical failed on: %s", alert)
            else:
                due = True
                LOG.warning("critical alert, hence %s: %s", self.action, alert.get("summary"))
        self.stopped = self.stopped or (due and self.action == "stop")
        return due

    def end(self, status: str) -> None:
        """:param status: finished, failed or stopped"""
        if self._watch is not None:
            self._watch.close()
        if self._run is not None and self._ours:
            self._run.finish(status)
        self._run = self._watch = None
