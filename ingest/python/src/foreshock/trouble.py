"""Warnings that do not flood the log of a training run."""

from __future__ import annotations

import logging
import time

LOG = logging.getLogger("foreshock")

_AGAIN_SECONDS = 60.0
_MAX_NAMES = 1_000


class Trouble:
    """
    Says each kind of trouble once, then at most once a minute; and about each metric once.

    Has no lock: two threads at the same moment may say a thing twice, and a fork finds nothing held.
    """

    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._names: set[str] = set()

    def warn(self, kind: str, message: str, *args: object) -> None:
        """Logs a warning unless one of this kind was logged within the last minute."""
        now = time.monotonic()
        last = self._said.get(kind)
        if last is None or now - last >= _AGAIN_SECONDS:
            self._said[kind] = now
            LOG.warning(message, *args)

    def metric(self, name: str, why: str) -> None:
        """Logs once that this metric is left out; of very many names only the first thousand."""
        if name not in self._names and len(self._names) < _MAX_NAMES:
            self._names.add(name)
            LOG.warning("metric %.80r is left out: %.200s", name, why)
