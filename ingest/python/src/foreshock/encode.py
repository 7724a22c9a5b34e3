"""From captured values to the bytes of an event, as docs/wire-format.md has it. Runs in the sender's thread."""

from __future__ import annotations

import json
import math
from typing import Any

from .capture import Skip
from .limits import MAX_EVENT_BYTES, name_trouble
from .outbox import Event

_MAX_NAMES = 10_000
_MAX_INT = 2**63
_FLOATS = frozenset((float,))


class Encoder:
    """
    Encodes the events of one rank of one run. For one thread.

    :param skip: is told the name of each metric that cannot be sent, and why
    """

    def __init__(self, run: str, rank: int, attempt: int, skip: Skip) -> None:
        self._head = '{"run":' + json.dumps(run)
        if rank:
            self._head += f',"rank":{rank}'
        if attempt:
            self._head += f',"attempt":{attempt}'
        self._skip = skip
        # Names come again with each step: quoted once. None is a name that cannot be sent.
        self._names: dict[str, str | None] = {}

    def encode(self, event: Event, dropped: int) -> bytes:
        """One JSON object on one line; says beside its metrics how many events were dropped, once there were some."""
        text = self._head
        if event.step is not None:
            text += f',"step":{event.step}'
        text += f',"ts":{event.ts}'
        if event.end is not None:
            text += f',"end":{json.dumps(event.end)}'
        metrics = event.metrics
        if dropped and metrics and "events_dropped" not in metrics:
            metrics = {"events_dropped": dropped, **metrics}
        parts = []
        left = MAX_EVENT_BYTES - len(text) - len(',"metrics":{}}')
        for name, value in metrics.items():
            part = self._metric(name, value)
            if part is None:
                continue
            left -= len(part) + 1
            if left < 0:
                left += len(part) + 1
                self._skip(name, "with it the event would be larger than 1 MiB")
            else:
                parts.append(part)
        if parts:
            text += ',"metrics":{' + ",".join(parts) + "}"
        return (text + "}").encode("ascii")

    def _metric(self, name: str, value: Any) -> str | None:
        """The name and value, or None if there is nothing to send."""
        try:
            quoted = self._names[name]
        except KeyError:
            quoted = self._learn(name)
        if quoted is None:
            self._skip(name, f"its name {name_trouble(name)}")
            return None
        try:
            text = _value(value)
        except Exception as e:
            self._skip(name, str(e) or type(e).__name__)
            return None
        return text and f"{quoted}:{text}"

    def _learn(self, name: str) -> str | None:
        if len(self._names) >= _MAX_NAMES:
            self._names.clear()
        quoted = None if name_trouble(name) else json.dumps(name)
        self._names[name] = quoted
        return quoted


def _value(value: Any) -> str | None:
    """A number, an array or an array of arrays; None for an array without numbers. Raises what a person can read."""
    value = _plain(value)
    if type(value) is not list:
        return _number(value)
    rows = list(map(_plain, value))
    if list not in map(type, rows):
        return _numbers(rows) if rows else None
    heads = -1
    texts = []
    for layer, row in enumerate(rows):
        if type(row) is not list:
            raise ValueError("it mixes lists and numbers")
        if heads not in (-1, len(row)):
            raise ValueError(f"it has {heads} heads in layer 0 and {len(row)} in layer {layer}; None keeps a place")
        heads = len(row)
        texts.append(_numbers(list(map(_plain, row))))
    return "[" + ",".join(texts) + "]" if heads else None


def _plain(value: Any) -> Any:
    """Lists and numbers of Python's own. Here a tensor of a device is waited for."""
    if type(value) is float:
        return value
    return value.tolist() if hasattr(value, "tolist") else value


def _numbers(values: list[Any]) -> str:
    if _FLOATS.issuperset(map(type, values)):
        text = ",".join(map(repr, values))
        # Else there is a nan or inf among them.
        if "n" not in text:
            return f"[{text}]"
    return "[" + ",".join(map(_number, values)) + "]"


def _number(value: Any) -> str:
    if type(value) is not float:
        if value is None:
            return "null"
        if isinstance(value, int):
            if -_MAX_INT <= value < _MAX_INT:
                return str(int(value))
            value = _real(value)
        elif isinstance(value, list):
            raise ValueError("lists are nested deeper than layers and heads")
        elif isinstance(value, (str, bytes)):
            raise ValueError(f"a {type(value).__name__} is no number")
        else:
            value = _real(value)
    if value - value == 0:
        return float.__repr__(value)
    if value != value:
        return '"NaN"'
    return '"Infinity"' if value > 0 else '"-Infinity"'


def _real(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
