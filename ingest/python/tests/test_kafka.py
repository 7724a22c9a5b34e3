"""Straight to Kafka, against a stand-in for confluent_kafka that fails as librdkafka does."""

import json
import sys
import types

import pytest
from fake_gateway import strict, until

import foreshock


class KafkaError:
    MSG_SIZE_TOO_LARGE = 10
    _PARTITION_EOF = -191
    BROKER_DOWN = -195
    FENCED = 90

    def __init__(self, code):
        self._code = code

    def code(self):
        return self._code

    def fatal(self):
        return self._code == self.FENCED

    def __str__(self):
        return f"KafkaError {self._code}"


class KafkaException(Exception):
    pass


class Record:
    def __init__(self, value=None, partition=0, error=None):
        self._value, self._partition, self._error = value, partition, error

    def key(self):
        return json.loads(self._value)["id"].encode()

    def value(self):
        return self._value

    def partition(self):
        return self._partition

    def error(self):
        return self._error


class Cluster:
    """``script`` holds the errors of the next deliveries, None for a good one; ``away`` keeps all waiting."""

    def __init__(self):
        self.script = []
        self.away = False
        self.full = 0
        self.refused = 0
        self.records = []
        self.settings = []
        self.polls = []
        self.assigned = []
        self.closed = 0

    def module(self):
        cluster = self

        class Producer:
            def __init__(self, settings):
                cluster.settings.append(settings)
                if cluster.refused:
                    cluster.refused -= 1
                    raise KafkaException("no such property")
                self.waiting = []
                self.told = settings["error_cb"]
                self.broken = False

            def produce(self, topic, value, key, on_delivery):
                if self.broken:
                    raise KafkaException(KafkaError(KafkaError.FENCED))
                if cluster.full:
                    cluster.full -= 1
                    raise BufferError("Local: Queue full")
                self.waiting.append((topic, key, value, on_delivery))

            def flush(self, timeout):
                while self.waiting and not cluster.away and not self.broken:
                    if cluster.script[:1] == [KafkaError.FENCED]:
                        cluster.script.pop(0)
                        self.broken = True
                        self.told(KafkaError(KafkaError.FENCED))
                        break
                    topic, key, value, on_delivery = self.waiting.pop(0)
                    error = cluster.script.pop(0) if cluster.script else None
                    if error is None:
                        cluster.records.append((topic, key, strict(value)))
                    on_delivery(error and KafkaError(error), None)
                return len(self.waiting)

        class Consumer:
            def __init__(self, settings):
                cluster.settings.append(settings)

            def list_topics(self, topic, timeout):
                partitions = {0: None, 1: None}
                return types.SimpleNamespace(topics={topic: types.SimpleNamespace(partitions=partitions)})

            def assign(self, partitions):
                cluster.assigned.append(partitions)

            def poll(self, timeout):
                return cluster.polls.pop(0) if cluster.polls else None

            def close(self):
                cluster.closed += 1

        module = types.ModuleType("confluent_kafka")
        module.Producer, module.Consumer = Producer, Consumer
        module.KafkaError, module.KafkaException = KafkaError, KafkaException
        module.TopicPartition = lambda *args: args
        module.OFFSET_BEGINNING = -2
        return module


@pytest.fixture
def cluster(monkeypatch):
    cluster = Cluster()
    monkeypatch.setitem(sys.modules, "confluent_kafka", cluster.module())
    return cluster


def train(steps=1_200, **options):
    run = foreshock.init("größe", bootstrap_servers="broker:9092", timeout=30, **options)
    for step in range(steps):
        run.log({"loss": 1.0}, step=step)
    run.finish()
    return run


def steps(cluster):
    return [r[2].get("step", r[2].get("end")) for r in cluster.records]


def test_events_go_to_the_topic_under_the_runs_key_once_each(cluster):
    run = train()
    assert steps(cluster) == [*range(1_200), "finished"]
    assert {r[:2] for r in cluster.records} == {("foreshock.telemetry", "größe".encode())}
    assert run.stats() == (1_201, 1_201, 0, 0, 0, 0, 0, None)
    (settings,) = cluster.settings
    assert settings["bootstrap.servers"] == "broker:9092"
    assert (settings["enable.idempotence"], settings["acks"]) == (True, "all")
    assert repr(run) == "Run('größe', 'broker:9092', rank=0, attempt=0)"


def test_another_topic(cluster):
    train(1, topic="telemetry.of.ours")
    assert {r[0] for r in cluster.records} == {"telemetry.of.ours"}


