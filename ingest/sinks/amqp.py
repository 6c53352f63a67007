"""
RabbitMQ, or any broker of AMQP 0-9-1: a durable topic exchange, confirmed publishing.

    amqp://user:password@host[:5672][,host2...]/vhost?exchange=copydesk.articles&queue=copydesk.articles
    amqps://... with TLS

What is declared, unless ``declare=no``: the exchange, and a quorum queue bound to it with ``#`` (none: ``queue=``
and nothing behind it), so that nothing gets lost before the first consumer has thought of a queue of its own.

The routing key is the event's type and the domain of the article's source, ``article.published.v1.example.co.uk``: a
queue bound with ``article.updated.#`` has the revisions, one with ``article.*.v1.example.co.uk`` has one source.

Persistent, ``message_id`` is the event's id, ``content_type`` its datacontenttype; the other CloudEvents attributes are
headers, ``cloudEvents:id`` and so on (CloudEvents AMQP binding 1.0.2, 3.1.3).

A message that no queue takes is not published: RabbitMQ confirms and drops it, so all are ``mandatory``. By default it
counts as an engine that is away (``unroutable=wait``): a binding is missing, the same holds for the next message, and
all flow again when it is there. ``refuse`` makes dead letters, ``drop`` is for those who bind only what they want.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Final

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelClosed,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    DeliveryError,
    ProbableAuthenticationError,
    PublishError,
)

from ingest.errors import SinkError
from ingest.sinks.engine import (
    PATIENCE,
    TLS_OPTIONS,
    Address,
    check_options,
    check_tls,
    choice,
    duration,
    hide,
    is_stopped,
    named,
    read_address,
    tls_context,
    tokens,
)
from ingest.sinks.sink import Parcel, Refused
from ingest.sinks.waves import Tally, waves

SCHEMES: Final = {"amqp": 5672, "amqps": 5671}
OPTIONS: Final = frozenset({"exchange", "queue", "declare", "unroutable", "timeout", *TLS_OPTIONS})

#: Publishes that wait for their confirms together. Measured with a quorum queue: 1,080/s so, 280/s one by one.
MOST_IN_FLIGHT = 200
#: A routing key is a short string (AMQP 0-9-1, 4.2.5.3).
MAX_KEY_BYTES = 255
#: For the handshake at the end; a connection that does not answer is dropped.
CLOSE_SECONDS = 1

_NAME = r"[A-Za-z0-9._:/+-]{1,200}"
_TOO_LARGE = re.compile(r"message size \d+ is larger than (?:the )?configured max size (\d+)")


class AmqpSink:
    """A topic exchange as a sink."""

    def __init__(self, url: str, *, options: Mapping[str, str]) -> None:
        """
        Nothing is connected yet.

        Raises:
            SettingsError: the address or an option makes no sense.
        """
        check_options(options, known=OPTIONS)
        check_tls(options)
        # Both log with a traceback what we say in a sentence.
        for library in ("aio_pika", "aiormq"):
            logging.getLogger(library).setLevel(logging.CRITICAL)
        self._address = read_address(url, schemes=SCHEMES)
        self._options = dict(options)
        self._exchange_name = named(options, "exchange", "copydesk.articles", pattern=_NAME)
        self._queue_name = named(options, "queue", "copydesk.articles", pattern=f"(?:{_NAME})?")
        self._declares = choice(options, "declare", among=("yes", "no")) == "yes"
        self._unroutable = choice(options, "unroutable", among=("wait", "refuse", "drop"))
        self._patience = duration(options, "timeout", PATIENCE).total_seconds()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None
        self._tally = Tally()
        #: What the broker said it takes at most, once it has refused more.
        self._max_bytes: int | None = None

    async def publish(self, parcels: Sequence[Parcel]) -> Sequence[Refused]:
        """
        Those that are too large for the broker, or that no queue takes where ``unroutable=refuse``.

        Raises:
            SinkError: no broker, no access, no confirms in time, or nobody bound to the exchange.
        """
        limit = self._max_bytes
        try:
            return await self._publish(parcels)
        except SinkError:
            if self._max_bytes == limit:
                raise
        # It is too large that one parcel was; the broker closed the channel and said where its limit is.
        return await self._publish(parcels)

    async def check(self) -> str:
        """
        That we are let in, that exchange and queue are there, and that we may publish; nothing is published.

        What publishing would declare is declared. Whether somebody else's queue is bound, AMQP has no word for.

        Raises:
            SinkError: not so; the sentence says what is missing.
        """
        try:
            await self._open_exchange()
            async with asyncio.timeout(self._patience):
                await self._rehearse()
        except TimeoutError as error:
            raise self._error(f"no answer within {self._patience:g} s") from error
        except CONNECTION_EXCEPTIONS as error:
            raise self._error(_plainly(error)) from error
        finally:
            await self.close()
        queue = f", queue {self._queue_name}" if self._declares and self._queue_name else ""
        return f"may publish to exchange {self._exchange_name}{queue}"

    async def _rehearse(self) -> None:
        """A publish in a transaction that is rolled back: the broker looks whether we may before it looks at that."""
        if self._connection is None:
            raise ConnectionError("disconnected")
        channel = await self._connection.channel(publisher_confirms=False)
        exchange = await channel.get_exchange(self._exchange_name)
        transaction = channel.transaction()
        await transaction.select()
        await exchange.publish(aio_pika.Message(b""), "article.published.v1.example", mandatory=False)
        await transaction.rollback()

    async def close(self) -> None:
        """Give back the connection."""
        connection, self._connection, self._channel, self._exchange = self._connection, None, None, None
        if connection is not None:
            # Whatever goes wrong while leaving is of no interest; an orderly end takes a round trip.
            with contextlib.suppress(*CONNECTION_EXCEPTIONS, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await connection.close()

    async def _publish(self, parcels: Sequence[Parcel]) -> list[Refused]:
        refused: list[Refused] = []
        is_through = False
        try:
            exchange = await self._open_exchange()
            for wave in waves(self._tally.rest(parcels), MOST_IN_FLIGHT):
                refused += await self._publish_wave(exchange, wave)
            is_through = True
        except asyncio.CancelledError as error:
            if is_stopped():
                raise
            raise self._error("disconnected") from error
        except TimeoutError as error:
            raise self._error(f"no answer within {self._patience:g} s") from error
        except ChannelClosed as error:
            raise self._closed(error) from error
        except CONNECTION_EXCEPTIONS as error:
            raise self._error(error) from error
        finally:
            # After a failure nobody knows what is under way on this connection; the next try has one of its own.
            if not is_through:
                await self.close()
        self._tally.close()
        return refused

    async def _open_exchange(self) -> AbstractExchange:
        """The exchange, on a new connection where the last one broke while there was nothing to publish."""
        if self._exchange is not None and self._connection is not None:
            if self._connection.connected.is_set() and self._channel and not self._channel.is_closed:
                return self._exchange
            await self.close()
        return await self._connect()

    async def _connect(self) -> AbstractExchange:
        """The exchange on the first of the hosts that lets us in."""
        failed: Exception = SinkError("no host")
        for host, port in self._address.hosts:
            try:
                async with asyncio.timeout(self._patience):
                    self._connection = await _open(self._address, host, port, self._options)
                    self._exchange = await self._topology(self._connection)
                    return self._exchange
            except (ChannelClosed, AuthenticationError):
                raise  # the other members of the cluster would say the same
            except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
                failed = error
                await self.close()
        raise failed

    async def _topology(self, connection: AbstractConnection) -> AbstractExchange:
        channel = self._channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        if not self._declares:
            return await channel.get_exchange(self._exchange_name, ensure=False)
        exchange = await channel.declare_exchange(self._exchange_name, aio_pika.ExchangeType.TOPIC, durable=True)
        if self._queue_name:
            queue = await channel.declare_queue(self._queue_name, durable=True, arguments={"x-queue-type": "quorum"})
            await queue.bind(exchange, "#")
        return exchange

    async def _publish_wave(self, exchange: AbstractExchange, wave: Sequence[Parcel]) -> list[Refused]:
        async with asyncio.timeout(self._patience):
            answers = await asyncio.gather(*(self._send(exchange, parcel) for parcel in wave), return_exceptions=True)
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        if failures:
            # What happened to the channel says more than that a publish found it closed.
            first = next((failure for failure in failures if isinstance(failure, ChannelClosed)), failures[0])
            raise first
        return [answer for answer in answers if isinstance(answer, Refused)]

    async def _send(self, exchange: AbstractExchange, parcel: Parcel) -> Refused | None:
        if self._max_bytes is not None and len(parcel.data) > self._max_bytes:
            return Refused(id=parcel.id, reason=f"{len(parcel.data)} bytes; the broker takes {self._max_bytes}")
        key = routing_key(parcel)
        try:
            await exchange.publish(_message(parcel), key, mandatory=self._unroutable != "drop")
        except PublishError as error:
            sentence = f"no queue is bound to the exchange {self._exchange_name} for {key}"
            if self._unroutable == "refuse":
                return Refused(id=parcel.id, reason=sentence)
            raise self._error(f"{sentence}: bind one, or set unroutable=refuse or drop") from error
        except DeliveryError as error:
            raise self._error("a queue is full or has lost its majority: not confirmed (nack)") from error
        self._tally.confirm(parcel.id)
        return None

    def _closed(self, error: ChannelClosed) -> SinkError:
        """What a channel's end means; also learns how large a message may be."""
        found = _TOO_LARGE.search(str(error))
        if found:
            self._max_bytes = int(found[1])
        return self._error(error)

    def _error(self, reason: object) -> SinkError:
        return SinkError(f"RabbitMQ at {self._address.shown}: {hide(reason, self._address.password)}")


