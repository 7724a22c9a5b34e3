"""Everything that was accepted arrives once, in order, through whatever the gateway does."""

import json
import logging
import random

import pytest
from fake_gateway import FakeGateway, until

import foreshock

STEPS = 1_200


def train(gateway, steps=STEPS, **options):
    run = foreshock.init("r", gateway.url, timeout=30, **options)
    for step in range(steps):
        foreshock.log({"loss": 1 / (step + 1)}, step=step)
    foreshock.finish()
    return run


def assert_all_arrived_once(gateway, run, steps=STEPS):
    assert [e.get("step") for e in gateway.events] == [*range(steps), None]
    assert gateway.events[-1]["end"] == "finished"
    assert run.stats() == (steps + 1, steps + 1, 0, 0, 0, 0, 0, run.stats().last_error)


@pytest.mark.parametrize(
    "script",
    [
        [],
        [503, 500, 502],
        [429, 408],
        ["close", "close"],
        ["lost", "lost", "lost"],
        ["half"],
        ["garbage", "garbage"],
        ["lost", 503, "half", "garbage", "close", 429, "lost"],
        [413, 413, 413],
    ],
    ids=lambda script: "-".join(map(str, script)) or "well",
)
def test_all_arrives_once_through(script, gateway):
    gateway.script.extend(script)
    assert_all_arrived_once(gateway, train(gateway))


def test_all_arrives_once_through_random_trouble(gateway):
    chance = random.Random(7)
    gateway.script.extend(chance.choice([200, 503, "close", "lost", "half", "garbage", 413]) for _ in range(20))
    assert_all_arrived_once(gateway, train(gateway))


def test_one_connection_is_kept_and_batches_are_of_500(gateway):
    train(gateway)
    assert len({h["Host"] for h in gateway.headers}) == 1
    assert [len(gateway.bodies[k]) <= 500 for k in gateway.keys] == [True] * len(gateway.keys)
    assert len(gateway.keys) == len(set(gateway.keys))


def test_a_burst_does_not_keep_events_from_going_out(gateway, monkeypatch):
    monkeypatch.setattr("foreshock.sender._TURN_EVENTS", 10)
    run = train(gateway, steps=100)
    assert_all_arrived_once(gateway, run, steps=100)
    assert max(len(gateway.bodies[key]) for key in gateway.keys) == 10


def test_a_retry_has_the_same_key_and_body(gateway):
    # More than a second passes, which shows whether the time is in what is compressed.
    gateway.script.extend(["lost", (503, {"Retry-After": "1"}), "half", 503])
    train(gateway, steps=1)
    assert len(gateway.keys) == 5
    assert len(set(gateway.keys)) == 1


def test_a_slow_gateway_is_asked_again_and_doubles_nothing(gateway, monkeypatch, caplog):
    monkeypatch.setattr("foreshock.gateway._REQUEST_SECONDS", 0.2)
    gateway.script.extend(["slow", "slow"])
    assert_all_arrived_once(gateway, train(gateway))
    assert gateway.keys[0] == gateway.keys[1] == gateway.keys[2]
    assert "timed out" in caplog.text


def test_a_connection_that_was_closed_while_idle_is_no_trouble(gateway, caplog):
    run = foreshock.init("r", gateway.url)
    gateway.script.extend([200, "close"])
    for n in (1, 2):
        run.log({"loss": 1.0})
        until(lambda n=n: run.stats().sent == n, "the batch")
    assert run.stats().last_error is None
    assert caplog.text == ""


def test_retry_after_is_waited_for(gateway):
    gateway.script.append((429, {"Retry-After": "1"}))
    run = foreshock.init("r", gateway.url)
    run.log({"loss": 1.0})
    until(lambda: run.stats().sent == 1, "the second try")
    assert gateway.times[1] - gateway.times[0] >= 0.9


