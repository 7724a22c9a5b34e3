"""log() never raises, and what arrives is what docs/wire-format.md allows, whatever is thrown at it."""

import random

import foreshock
from foreshock.limits import MAX_EVENT_BYTES, MAX_METRICS, MAX_NUMBERS, name_trouble

CALLS = 2_000


class Evil:
    """Fails wherever it is touched."""

    def __getattr__(self, name):
        raise RuntimeError(f"touched {name}")

    def __str__(self):
        raise RuntimeError("printed")

    __repr__ = __str__

    def __float__(self):
        raise RuntimeError("made a float")


class EvilArray:
    size = 3

    def copy(self):
        return self

    def tolist(self):
        raise RuntimeError("read on another thread")


class Forever(list):
    """Says it is short, and is not."""

    def __iter__(self):
        while True:
            yield 1.0


def value(chance, depth=0):
    kind = chance.randrange(22 if depth < 4 else 12)
    if kind < 4:
        return chance.choice(
            [0.0, -0.0, 1e308, 5e-324, chance.gauss(0, 1e6), float("nan"), float("inf"), -float("inf")]
        )
    if kind < 6:
        return chance.choice([0, -1, 2**63, -(2**64), 10**400, True, chance.getrandbits(62)])
    if kind == 6:
        return chance.choice(["", "1", "NaN", b"x", "\ud800", None, 1j, object(), Evil, print])
    if kind == 7:
        return chance.choice([Evil(), EvilArray(), Forever(), range(3), {1}, iter([1])])
    if kind < 12:
        return [chance.gauss(0, 1) for _ in range(chance.choice([0, 1, 5, 70]))]
    if kind < 15:
        heads = chance.choice([0, 1, 4])
        return [[chance.random() for _ in range(heads + (chance.random() < 0.05))] for _ in range(chance.randrange(5))]
    if kind < 18:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 18:
        return (0.0,) * chance.choice([3] * 40 + [60_000, 65_536, 65_537])
    return {name(chance): value(chance, depth + 1) for _ in range(chance.randrange(5))}


def name(chance):
    kind = chance.randrange(12)
    if kind == 0:
        return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(300)))
    if kind == 1:
        return chance.choice([None, 1, 2.5, (1, 2), "", "n" * 256, "n" * 257, "\x00", b"x", True])
    return chance.choice(["loss", "grad_norm", "lr", "a/b", "grad_rms/layer", "größe"])


def assert_wire(event):
    """The rules of the wire format."""
    assert set(event) <= {"run", "step", "ts", "metrics", "end"}
    assert 0 <= event["step"] < 2**63
    metrics = event.get("metrics", {})
    assert len(metrics) <= MAX_METRICS
    numbers = 0
    for key, given in metrics.items():
        assert name_trouble(key) is None
        rows = given if isinstance(given, list) else [given]
        nested = [row for row in rows if isinstance(row, list)]
        if nested:
            assert len(nested) == len(rows)
            assert len({len(row) for row in rows}) == 1
            rows = [x for row in rows for x in row]
        for x in rows:
            assert x is None or x in ("NaN", "Infinity", "-Infinity") or type(x) in (int, float)
        numbers += len(rows)
    assert numbers <= MAX_NUMBERS


def test_log_never_raises_and_sends_nothing_that_would_be_rejected(gateway):
    chance = random.Random(20_261_129)
    run = foreshock.init("r", gateway.url, timeout=60, buffer_bytes=2**30)
    for _ in range(CALLS):
        metrics = {name(chance): value(chance) for _ in range(chance.randrange(8))}
        step = chance.choice([None, None, chance.randrange(10**6), value(chance)])
        run.log(chance.choice([metrics] * 20 + [value(chance)]), step)
    accepted = run.stats().accepted
    run.finish()
    stats = run.stats()
    assert (stats.sent, stats.dropped, stats.rejected) == (accepted + 1, 0, 0)
    # The seed gives both kinds, plenty of each.
    assert accepted > CALLS // 2
    assert stats.skipped > CALLS // 4
    *events, end = gateway.events
    assert end["end"] == "finished"
    for event in events:
        assert_wire(event)
    for lines in gateway.bodies.values():
        assert max(len(line.encode()) for line in lines) <= MAX_EVENT_BYTES
