"""Events on their way out: a buffer with a bound, out of which the oldest goes when it is full."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any, NamedTuple

BATCH_EVENTS = 500
BATCH_BYTES = 512 * 1024
LINGER_SECONDS = 0.2

# What Python adds to the bytes of an encoded event.
_OBJECT_BYTES = 48


class Event(NamedTuple):
    """What log() took, not yet encoded; of the given size in bytes, about."""

    size: int
    step: int | None
    ts: int
    metrics: dict[str, Any]
    end: str | None = None


class Stats(NamedTuple):
    """
    What became of the events so far: ``accepted = sent + dropped + rejected + buffered``.

    accepted: events that log() took. sent: acknowledged. dropped: given up, because the buffer was full, the gateway
    refused them for good, or time was up at the end. rejected: not understood by the gateway, each with a reason.
    skipped: single values, or calls of log(), that could not be sent at all. buffered, buffered_bytes: waiting or in
    flight. last_error: what last went wrong, or None.
    """

    accepted: int
    sent: int
    dropped: int
    rejected: int
    skipped: int
    buffered: int
    buffered_bytes: int
    last_error: str | None


class Outbox:
    """
    An event is fresh as it was captured, then ready when it is encoded, then in flight until it is acknowledged. All
    three count for the bound. What is in flight is one batch, and past dropping.

    The training thread calls :meth:`add` and :meth:`close`, the sender all else.
    """

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._batch_events = min(BATCH_EVENTS, max_events // 2)
        # The thread that has its lock may take it again: a signal handler may log or finish in the midst of a log().
        self._changed = threading.Condition()
        self._fresh: deque[Event] = deque()
        self._ready: deque[bytes] = deque()
        self._in_flight = 0
        self._in_flight_bytes = 0
        self._waiting_bytes = 0
        self._closing = False
        self._deadline = 0.0
        self._closed = False
        self._accepted = 0
        self._sent = 0
        self._rejected = 0
        self._skipped = 0
        self.dropped = 0
        self.last_error: str | None = None

    def add(self, event: Event) -> bool:
        """Takes an event; returns whether it was, which it is not after the close."""
        with self._changed:
            if self._closing:
                return False
            self._accepted += 1
            self._fresh.append(event)
            self._waiting_bytes += event.size
            self._trim()
            # Only when the sender sleeps for want of events, or when a batch is full; else it wakes up by itself.
            waiting = len(self._fresh)
            if waiting == 1 or waiting == self._batch_events:
                self._changed.notify_all()
            return True

    def skip(self) -> None:
        with self._changed:
            self._skipped += 1

    def _trim(self) -> None:
        while self._buffered() > self._max_events or self._waiting_bytes + self._in_flight_bytes > self._max_bytes:
            if self._ready:
                self._waiting_bytes -= len(self._ready.popleft()) + _OBJECT_BYTES
            elif self._fresh:
                self._waiting_bytes -= self._fresh.popleft().size
            else:
                break
            self.dropped += 1

    def _buffered(self) -> int:
        return len(self._fresh) + len(self._ready) + self._in_flight

    def wait(self, retry_at: float) -> bool:
        """
        Waits until there is something to do: events to encode, a batch to send, or one to send again at ``retry_at``
        (monotonic seconds). Returns False when all is over.
        """
        with self._changed:
            if self._in_flight:
                # Not for each event that comes meanwhile: they are encoded together. But at once when it closes.
                until = min(retry_at, time.monotonic() + LINGER_SECONDS)
                closing = self._closing
                while not self._closed and self._closing == closing and time.monotonic() < until:
                    self._changed.wait(until - time.monotonic())
            else:
                while not self._closing and not self._fresh and not self._ready:
                    self._changed.wait()
                full = time.monotonic() + LINGER_SECONDS
                while not self._closing and not self._ready and len(self._fresh) < self._batch_events:
                    pause = full - time.monotonic()
                    if pause <= 0:
                        break
                    self._changed.wait(pause)
            return not self._closed and not (self._closing and self._buffered() == 0)

    def first_fresh(self) -> Event | None:
        """The oldest event that is to be encoded; it stays until :meth:`encoded`."""
        with self._changed:
            return self._fresh[0] if self._fresh else None

    def encoded(self, event: Event, data: bytes) -> None:
        """The event's bytes take its place, unless it was dropped meanwhile."""
        with self._changed:
            if self._fresh and self._fresh[0] is event:
                self._fresh.popleft()
                self._ready.append(data)
                self._waiting_bytes += len(data) + _OBJECT_BYTES - event.size
                self._trim()

    def take(self) -> list[bytes]:
        """The next batch, possibly empty, which is in flight from now on."""
        with self._changed:
            batch: list[bytes] = []
            size = 0
            while self._ready and len(batch) < self._batch_events:
                if batch and size + len(self._ready[0]) > BATCH_BYTES:
                    break
                event = self._ready.popleft()
                batch.append(event)
                size += len(event)
            cost = size + len(batch) * _OBJECT_BYTES
            self._waiting_bytes -= cost
            self._in_flight = len(batch)
            self._in_flight_bytes = cost
            return batch

    def settle(self, events: list[bytes], sent: int = 0, rejected: int = 0) -> None:
        """These events of the batch in flight are done with; those neither sent nor rejected are dropped."""
        with self._changed:
            if self._closed:
                return
            self._in_flight -= len(events)
            self._in_flight_bytes -= sum(map(len, events)) + len(events) * _OBJECT_BYTES
            self._sent += sent
            self._rejected += rejected
            self.dropped += len(events) - sent - rejected
            self._changed.notify_all()

    def hopeless(self, retry_at: float) -> bool:
        """Whether a retry at that time would come after the end."""
        with self._changed:
            return self._closed or (self._closing and retry_at >= self._deadline)

    def close(self, timeout: float) -> None:
        """Waits at most so many seconds until everything is out, then drops the rest."""
        self._deadline = time.monotonic() + timeout
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            while not self._closed and self._buffered():
                pause = self._deadline - time.monotonic()
                if pause <= 0:
                    break
                self._changed.wait(pause)
        self.abandon()

    @property
    def closing(self) -> bool:
        return self._closing

    def abandon(self) -> None:
        """Drops what is left, and takes nothing more."""
        with self._changed:
            self.dropped += self._buffered()
            self._fresh.clear()
            self._ready.clear()
            self._in_flight = self._in_flight_bytes = self._waiting_bytes = 0
            self._closing = self._closed = True
            self._changed.notify_all()

    def silence(self) -> None:
        """For the child of a fork: forgets all, which the parent sends. A thread that is not here may hold the lock."""
        self._changed = threading.Condition()
        self._fresh.clear()
        self._ready.clear()
        self._in_flight = self._in_flight_bytes = self._waiting_bytes = 0
        self._closing = self._closed = True

    def stats(self) -> Stats:
        with self._changed:
            return Stats(
                self._accepted,
                self._sent,
                self.dropped,
                self._rejected,
                self._skipped,
                self._buffered(),
                self._waiting_bytes + self._in_flight_bytes,
                self.last_error,
            )