def test_a_gateway_that_comes_later_gets_it_all():
    fake = FakeGateway()
    fake.close()
    run = foreshock.init("r", fake.url, timeout=30)
    run.log({"loss": 2.0}, step=5)
    until(lambda: run.stats().last_error, "the first failure")
    run.log({"loss": 1.0}, step=6)
    there = FakeGateway(fake.port)
    run.finish("stopped")
    there.close()
    assert [(e.get("step"), e.get("end")) for e in there.events] == [(5, None), (6, None), (None, "stopped")]


def test_events_too_large_for_one_batch_go_in_two_halves(gateway):
    gateway.script.extend([413, 413])
    run = train(gateway, steps=3)
    assert_all_arrived_once(gateway, run, steps=3)
    assert [len(gateway.bodies[k]) for k in gateway.keys] == [4, 2, 1, 1, 2]


def test_one_event_too_large_is_dropped_and_the_next_arrives(gateway, caplog):
    gateway.script.append(413)
    run = foreshock.init("r", gateway.url)
    run.log({"loss": 1.0}, step=0)
    until(lambda: run.stats().dropped == 1, "the refusal")
    run.log({"loss": 1.0}, step=1)
    until(lambda: run.stats().sent == 1, "the next")
    assert gateway.events[0]["step"] == 1
    assert gateway.events[0]["metrics"] == {"events_dropped": 1, "loss": 1.0}
    assert "refused 1 event(s) for good: 413: told to say 413" in caplog.text


def test_what_is_refused_for_good_is_dropped_counted_and_told_once(gateway, caplog):
    gateway.script.extend([400, 415])
    run = foreshock.init("r", gateway.url)
    for n in (1, 2):
        run.log({"loss": 1.0})
        until(lambda n=n: run.stats().dropped == n, "the refusal")
    assert run.stats() == (2, 0, 2, 0, 0, 0, 0, "415: told to say 415")
    assert caplog.text.count("refused") == 1


def test_rejected_events_are_counted_and_the_reason_is_told(gateway, caplog):
    gateway.script.append("picky")
    run = foreshock.init("r", gateway.url)
    run.log({"loss": 1.0})
    run.log({"loss": 1.0})
    until(lambda: run.stats().buffered == 0, "the answer")
    assert run.stats() == (2, 1, 0, 1, 0, 0, 0, "rejected: step must be an integer, got 1.5")
    assert "rejected 1 event(s): step must be an integer, got 1.5" in caplog.text


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_token_is_told_once_and_tried_again(status, gateway, caplog, monkeypatch):
    monkeypatch.setattr("foreshock.sender._TOKEN_PAUSE_SECONDS", 0.05)
    gateway.script.extend([status] * 3)
    run = foreshock.init("r", gateway.url, token="s3cret")
    run.log({"loss": 1.0})
    until(lambda: run.stats().sent == 1, "the token to be put right")
    assert caplog.text.count("does not accept the token") == 1
    assert f"{status}: told to say {status}" in caplog.text
    assert {h["Authorization"] for h in gateway.headers} == {"Bearer s3cret"}


def test_the_token_is_in_no_repr_log_or_error(gateway, caplog):
    caplog.set_level(logging.DEBUG)
    gateway.script.extend([(503, {"Retry-After": "0"}), "garbage", 400])
    run = foreshock.init("r", gateway.url, token="s3cret")
    run.log({"loss": 1.0})
    until(lambda: run.stats().dropped == 1, "the refusal")
    for text in (caplog.text, repr(run), repr(run._link), str(run.stats()), json.dumps(gateway.events)):
        assert "s3cret" not in text


def test_a_gateway_that_repeats_the_token_does_not_get_it_logged(caplog):
    fake = FakeGateway()
    fake._answer = lambda request, status, body, headers=None: FakeGateway._answer(
        fake, request, status, json.dumps({"detail": request.headers["Authorization"]}).encode()
    )
    fake.script.append(400)
    run = foreshock.init("r", fake.url, token="s3cret")
    run.log({"loss": 1.0})
    until(lambda: run.stats().dropped == 1, "the refusal")
    fake.close()
    assert run.stats().last_error == "400: Bearer ***"
    assert "s3cret" not in caplog.text


