"""
Kafka: an idempotent producer that waits for all in-sync replicas.

    kafka://host1[:9092],host2:9092/topic        topic: copydesk.articles where left out
    kafka://user:password@host...                SASL PLAIN over TLS, unless the options say otherwise

The options ``security.protocol``, ``sasl.*``, ``ssl.*``, ``client.id``, ``compression.type``, ``linger.ms`` and
``message.max.bytes`` are librdkafka's and go to it as they are. The topic is not declared: partitions, replicas and
retention are for whoever runs the cluster (a broker may create it by itself).

The key is the article's id, so that its revisions are in one partition and in order; partitions are chosen as the Java
client does (murmur2). CloudEvents attributes are headers ``ce_id`` and so on, ``content-type`` is the datacontenttype
(CloudEvents Kafka binding 1.0.2, 3.2).

Idempotence ends with the producer: an event whose confirmation was lost together with the process, or with the line for
longer than ``timeout``, comes a second time, with the same ``ce_id``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ingest.errors import SettingsError, SinkError
from ingest.sinks.engine import PATIENCE, check_options, duration, hide, named, read_address
from ingest.sinks.sink import Parcel, Refused
from ingest.sinks.waves import Tally, waves

SCHEMES: Final = {"kafka": 9092}
#: Of librdkafka's some 200 properties, those that say who we are to the cluster and how batches travel; others load
#: libraries, run programs, or would undo what this sink promises.
PASSED_ON: Final = frozenset(
    {
        "client.id",
        "compression.type",
        "linger.ms",
        "message.max.bytes",
        "security.protocol",
        "sasl.mechanism",
        "sasl.mechanisms",
        "sasl.username",
        "sasl.password",
        "ssl.ca.location",
        "ssl.ca.pem",
        "ssl.certificate.location",
        "ssl.certificate.pem",
        "ssl.endpoint.identification.algorithm",
        "ssl.key.location",
        "ssl.key.password",
        "ssl.key.pem",
    }
)
OPTIONS: Final = frozenset({"timeout", *PASSED_ON})
#: Of them, what no sentence may hold.
SECRETS: Final = ("sasl.password", "ssl.key.password", "ssl.key.pem")

#: Messages that wait for their delivery reports together.
MOST_IN_FLIGHT = 1000
#: Seconds that a thread waits for reports before it looks whether somebody wants us to stop.
SLICE_SECONDS = 0.2
#: Over ``timeout``, after which librdkafka itself reports every message as delivered or failed.
MARGIN_SECONDS = 3

_TOPIC = r"[A-Za-z0-9._-]{1,249}"
_TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})


class KafkaSink:
    """A topic as a sink."""

    def __init__(self, url: str, *, options: Mapping[str, str]) -> None:
        """
        Nothing is connected yet.

        Raises:
            SettingsError: the address or an option makes no sense.
        """
        check_options(options, known=OPTIONS)
        address = read_address(url, schemes=SCHEMES)
        self._shown = address.shown
        self._topic = named({"topic": address.path or "copydesk.articles"}, "topic", "", pattern=_TOPIC)
        self._patience = duration(options, "timeout", PATIENCE).total_seconds()
        self._properties: dict[str, Any] = {
            "client.id": "copydesk",
            "partitioner": "murmur2_random",
            **_account(address.user, address.password),
            **{name: value for name, value in options.items() if name in PASSED_ON},
            "bootstrap.servers": ",".join(f"[{h}]:{p}" if ":" in h else f"{h}:{p}" for h, p in address.hosts),
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": max(1000, int(self._patience * 1000)),
            "error_cb": self._on_error,
            # It would write to stderr; what it minds comes through error_cb as well.
            "log_level": 0,
        }
        self._secrets = (address.password, *(options.get(name, "") for name in SECRETS))
        _check(self._properties, self._secrets)
        self._producer: Producer | None = None
        self._last_error = ""
        self._tally = Tally()

    async def publish(self, parcels: Sequence[Parcel]) -> Sequence[Refused]:
        """
        Those that are too large for the topic.

        Raises:
            SinkError: no cluster, no access, no such topic, or no reports in time.
        """
        refused: list[Refused] = []
        is_through = False
        try:
            producer = await self._open()
            for wave in waves(self._tally.rest(parcels), MOST_IN_FLIGHT):
                refused += await self._publish_wave(producer, wave)
            is_through = True
        except (KafkaException, BufferError) as error:
            raise self._error(error) from None
        finally:
            # What was given up must not go out by itself later, behind what comes after it.
            if not is_through:
                await self.close()
        self._tally.close()
        return refused

    async def check(self) -> str:
        """
        How many brokers there are, and whether there is the topic.

        Raises:
            SinkError: they do not answer.
        """
        producer = await self._open()
        try:
            found = await asyncio.to_thread(producer.list_topics, timeout=self._patience)
        except KafkaException as error:
            # What is the matter is told by the way (a wrong password, nobody there), to who asks for it.
            producer.poll(0)
            raise self._error(error) from None
        known = found.topics.get(self._topic)
        if known is not None and known.error is not None:
            raise self._error(known.error)
        topic = "no topic yet named" if known is None else "topic"
        return f"{len(found.brokers)} brokers, {topic} {self._topic}"

    async def close(self) -> None:
        """Give up what is under way, and the connections."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.to_thread(_end, producer)

    async def _open(self) -> Producer:
        if self._producer is None:
            self._producer = await asyncio.to_thread(Producer, self._properties)
        return self._producer

    async def _publish_wave(self, producer: Producer, wave: Sequence[Parcel]) -> list[Refused]:
        reports: dict[str, KafkaError | None] = {}
        refused = [found for parcel in wave if (found := self._produce(producer, parcel, reports))]
        waiting = {parcel.id for parcel in wave} - {one.id for one in refused}
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience + MARGIN_SECONDS
        # The client waits in C; a thread waits with it, for so short a time that nobody has to wait for the thread.
        while waiting - reports.keys() and clock() < until:
            await asyncio.to_thread(producer.flush, SLICE_SECONDS)
        failure: KafkaError | None = None
        for parcel_id in waiting & reports.keys():
            report = reports[parcel_id]
            if report is None:
                self._tally.confirm(parcel_id)
            elif report.code() in _TOO_LARGE:
                refused.append(Refused(id=parcel_id, reason="larger than the topic takes (max.message.bytes)"))
            else:
                failure = report
        if failure is not None or waiting - reports.keys():
            raise self._error(failure or f"no report within {self._patience:g} s")
        return refused

    def _produce(self, producer: Producer, parcel: Parcel, reports: dict[str, KafkaError | None]) -> Refused | None:
        def report(error: KafkaError | None, _message: Message) -> None:
            reports[parcel.id] = error

        try:
            producer.produce(
                self._topic, parcel.data, parcel.subject.encode(), headers=_headers(parcel), on_delivery=report
            )
        except KafkaException as error:
            if error.args[0].code() not in _TOO_LARGE:
                raise
            return Refused(id=parcel.id, reason=f"{len(parcel.data)} bytes are over message.max.bytes")
        return None

    def _on_error(self, error: KafkaError) -> None:
        self._last_error = str(error.str())

    def _error(self, reason: object) -> SinkError:
        """
        Why a delivery failed.

        A report only says that its message ran out of time; what is the matter was said before, by the way.
        """
        found = reason.args[0] if isinstance(reason, KafkaException) else reason
        sentence = found.str() if isinstance(found, KafkaError) else str(found)
        said = f"{sentence} ({self._last_error})" if self._last_error else sentence
        self._last_error = ""
        return SinkError(f"Kafka at {self._shown}: {hide(said, *self._secrets)}")


def _account(user: str, password: str) -> dict[str, str]:
    if not user:
        return {}
    return {
        "security.protocol": "sasl_ssl",
        "sasl.mechanism": "PLAIN",
        "sasl.username": user,
        "sasl.password": password,
    }


def _check(properties: Mapping[str, Any], secrets: Sequence[str]) -> None:
    """
    Nothing, if librdkafka takes these properties; it is asked once, and connects to nobody for that.

    Raises:
        SettingsError: with its own sentence.
    """
    try:
        _end(Producer({**properties, "bootstrap.servers": ""}))
    except KafkaException as error:
        raise SettingsError(hide(error.args[0].str(), *secrets)) from None


def _end(producer: Producer) -> None:
    """Forget what is under way, and let the threads go."""
    with contextlib.suppress(KafkaException):
        producer.purge()
        producer.flush(0)
        producer.close()


def _headers(parcel: Parcel) -> list[tuple[str, str | bytes | None]]:
    attributes = dict(parcel.attributes)
    content_type = attributes.pop("datacontenttype", "application/json")
    return [("content-type", content_type), *((f"ce_{name}", value) for name, value in attributes.items())]
