"""Alerts come once each, through heartbeats, breaks and repeats."""

import json
import logging
import threading
import time

import pytest
from fake_gateway import until

import foreshock


def record(incident="a", status="open", step=10, severity="warning", **fields):
    return {
        "id": incident,
        "run": "r",
        "attempt": 0,
        "signature": "loss_spike",
        "severity": severity,
        "status": status,
        "step": step,
        "ts": None,
        "summary": "The loss is 9.1",
        "advice": ["Look at the batch"],
        "pages": True,
        "muted": False,
        **fields,
    }


def line(*args, **fields):
    return json.dumps(record(*args, **fields))


def told(alerts):
    return [(a.id, a.status, a.step, a.severity) for a in alerts]


@pytest.fixture
def run(gateway):
    return foreshock.init("r", gateway.url, token="s3cret")


def test_what_is_known_is_told_then_it_ends_if_nobody_follows(gateway, run):
    gateway.streams.append([line("a"), line("b", step=12), "", line("c")])
    assert told(foreshock.alerts(follow=False)) == [("a", "open", 10, "warning"), ("b", "open", 12, "warning")]
    assert gateway.listening == ["r"]
    assert gateway.headers[0]["Authorization"] == "Bearer s3cret"


def test_each_change_is_told_once_through_breaks(gateway, run):
    gateway.streams.extend(
        [
            [line("a"), "", line("a", "updated", 11)],
            503,
            # A record that was cut off by the break, and what was known again.
            [line("a", "updated", 11), line("b"), line("b"), '{"id": "c", "ru'],
            [
                "x",
                "[1]",
                "7",
                line("z", run="s"),
                line("b"),
                line("a", "updated", 11, "critical"),
                line("a", "resolved", 20),
            ],
        ]
    )
    heard = []
    for alert in foreshock.alerts():
        heard.append(alert)
        if alert.status == "resolved":
            break
    assert told(heard) == [
        ("a", "open", 10, "warning"),
        ("a", "updated", 11, "warning"),
        ("b", "open", 10, "warning"),
        ("a", "updated", 11, "critical"),
        ("a", "resolved", 20, "warning"),
    ]


def test_it_ends_when_nothing_comes_for_so_long(gateway, run):
    begin = time.monotonic()
    assert list(foreshock.alerts(timeout=0.3)) == []
    assert time.monotonic() - begin >= 0.3


def test_it_ends_with_the_run(gateway, run):
    ended = []
    thread = threading.Thread(target=lambda: ended.append(list(foreshock.alerts())))
    thread.start()
    until(lambda: gateway.listening, "the stream")
    run.finish()
    thread.join(20)
    assert ended == [[]]


def test_what_is_known_is_told_even_after_the_end(gateway, run):
    run.finish()
    gateway.streams.append([line("a"), line("b"), "", line("c")])
    assert [a.id for a in foreshock.alerts()] == ["a", "b"]


def test_alerts_of_another_run_from_the_same_gateway(gateway, run):
    gateway.streams.append([line(run="s"), ""])
    assert [a.run for a in foreshock.alerts("s", follow=False)] == ["s"]
    assert gateway.listening == ["s"]


def test_alerts_without_a_run_of_ones_own(gateway, monkeypatch):
    monkeypatch.setenv("FORESHOCK_URL", gateway.url)
    gateway.streams.append([line(run="s"), ""])
    assert [a.run for a in foreshock.alerts("s", follow=False)] == ["s"]
    with pytest.raises(ValueError, match="run must be named"):
        foreshock.alerts()
    with pytest.raises(ValueError, match="run must be 1 to 256"):
        foreshock.alerts(" ")


def test_a_wrong_token_is_told_and_tried_again(gateway, run, caplog, monkeypatch):
    monkeypatch.setattr("foreshock.alert._TOKEN_PAUSE_SECONDS", 0.05)
    gateway.streams.extend([401, 403, [line("a"), ""]])
    assert told(foreshock.alerts(follow=False)) == [("a", "open", 10, "warning")]
    assert caplog.text.count("alerts of r are not for this token (401: told to say 401)") == 1
    assert "s3cret" not in caplog.text


def test_a_silence_longer_than_heartbeats_is_a_break(gateway, run, monkeypatch):
    monkeypatch.setattr("foreshock.gateway._SILENCE_SECONDS", 0.2)
    stuck = threading.Event()
    gateway.streams.extend([[line("a"), stuck], [line("a"), line("b"), ""]])
    assert told(foreshock.alerts(follow=False)) == [("a", "open", 10, "warning"), ("b", "open", 10, "warning")]
    stuck.set()


def test_fields_are_items_and_attributes():
    alert = foreshock.Alert(record())
    assert alert.signature == alert["signature"] == "loss_spike"
    assert str(alert) == "WARNING loss_spike open at step 10 of r: The loss is 9.1; try: Look at the batch"
    assert str(foreshock.Alert({"id": "a", "advice": None})) == "? None None at step None of None: None"
    with pytest.raises(AttributeError, match="no 'lead'"):
        _ = alert.lead


def test_on_alert_hears_what_is_grave_open_and_of_now(gateway, run, caplog):
    now = int(time.time() * 1000) + 60_000
    done = threading.Event()
    gateway.streams.append(
        [
            line("early", severity="critical", ts=1_763_870_000_123),
            line("light", severity="warning", ts=now),
            line("over", "resolved", severity="critical", ts=now),
            line("muted", severity="critical", ts=now, muted=True),
            line("odd", severity="apocalyptic", ts=now),
            line("a", severity="critical", ts=now),
            line("a", "updated", 11, severity="critical", ts=now),
            line("untimed", severity="critical"),
            done,
        ]
    )
    heard = []

    def fn(alert):
        heard.append((alert.id, alert.status))
        raise RuntimeError("in the callback")

    run.on_alert(fn)
    until(lambda: len(heard) == 3, "the alerts")
    done.set()
    assert heard == [("a", "open"), ("a", "updated"), ("untimed", "open")]
    until(lambda: caplog.text.count("the function given to on_alert failed on: CRITICAL loss_spike") == 3, "the log")


def test_on_alert_ignores_an_earlier_attempt(gateway):
    run = foreshock.init("r", gateway.url, attempt=2)
    gateway.streams.append([line("a", severity="critical", attempt=1), line("b", severity="warning", attempt=2)])
    heard = []
    run.on_alert(heard.append, severity="info")
    until(lambda: heard, "the alert")
    assert [a.id for a in heard] == ["b"]


def test_on_alert_wants_a_severity(gateway, run):
    with pytest.raises(ValueError, match="severity must be one of info, warning, critical, got 'fatal'"):
        run.on_alert(print, severity="fatal")


def test_a_gateway_that_is_away_is_told_once(away, caplog):
    caplog.set_level(logging.WARNING)
    foreshock.init("r", away)
    assert list(foreshock.alerts(timeout=0.5)) == []
    assert caplog.text.count("cannot hear alerts now") == 1
