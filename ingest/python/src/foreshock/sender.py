"""The thread that takes events out of the outbox to the gateway or to Kafka, for as long as it takes."""

from __future__ import annotations

import random
import time
import uuid
from collections import deque
from typing import Protocol

from .answer import Again, Answer, Forbidden, Refused, Taken, TooLarge
from .encode import Encoder
from .outbox import Outbox
from .trouble import LOG, Trouble

_FIRST_PAUSE_SECONDS = 0.1
_LAST_PAUSE_SECONDS = 5.0
_TOKEN_PAUSE_SECONDS = 30.0

# Events encoded between two batches at most: a burst of log() must not keep what is encoded from going out.
_TURN_EVENTS = 2_000


class Transport(Protocol):
    """Where batches go. Used by the sender's thread alone."""

    def send(self, batch: list[bytes], key: str) -> Answer: ...

    def close(self) -> None: ...


class Batch:
    """Events that are sent together; each try has the same key."""

    def __init__(self, events: list[bytes]) -> None:
        self.events = events
        self.key = uuid.uuid4().hex


class Sender:
    """Encodes and sends until the outbox is closed. Nothing that happens to it reaches the training thread."""

    def __init__(self, outbox: Outbox, encoder: Encoder, transport: Transport, where: str, trouble: Trouble) -> None:
        self._outbox = outbox
        self._encoder = encoder
        self._transport = transport
        self._where = where
        self._trouble = trouble
        # Parts of the one batch in flight; more than one only after it was too large.
        self._batches: deque[Batch] = deque()
        self._retry_at = 0.0
        self._pause = _FIRST_PAUSE_SECONDS
        self._away = False
        self._hurried = False
        self._dropped = 0

    def run(self) -> None:
        """The thread's body."""
        try:
            while self._outbox.wait(self._retry_at):
                self._turn()
        except Exception as e:
            LOG.exception("the sender of telemetry failed; nothing more is sent, training goes on")
            self._outbox.last_error = f"{type(e).__name__}: {e}"
        finally:
            self._outbox.abandon()
            self._transport.close()

    def _turn(self) -> None:
        self._encode()
        if not self._batches:
            events = self._outbox.take()
            if not events:
                return
            self._batches.append(Batch(events))
        if self._outbox.closing and not self._hurried:
            # The end does not wait for a pause that began before it.
            self._hurried = True
            self._retry_at = 0.0
        if time.monotonic() >= self._retry_at:
            self._send()

    def _encode(self) -> None:
        for _ in range(_TURN_EVENTS):
            event = self._outbox.first_fresh()
            if event is None:
                break
            self._outbox.encoded(event, self._encoder.encode(event, self._outbox.dropped))
        if self._outbox.dropped > self._dropped:
            self._dropped = self._outbox.dropped
            why = self._outbox.last_error or "events come faster than they can be sent"
            self._trouble.warn("dropped", "%d event(s) were dropped so far (%.300s)", self._dropped, why)

    def _send(self) -> None:
        batch = self._batches[0]
        answer = self._transport.send(batch.events, batch.key)
        if isinstance(answer, Taken):
            self._taken(batch, answer)
        elif isinstance(answer, Again):
            self._again(answer)
        elif isinstance(answer, Forbidden):
            self._forbidden(answer)
        elif isinstance(answer, TooLarge) and len(batch.events) > 1:
            self._batches.popleft()
            middle = len(batch.events) // 2
            self._batches.extendleft([Batch(batch.events[middle:]), Batch(batch.events[:middle])])
        else:
            self._refused(batch, answer)

    def _taken(self, batch: Batch, answer: Taken) -> None:
        if self._away:
            LOG.info("%s takes telemetry again", self._where)
            self._away = False
        self._pause = _FIRST_PAUSE_SECONDS
        rejected = min(answer.rejected, len(batch.events))
        if rejected:
            self._outbox.last_error = f"rejected: {answer.detail}"
            self._trouble.warn("rejected", "%s rejected %d event(s): %.300s", self._where, rejected, answer.detail)
        self._done(batch, len(batch.events) - rejected, rejected)

    def _again(self, answer: Again) -> None:
        self._away = True
        self._outbox.last_error = answer.reason
        self._trouble.warn(
            "away",
            "%s does not take telemetry now (%.300s); training goes on, events wait in memory",
            self._where,
            answer.reason,
        )
        # Somewhat at random, so that the ranks of a large run do not all come back in the same moment.
        if answer.after is None:
            self._later(self._pause * random.uniform(0.5, 1.0))
        else:
            self._later(answer.after * random.uniform(1.0, 1.25))
        self._pause = min(self._pause * 2, _LAST_PAUSE_SECONDS)

    def _forbidden(self, answer: Forbidden) -> None:
        self._away = True
        self._outbox.last_error = answer.reason
        self._trouble.warn(
            "token",
            "%s does not accept the token (%.300s); set FORESHOCK_TOKEN to one that is good for this run. "
            "Training goes on, events wait in memory",
            self._where,
            answer.reason,
        )
        self._later(_TOKEN_PAUSE_SECONDS)

    def _refused(self, batch: Batch, answer: Refused | TooLarge) -> None:
        self._outbox.last_error = answer.reason
        self._trouble.warn(
            "refused", "%s refused %d event(s) for good: %.300s", self._where, len(batch.events), answer.reason
        )
        self._done(batch, 0, 0)

    def _done(self, batch: Batch, sent: int, rejected: int) -> None:
        self._batches.popleft()
        self._outbox.settle(batch.events, sent, rejected)

    def _later(self, pause: float) -> None:
        self._retry_at = time.monotonic() + pause
        if self._outbox.hopeless(self._retry_at):
            self._outbox.abandon()
