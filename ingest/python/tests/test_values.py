"""What becomes of values on their way to JSON: docs/wire-format.md, with the trouble taken before it is sent."""

import array
import decimal
import enum
import fractions

import pytest
from fake_gateway import strict

from foreshock.capture import capture
from foreshock.encode import Encoder
from foreshock.outbox import Event

NAN = float("nan")
INF = float("inf")


class Level(enum.IntEnum):
    HIGH = 3


def wire(metrics, dropped=0):
    """The metrics of the event, and what was left out and why."""
    left_out = {}
    taken, size = capture(metrics, left_out.__setitem__)
    data = Encoder("r", 0, 0, left_out.__setitem__).encode(Event(size, 1, 2, taken), dropped)
    assert b"\n" not in data
    return strict(data).get("metrics", {}), left_out


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (1.5, 1.5),
        (3e-4, 3e-4),
        (0.1 + 0.2, 0.30000000000000004),
        (-0.0, -0.0),
        (7, 7),
        (True, 1),
        (False, 0),
        (Level.HIGH, 3),
        (NAN, "NaN"),
        (INF, "Infinity"),
        (-INF, "-Infinity"),
        (10**18, 10**18),
        (2**70, float(2**70)),
        (10**400, "Infinity"),
        pytest.param(-(10**5000), "-Infinity", id="too long to print"),
        (decimal.Decimal("0.25"), 0.25),
        (decimal.Decimal("NaN"), "NaN"),
        (fractions.Fraction(1, 4), 0.25),
        ([1.0, 2, True], [1.0, 2, 1]),
        ((1.0, None, NAN), [1.0, None, "NaN"]),
        ([[11.2, 9.8], [14.1, INF]], [[11.2, 9.8], [14.1, "Infinity"]]),
        ([[1, None], (2, 3)], [[1, None], [2, 3]]),
        (array.array("d", [1.0, 2.0]), [1.0, 2.0]),
    ],
)
def test_numbers_lists_and_lists_of_lists(value, sent):
    assert wire({"m": value}) == ({"m": sent}, {})


@pytest.mark.parametrize("value", [None, [], (), [[]], [[], []]], ids=str)
def test_nothing_is_absent_and_no_trouble(value):
    assert wire({"m": value, "loss": 1.0}) == ({"loss": 1.0}, {})


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("2.31", "a str is no number"),
        (b"1", "a bytes is no number"),
        (object(), "a object is no number"),
        ({1.0, 2.0}, "a set is no number"),
        ((x for x in [1.0]), "a generator is no number"),
        ([{"a": 1.0}], "a dict is no number"),
        ([1.0, "x"], "a str is no number"),
        ([1.0, [2.0]], "it mixes lists and numbers"),
        ([[1.0], 2.0], "it mixes lists and numbers"),
        ([None, [2.0]], "it mixes lists and numbers"),
        ([[1.0, 2.0], [3.0]], "it has 2 heads in layer 0 and 1 in layer 1; None keeps a place"),
        ([[[1.0]]], "lists are nested deeper than layers and heads"),
        ([0.0] * 65_537, "it has more than 65,536 numbers"),
        ([[0.0] * 300] * 300, "it has more than 65,536 numbers"),
    ],
    ids=lambda v: str(v)[:40],
)
def test_what_cannot_be_sent_is_left_out_alone(value, why):
    metrics, left_out = wire({"m": value, "loss": 1.0})
    assert metrics == {"loss": 1.0}
    assert left_out == {"m": why}


def test_a_list_that_holds_itself_is_left_out():
    endless = [1.0]
    endless.append(endless)
    assert wire({"m": endless}) == ({}, {"m": "lists are nested deeper than layers and heads"})


def test_mappings_are_flattened_with_slashes():
    metrics, left_out = wire({"train": {"loss": 1.0, "by": {"a": 2, 3: 4.0}}, 5: 6})
    assert metrics == {"train/loss": 1.0, "train/by/a": 2, "train/by/3": 4.0, "5": 6}
    assert left_out == {}


def test_a_mapping_that_holds_itself_ends():
    endless = {"loss": 1.0}
    endless["a"] = endless
    metrics, left_out = wire(endless)
    assert metrics == {"a/" * n + "loss": 1.0 for n in range(9)}
    assert left_out == {"a/" * 8 + "a": "mappings are nested more than 8 deep"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "its name is empty"),
        ("a\nb", "its name has a control character or lone surrogate"),
        ("a\ud800", "its name has a control character or lone surrogate"),
        ("n" * 257, "the name has more than 256 characters"),
        ("😀" * 129, "its name has more than 256 characters"),
    ],
    ids=lambda v: repr(v)[:20],
)
def test_names_that_cannot_be_sent(name, why):
    assert wire({name: 1.0, "loss": 2.0}) == ({"loss": 2.0}, {name: why})


@pytest.mark.parametrize("name", ["lm loss", "Verlust/größe", "😀" * 128, 'a"b\\c', "n" * 256], ids=lambda v: v[:20])
def test_names_that_can(name):
    assert wire({name: 1.0}) == ({name: 1.0}, {})


def test_2000_metrics_are_sent_and_the_next_is_not():
    metrics, left_out = wire({f"m{i}": i for i in range(2_001)})
    assert list(metrics) == [f"m{i}" for i in range(2_000)]
    assert left_out == {"m2000": "an event has at most 2,000 metrics; layers and heads belong in lists"}


