"""What one event may hold, as docs/wire-format.md has it. What goes beyond is left out here, not rejected there."""

from __future__ import annotations

import re

MAX_EVENT_BYTES = 1024 * 1024
MAX_METRICS = 2_000
MAX_NUMBERS = 65_536
MAX_NAME_CHARS = 256
MAX_RUN_CHARS = 256
MAX_STEP = 2**63 - 1
MAX_RANKS = 1_048_576
MAX_ATTEMPTS = 1_000_000

# Control characters, the two line separators of Unicode, the byte order mark, lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def name_trouble(name: str, max_chars: int = MAX_NAME_CHARS) -> str | None:
    """What is wrong with the name of a metric or run, or None. Characters are UTF-16 units, as the JVM counts."""
    if not name:
        return "is empty"
    if len(name) + sum(c > "\uffff" for c in name) > max_chars:
        return f"has more than {max_chars} characters"
    if _UNPRINTABLE.search(name):
        return "has a control character or lone surrogate"
    return None