def _plainly(error: BaseException) -> str:
    """What a refusal means, before the broker's own words for it."""
    match error:
        case AuthenticationError() | ProbableAuthenticationError():
            return f"the user or the password is wrong: {error}"
        case ChannelClosed() if "ACCESS_REFUSED" in str(error):
            return f"this user has no permission: {error}"
        case ChannelNotFoundEntity():
            return f"it is not there, and declare=no says that it should be: {error}"
        case ChannelPreconditionFailed():
            return f"it is there, and of another kind: {error}"
        case _ if "Connection.OpenOk" in str(error):
            # The library's whole account of what the broker said.
            return "there is no such virtual host, or this user may not enter it"
        case _:
            return str(error) or type(error).__name__


def routing_key(parcel: Parcel) -> str:
    """``article.published.v1.example.co.uk``."""
    key = f"{parcel.type}.{tokens(parcel)}".encode()[:MAX_KEY_BYTES]
    return key.decode(errors="ignore")


async def _open(address: Address, host: str, port: int, options: Mapping[str, str]) -> AbstractConnection:
    is_tls = address.scheme == "amqps"
    # Not connect_robust: it would hide that what was in flight is lost, and hang while there is nobody to talk to.
    return await aio_pika.connect(
        host=host,
        port=port,
        login=address.user or "guest",
        password=address.password or ("" if address.user else "guest"),
        virtualhost=address.path or "/",
        ssl=is_tls,
        ssl_context=tls_context(options) if is_tls else None,
        client_properties={"connection_name": "copydesk"},
    )


def _message(parcel: Parcel) -> aio_pika.Message:
    attributes = {name: value for name, value in parcel.attributes.items() if name != "datacontenttype"}
    return aio_pika.Message(
        parcel.data,
        headers={f"cloudEvents:{name}": value for name, value in attributes.items()},
        content_type=parcel.attributes.get("datacontenttype"),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=parcel.id,
        type=parcel.type,
        app_id="copydesk",
    )
