"""What the training thread does in log(): takes hold of the values, so that training may go on and change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from .limits import MAX_METRICS, MAX_NAME_CHARS, MAX_NUMBERS

Skip = Callable[[str, str], None]

# Bytes that captured values take, about, with the objects around them. The buffer's bound counts these.
EVENT_BYTES = 400
_METRIC_BYTES = 256
_NUMBER_BYTES = 32
# A tensor is a block of at least this size in the allocator of its device.
_TENSOR_BYTES = 512

_MAX_DEPTH = 8

# Lists of these alone are copied at the speed of C: thousands of heads at each step are nothing unusual.
_LISTS = (list, tuple)
_FLAT = frozenset((float, int, type(None)))


def capture(metrics: Mapping[Any, Any], skip: Skip) -> tuple[dict[str, Any], int]:
    """
    The metrics as they are now, and the bytes they take, about.

    Nested mappings are flattened with "/". Lists are copied, arrays and tensors are copied on their own device, which
    does not wait for it; they become numbers later, in the sender's thread. None is absent.

    :param skip: is told the name of each value that cannot be sent, and why
    """
    taken = _Taken(skip)
    taken.mapping("", metrics, 0)
    return taken.metrics, EVENT_BYTES + len(taken.metrics) * _METRIC_BYTES + taken.bytes


class _Taken:
    def __init__(self, skip: Skip) -> None:
        self.metrics: dict[str, Any] = {}
        self.bytes = 0
        self._numbers = 0
        self._skip = skip

    def mapping(self, prefix: str, metrics: Mapping[Any, Any], depth: int) -> None:
        for key, value in metrics.items():
            if value is None:
                continue
            name = key if type(key) is str else str(key)
            if prefix:
                name = prefix + name
            if len(name) > MAX_NAME_CHARS:
                self._skip(name, f"the name has more than {MAX_NAME_CHARS} characters")
            elif type(value) is float and self._numbers < MAX_NUMBERS and len(self.metrics) < MAX_METRICS:
                self.metrics[name] = value
                self._numbers += 1
            else:
                try:
                    self._other(name, value, depth)
                except Exception as e:
                    self._skip(name, str(e) or type(e).__name__)

    def _other(self, name: str, value: Any, depth: int) -> None:
        if isinstance(value, Mapping):
            if depth == _MAX_DEPTH:
                raise ValueError(f"mappings are nested more than {_MAX_DEPTH} deep")
            self.mapping(name + "/", value, depth + 1)
        else:
            self._keep(name, *_copy(value, 0))

    def _keep(self, name: str, value: Any, numbers: int) -> None:
        if self._numbers + numbers > MAX_NUMBERS:
            self._skip(name, f"with it the event would have more than {MAX_NUMBERS:,} numbers")
        elif len(self.metrics) >= MAX_METRICS and name not in self.metrics:
            self._skip(name, f"an event has at most {MAX_METRICS:,} metrics; layers and heads belong in lists")
        else:
            self.metrics[name] = value
            self._numbers += numbers
            self.bytes += numbers * _NUMBER_BYTES
            if hasattr(value, "tolist"):
                self.bytes += _TENSOR_BYTES


def _copy(value: Any, depth: int) -> tuple[Any, int]:
    """A value that later changes do not reach, and how many numbers are in it. Raises what a person can read."""
    if isinstance(value, (list, tuple)):
        if depth == 2:
            raise ValueError("lists are nested deeper than layers and heads")
        if type(value) in _LISTS and len(value) <= MAX_NUMBERS and _FLAT.issuperset(map(type, value)):
            return list(value), len(value)
        copies: list[Any] = []
        numbers = 0
        for item in value:
            copy, count = _copy(item, depth + 1)
            copies.append(copy)
            numbers += count
            # At once: what calls itself a list may have no end.
            if numbers > MAX_NUMBERS or len(copies) > MAX_NUMBERS:
                raise ValueError(f"it has more than {MAX_NUMBERS:,} numbers")
        return copies, numbers
    if hasattr(value, "full_tensor"):
        # To read it all ranks would have to take part at the same moment, or training hangs.
        raise ValueError("it is spread over ranks (a DTensor); log its full_tensor(), called on all of them")
    if hasattr(value, "detach"):
        # A tensor: the copy is queued on its device, in order with what training does, and nobody waits for it here.
        return value.detach().clone(), _limited(value.numel())
    if hasattr(value, "tolist"):
        if hasattr(value, "copy") and hasattr(value, "size"):
            return (value.copy() if _limited(value.size) else value), value.size
        return _copy(value.tolist(), depth)
    if value is None:
        return None, 1
    if isinstance(value, (str, bytes)) or not hasattr(type(value), "__float__"):
        raise ValueError(f"a {type(value).__name__} is no number")
    return value, 1


def _limited(numbers: int) -> int:
    """Refuses before anything large is copied."""
    if numbers > MAX_NUMBERS:
        raise ValueError(f"it has {numbers:,} numbers, at most {MAX_NUMBERS:,} are allowed in an event")
    return numbers
