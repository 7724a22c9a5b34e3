"""Memory keeps its bound while the gateway is away; what is dropped is the oldest, is counted and is told."""

import tracemalloc

from fake_gateway import FakeGateway, until

import foreshock
from foreshock.outbox import BATCH_BYTES, Event, Outbox

MIB = 1024 * 1024


def test_the_number_of_events_is_bounded_and_the_oldest_go(caplog):
    fake = FakeGateway()
    fake.close()
    run = foreshock.init("r", fake.url, buffer_events=100, timeout=30)
    run.log({"loss": 1.0}, step=0)
    until(lambda: run.stats().last_error, "the first batch to be in flight")
    for step in range(1, 1_000):
        run.log({"loss": 1.0}, step=step)
        assert run.stats().buffered <= 100
    stats = run.stats()
    assert (stats.accepted, stats.dropped, stats.buffered) == (1_000, 900, 100)
    until(lambda: "event(s) were dropped so far" in caplog.text, "the warning")
    there = FakeGateway(fake.port)
    run.log({"loss": 1.0}, step=1_000)
    run.finish()
    there.close()
    # What was in flight could not be dropped any more; then come the youngest, and the end.
    assert [e.get("step") for e in there.events] == [0, *range(903, 1_001), None]
    # The end pushes out one more, perhaps before the last step is encoded.
    assert there.events[-2]["metrics"]["events_dropped"] in (901, 902)
    assert run.stats() == (1_002, 100, 902, 0, 0, 0, 0, run.stats().last_error)


def test_memory_is_bounded_while_the_gateway_is_away(away):
    run = foreshock.init("r", away, buffer_bytes=8 * MIB)
    tracemalloc.start()
    try:
        for step in range(3_000):
            run.log({"attention_logit_max": [[float(step)] * 16] * 16, "loss": float(step)}, step=step)
            if step % 100 == 0:
                assert run.stats().buffered_bytes <= 8 * MIB
        until(lambda: not run._outbox._fresh, "all to be encoded")
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert run.stats().dropped > 0
    # The bound counts what events take, objects and all. On top are batches on the way, and the tables of Python.
    assert held < 10 * MIB
    assert peak < 16 * MIB


def test_encoded_events_take_less_so_more_of_them_wait(away):
    run = foreshock.init("r", away, buffer_bytes=8 * MIB)
    for step in range(20_000):
        run.log({"loss": 1.0, "grad_norm": 0.5, "lr": 3e-4}, step=step)
        if step % 2_000 == 0:
            until(lambda: not run._outbox._fresh, "what was logged to be encoded")
    assert run.stats().dropped == 0


def outbox(events=100, max_bytes=100 * MIB):
    box = Outbox(events, max_bytes)
    box.add(Event(500, 0, 0, {}))
    return box


def test_an_event_dropped_while_it_is_encoded_stays_dropped():
    box = outbox(events=2)
    event = box.first_fresh()
    box.add(Event(500, 1, 0, {}))
    box.add(Event(500, 2, 0, {}))
    box.encoded(event, b"0")
    assert box.take() == []
    assert box.first_fresh().step == 1
    assert box.stats().dropped == 1


def test_a_batch_is_half_a_mebibyte_or_one_event():
    box = outbox()
    for data in (b"a" * (BATCH_BYTES - 1), b"b", b"c", b"d" * 2 * BATCH_BYTES, b"e"):
        box.encoded(box.first_fresh(), data)
        box.add(Event(500, 0, 0, {}))
    sizes = []
    while batch := box.take():
        sizes.append([len(event) for event in batch])
        box.settle(batch, len(batch))
    assert sizes == [[BATCH_BYTES - 1, 1], [1], [2 * BATCH_BYTES], [1]]
    assert box.stats() == (6, 5, 0, 0, 0, 1, 500, None)


def test_bytes_are_counted_back_to_nothing():
    box = outbox()
    box.encoded(box.first_fresh(), b"abc")
    assert box.stats().buffered_bytes == 3 + 48
    batch = box.take()
    assert box.stats().buffered_bytes == 3 + 48
    box.settle(batch, 1)
    assert box.stats() == (1, 1, 0, 0, 0, 0, 0, None)
    box.close(0)
    assert not box.add(Event(500, 1, 0, {}))


def test_an_answer_after_the_end_changes_no_count():
    box = outbox()
    box.encoded(box.first_fresh(), b"abc")
    batch = box.take()
    box.close(0)
    box.settle(batch, 1)
    assert box.stats() == (1, 0, 1, 0, 0, 0, 0, None)