def test_brokers_that_are_away_get_all_when_they_return_and_nothing_twice(cluster):
    cluster.away = True
    run = foreshock.init("r", bootstrap_servers="broker:9092", timeout=30)
    run.log({"loss": 1.0}, step=0)
    until(lambda: run.stats().last_error, "the first look")
    run.log({"loss": 1.0}, step=1)
    cluster.away = False
    run.finish()
    assert steps(cluster) == [0, 1, "finished"]
    assert len(cluster.settings) == 1


def test_a_failed_delivery_is_tried_again(cluster):
    cluster.script = [None, KafkaError.BROKER_DOWN, None, KafkaError.BROKER_DOWN, KafkaError.BROKER_DOWN]
    run = train(3)
    assert sorted(map(str, steps(cluster))) == ["0", "1", "2", "finished"]
    assert run.stats()[:4] == (4, 4, 0, 0)


def test_a_producer_that_breaks_for_good_is_replaced(cluster):
    cluster.script = [None, KafkaError.FENCED, None, KafkaError.FENCED]
    run = train(3)
    assert steps(cluster) == [0, 1, 2, "finished"]
    assert len(cluster.settings) == 3
    assert run.stats()[:4] == (4, 4, 0, 0)


def test_a_producer_that_cannot_be_made_is_told_and_tried_again(cluster, caplog):
    cluster.refused = 2
    train(1)
    assert steps(cluster) == [0, "finished"]
    assert caplog.text.count("no such property") == 1


def test_a_full_queue_of_the_producer_is_waited_for(cluster):
    cluster.full = 3
    run = train(2)
    assert steps(cluster) == [0, 1, "finished"]
    assert run.stats().sent == 3


def test_an_event_too_large_for_the_broker_is_rejected(cluster):
    cluster.script = [None, KafkaError.MSG_SIZE_TOO_LARGE]
    run = train(3)
    assert steps(cluster) == [0, 2, "finished"]
    assert run.stats() == (4, 3, 0, 1, 0, 0, 0, "rejected: KafkaError 10")


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(ValueError, match=r"pip install foreshock\[kafka\]"):
        foreshock.init("r", bootstrap_servers="broker:9092")


def test_the_variable_names_brokers_unless_an_url_is_given(cluster, monkeypatch):
    monkeypatch.setenv("FORESHOCK_BOOTSTRAP_SERVERS", "broker:9092")
    assert foreshock.init("r", timeout=0).where == "broker:9092"
    assert foreshock.init("r", url="http://host", timeout=0).where == "http://host"
    monkeypatch.setenv("FORESHOCK_URL", "http://other")
    assert foreshock.init("r", timeout=0).where == "http://other"
    assert foreshock.init("r", bootstrap_servers="mine:9092").where == "mine:9092"


def test_alerts_are_read_from_the_beginning_of_all_partitions(cluster):
    def alert(incident, run="r", step=1):
        return json.dumps({"id": incident, "run": run, "status": "open", "step": step, "severity": "info"}).encode()

    end = KafkaError(KafkaError._PARTITION_EOF)
    cluster.polls = [
        Record(alert("a")),
        Record(alert("c")),
        Record(alert("a", step=2)),
        Record(partition=0, error=end),
        None,
        Record(alert("x", run="other"), 1),
        Record(alert("b"), 1),
        Record(None, 1),
        Record(b"nonsense", 1),
        Record(b"[]", 1),
        Record(partition=1, error=end),
        Record(alert("d")),
    ]
    run = foreshock.init("r", bootstrap_servers="broker:9092")
    assert [(a.id, a.step) for a in run.alerts(follow=False)] == [("c", 1), ("a", 2), ("b", 1)]
    assert cluster.assigned == [[("foreshock.alerts", 0, -2), ("foreshock.alerts", 1, -2)]]
    assert cluster.closed == 1


def test_alerts_go_on_after_an_error_and_come_once(cluster):
    record = json.dumps({"id": "a", "run": "r", "status": "open", "step": 1, "severity": "info"}).encode()
    end = KafkaError(KafkaError._PARTITION_EOF)
    cluster.polls = [
        Record(record),
        Record(error=KafkaError(KafkaError.BROKER_DOWN)),
        Record(record),
        Record(partition=0, error=end),
        Record(partition=1, error=end),
    ]
    run = foreshock.init("r", bootstrap_servers="broker:9092")
    assert [a.id for a in run.alerts(follow=False)] == ["a"]
    assert cluster.closed == 2
