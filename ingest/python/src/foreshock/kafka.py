"""Straight to Kafka, without a gateway, for those who have brokers within reach."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from .answer import Again, Answer, Taken

ALERTS_TOPIC = "foreshock.alerts"

_POLL_SECONDS = 5.0
_HEARTBEAT_SECONDS = 1.0
_CLOSE_SECONDS = 1.0


class Kafka:
    """
    Speaks to brokers. Raises ValueError if confluent_kafka is not installed.

    Records have the run's id for a key. They are sent with idempotence and without a time limit, so that a broker's
    absence neither reorders nor repeats them.
    """

    def __init__(self, bootstrap_servers: str, topic: str, run: str) -> None:
        try:
            import confluent_kafka
        except ImportError:
            raise ValueError(
                "bootstrap_servers needs the package confluent-kafka; pip install foreshock[kafka], "
                "or give the url of a gateway instead"
            ) from None
        self._kafka: Any = confluent_kafka
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._run = run.encode()
        self._producer: Any = None
        self._broken = False
        self._key = ""
        # Of the batch with that key, by their place: events that the producer has, and those that it is to get.
        self._open: dict[int, bytes] = {}
        self._failed: dict[int, bytes] = {}
        self._too_large = 0
        self._error = ""

    def send(self, batch: list[bytes], key: str) -> Answer:
        """Hands the batch over the first time; then, and each time after, waits some seconds for it."""
        if self._broken:
            # For good, as after a sequence that the broker does not know any more; another one begins afresh.
            self._broken = False
            self._producer = None
            self._failed.update(self._open)
            self._open = {}
        if key != self._key:
            self._key = key
            self._failed = dict(enumerate(batch))
            self._open = {}
            self._too_large = 0
        try:
            if self._producer is None:
                self._producer = self._kafka.Producer(self._settings())
            self._produce()
            self._producer.flush(_POLL_SECONDS)
        except (BufferError, self._kafka.KafkaException) as e:
            self._error = str(e)
        if not self._open and not self._failed:
            return Taken(self._too_large, self._error)
        # What the producer still has it sends by itself, so there is nothing to pause for.
        return Again(self._error or "not acknowledged yet", None if self._failed else 0.0)

    def _produce(self) -> None:
        for place, event in sorted(self._failed.items()):
            delivered = self._delivered(place, self._key)
            self._producer.produce(self._topic, value=event, key=self._run, on_delivery=delivered)
            self._open[place] = self._failed.pop(place)

    def _delivered(self, place: int, key: str) -> Any:
        def delivered(error: Any, _: Any) -> None:
            event = self._open.pop(place, None) if key == self._key else None
            if error is None or event is None:
                return
            self._error = str(error)
            if error.code() == self._kafka.KafkaError.MSG_SIZE_TOO_LARGE:
                self._too_large += 1
            else:
                self._failed[place] = event

        return delivered

    def _told(self, error: Any) -> None:
        self._error = str(error)
        self._broken = self._broken or error.fatal()

    def _settings(self) -> dict[str, Any]:
        return {
            "bootstrap.servers": self._bootstrap_servers,
            "client.id": "foreshock-python",
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": 0,
            # What it has to say comes by error_cb, and is logged as all trouble here is.
            "log_level": 2,
            "message.max.bytes": 1024 * 1024 + 64 * 1024,
            "linger.ms": 2,
            "reconnect.backoff.max.ms": 2_000,
            "error_cb": self._told,
        }

    def alerts(self, run: str) -> Iterator[bytes]:
        """The topic of alerts from its beginning, with the latest of each incident; blank at its end and later."""
        kafka = self._kafka
        consumer = kafka.Consumer(
            {
                "bootstrap.servers": self._bootstrap_servers,
                "client.id": "foreshock-python",
                "group.id": "foreshock-python-" + uuid.uuid4().hex,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "log_level": 2,
            }
        )
        try:
            partitions = consumer.list_topics(ALERTS_TOPIC, timeout=10.0).topics[ALERTS_TOPIC].partitions
            unread = set(partitions)
            if not unread:
                raise ConnectionError(f"there is no topic {ALERTS_TOPIC}; foreshock topics --create makes it")
            consumer.assign([kafka.TopicPartition(ALERTS_TOPIC, p, kafka.OFFSET_BEGINNING) for p in sorted(unread)])
            known: dict[bytes, bytes] = {}
            while True:
                record = consumer.poll(_HEARTBEAT_SECONDS)
                if record is not None and record.error() is None:
                    if not _is_about(record.value(), run):
                        continue
                    if not unread:
                        yield record.value()
                    else:
                        # The topic may hold earlier records of an incident as well; only its latest is news.
                        known.pop(record.key(), None)
                        known[record.key()] = record.value()
                elif record is not None and record.error().code() != kafka.KafkaError._PARTITION_EOF:
                    raise ConnectionError(str(record.error()))
                elif record is not None and unread:
                    unread.discard(record.partition())
                    if not unread:
                        yield from known.values()
                        yield b""
                elif not unread:
                    yield b""
        finally:
            consumer.close()

    def close(self) -> None:
        if self._producer is not None:
            self._producer.flush(_CLOSE_SECONDS)
            self._producer = None


def _is_about(value: bytes | None, run: str) -> bool:
    try:
        return value is not None and json.loads(value)["run"] == run
    except (ValueError, KeyError, TypeError):
        return False
