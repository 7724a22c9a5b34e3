"""What became of a batch, whatever it was sent with."""

from __future__ import annotations

from typing import NamedTuple, Union


class Taken(NamedTuple):
    """Acknowledged. So many were not understood and are gone for good; ``detail`` is about the first of them."""

    rejected: int = 0
    detail: str = ""


class Again(NamedTuple):
    """Not acknowledged: the same batch is to be sent again, after so many seconds where that is known."""

    reason: str
    after: float | None = None


class Forbidden(NamedTuple):
    """The token is wrong, which somebody may put right."""

    reason: str


class TooLarge(NamedTuple):
    """May go in two parts."""

    reason: str


class Refused(NamedTuple):
    """Refused for good."""

    reason: str


Answer = Union[Taken, Again, Forbidden, TooLarge, Refused]