def test_trouble_is_told_once_not_at_each_try(away, caplog):
    run = foreshock.init("r", away)
    for _ in range(3):
        run.log({"loss": 1.0})
    pause = run._sender
    until(lambda: run.stats().last_error, "the first failure")
    assert pause.is_alive()
    foreshock.finish(timeout=1.0)
    assert caplog.text.count("does not take telemetry now") == 1
    assert "of 4 event(s) 4 were dropped" in caplog.text
    assert run.stats()[:4] == (4, 0, 4, 0)


def test_ranks_report_and_only_rank_0_ends_the_run(gateway):
    for rank in (1, 0):
        with foreshock.init("r", gateway.url, rank=rank, attempt=2) as run:
            run.log({"loss": 1.0}, step=9)
    assert [{k: v for k, v in e.items() if k != "ts"} for e in gateway.events] == [
        {"run": "r", "rank": 1, "attempt": 2, "step": 9, "metrics": {"loss": 1.0}},
        {"run": "r", "attempt": 2, "step": 9, "metrics": {"loss": 1.0}},
        {"run": "r", "attempt": 2, "end": "finished"},
    ]


def test_a_block_that_raises_ends_as_failed(gateway):
    with pytest.raises(ZeroDivisionError), foreshock.init("r", gateway.url) as run:
        run.log({"loss": 1 / 0})
    assert [e["end"] for e in gateway.events] == ["failed"]


def test_init_again_finishes_the_earlier_run(gateway):
    foreshock.init("a", gateway.url).log({"loss": 1.0})
    foreshock.init("b", gateway.url).log({"loss": 2.0})
    foreshock.finish()
    assert [(e["run"], e.get("end")) for e in gateway.events] == [
        ("a", None),
        ("a", "finished"),
        ("b", None),
        ("b", "finished"),
    ]


def test_what_is_logged_after_the_end_is_told_and_not_sent(gateway, caplog):
    run = foreshock.init("r", gateway.url)
    foreshock.finish("no such status")
    foreshock.log({"loss": 1.0})
    run.finish()
    assert [e["end"] for e in gateway.events] == ["failed"]
    assert "status must be one of finished, failed, stopped, got 'no such status'" in caplog.text
    assert "run r is finished" in caplog.text


def test_logging_before_init_is_told(caplog):
    foreshock.log({"loss": 1.0})
    assert "foreshock.log() before foreshock.init() does nothing" in caplog.text


def test_steps_count_on_from_the_last_one(gateway):
    with foreshock.init("r", gateway.url) as run:
        for step in (None, None, 7, None, 3.0, None):
            run.log({"loss": 1.0}, step=step)
    assert [e["step"] for e in gateway.events[:-1]] == [0, 1, 7, 8, 3, 4]


@pytest.mark.parametrize("step", [-1, 1.5, "7", 2**63, float("nan"), [1]])
def test_a_step_that_is_none_is_skipped_and_told(step, gateway, caplog):
    with foreshock.init("r", gateway.url) as run:
        run.log({"loss": 1.0}, step=step)
        run.log({"loss": 1.0})
    assert [e.get("step") for e in gateway.events] == [0, None]
    assert run.stats().skipped == 1
    assert "log() could not take what it was given" in caplog.text


def test_a_proxy_of_the_environment_is_not_asked_about_this_machine(gateway, away, monkeypatch):
    monkeypatch.setenv("http_proxy", away)
    with foreshock.init("r", gateway.url) as run:
        run.log({"loss": 1.0})
    assert len(gateway.events) == 2


def test_a_proxy_of_the_environment_is_used_for_other_machines(gateway, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{gateway.port}")
    with foreshock.init("r", "http://gateway.example:8088/here") as run:
        run.log({"loss": 1.0})
    assert len(gateway.events) == 2
    assert gateway.headers[0]["Host"] == "gateway.example:8088"
    assert gateway.headers[0]["Proxy-Authorization"] == "Basic dXNlcjpwYXNz"