def test_the_numbers_of_all_metrics_count_together():
    why = "with it the event would have more than 65,536 numbers"
    metrics, left_out = wire({"a": [0.0] * 65_000, "b": [0.0] * 600, "c": [0.0] * 535, "d": 1.0, "e": 2.0})
    assert list(metrics) == ["a", "c", "d"]
    assert left_out == {"b": why, "e": why}


def test_an_event_is_at_most_a_mebibyte():
    metrics, left_out = wire(
        {"a": [-1.2345678901234567e-100] * 40_000, "b": [-1.2345678901234567e-100] * 25_000, "c": 1}
    )
    assert list(metrics) == ["a", "c"]
    assert left_out == {"b": "with it the event would be larger than 1 MiB"}


def test_dropped_events_are_told_beside_metrics():
    assert wire({"loss": 1.0}, dropped=3)[0] == {"events_dropped": 3, "loss": 1.0}
    assert wire({"loss": 1.0, "events_dropped": 9}, dropped=3)[0] == {"loss": 1.0, "events_dropped": 9}
    assert wire({}, dropped=3)[0] == {}


def test_lists_are_copied_when_they_are_logged():
    layers = [1.0, 2.0]
    heads = [[1.0], [2.0]]
    taken, _ = capture({"layers": layers, "heads": heads}, None)
    layers[0] = 99.0
    heads[1][0] = 99.0
    assert taken == {"layers": [1.0, 2.0], "heads": [[1.0], [2.0]]}


def test_numpy_arrays_and_scalars():
    np = pytest.importorskip("numpy")
    layers = np.array([1.0, NAN], dtype=np.float32)
    metrics = {
        "scalar": np.float32(0.5),
        "count": np.int64(3),
        "flag": np.bool_(True),
        "zero_d": np.array(2.5),
        "layers": layers,
        "heads": np.arange(4, dtype=np.float16).reshape(2, 2),
        "mixed": [np.float64(1.5), np.array(2.5)],
        "rows": [np.array([1.0, 2.0]), np.array([3.0, 4.0])],
    }
    left_out = {}
    taken, size = capture(metrics, left_out.__setitem__)
    layers[0] = 99.0
    encoded = strict(Encoder("r", 0, 0, left_out.__setitem__).encode(Event(size, 1, 2, taken), 0))
    assert encoded["metrics"] == {
        "scalar": 0.5,
        "count": 3,
        "flag": 1,
        "zero_d": 2.5,
        "layers": [1.0, "NaN"],
        "heads": [[0.0, 1.0], [2.0, 3.0]],
        "mixed": [1.5, 2.5],
        "rows": [[1.0, 2.0], [3.0, 4.0]],
    }
    assert left_out == {}


def test_numpy_that_cannot_be_sent():
    np = pytest.importorskip("numpy")
    bad = {
        "deep": np.zeros((2, 2, 2)),
        "text": np.array(["a"]),
        "complex": np.array([1j]),
        "large": np.zeros(65_537),
        "time": np.datetime64("2026-01-01"),
    }
    metrics, left_out = wire(bad)
    assert metrics == {}
    assert sorted(left_out) == sorted(bad)
    assert left_out["large"] == "it has 65,537 numbers, at most 65,536 are allowed in an event"


def test_tensors_are_copied_when_they_are_logged_and_read_later():
    torch = pytest.importorskip("torch")
    loss = torch.tensor(2.5, requires_grad=True)
    norms = torch.tensor([1.0, 2.0], dtype=torch.bfloat16)
    taken, _ = capture({"loss": loss, "norms": norms, "each": [loss, norms[0]]}, None)
    assert not taken["loss"].requires_grad
    with torch.no_grad():
        norms.zero_()
        loss.zero_()
    data = Encoder("r", 0, 0, None).encode(Event(0, 1, 2, taken), 0)
    assert strict(data)["metrics"] == {"loss": 2.5, "norms": [1.0, 2.0], "each": [2.5, 1.0]}


def test_a_tensor_is_not_waited_for_in_log():
    class OnDevice:
        """A tensor that would tell if it were read."""

        def __init__(self, value, read):
            self.value, self.read = value, read

        def detach(self):
            return self

        def clone(self):
            return OnDevice(self.value, self.read)

        def numel(self):
            return 1

        def tolist(self):
            self.read.append(self.value)
            return self.value

    read = []
    taken, _ = capture({"loss": OnDevice(1.5, read)}, None)
    assert read == []
    assert strict(Encoder("r", 0, 0, None).encode(Event(0, 1, 2, taken), 0))["metrics"] == {"loss": 1.5}
    assert read == [1.5]


def test_a_tensor_that_is_spread_over_ranks_is_not_touched():
    class DTensor:
        def full_tensor(self):
            raise AssertionError("all ranks would have to")

        detach = clone = numel = tolist = item = __float__ = full_tensor

    metrics, left_out = wire({"grad_norm": DTensor(), "loss": 1.0})
    assert metrics == {"loss": 1.0}
    assert "full_tensor()" in left_out["grad_norm"]


def test_a_tensor_without_data_is_left_out():
    torch = pytest.importorskip("torch")
    metrics, left_out = wire({"m": torch.zeros(2, device="meta"), "loss": 1.0})
    assert metrics == {"loss": 1.0}
    assert list(left_out) == ["m"]
