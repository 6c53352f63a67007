"""
NATS JetStream: the server itself drops what it has been given before.

    nats://user:password@host[:4222][,host2...]?stream=copydesk_articles&subject=copydesk.articles
    nats://token@host...          tls://... with TLS

What is declared, unless ``declare=no`` or it is there: a stream of that name with the subjects ``copydesk.articles.>``,
in files, that remembers message ids for ``window`` (10 minutes).

The subject is ``copydesk.articles.published.example.co.uk``: the kind of event and the domain of the source, so
that ``copydesk.articles.updated.>`` has the revisions and ``copydesk.articles.*.example.co.uk`` has one source.

``Nats-Msg-Id`` is the event's id: an event that comes again within the window is acknowledged and not stored again. The
CloudEvents attributes are headers ``ce-id`` and so on, ``ce-datacontenttype`` too (CloudEvents NATS binding, 3.1).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from nats import errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from ingest.errors import SettingsError, SinkError
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

SCHEMES: Final = {"nats": 4222, "tls": 4222, "tls+nats": 4222}
OPTIONS: Final = frozenset({"stream", "subject", "declare", "window", "replicas", "timeout", *TLS_OPTIONS})
WINDOW: Final = timedelta(minutes=10)

#: Publishes that wait for their acknowledgements together.
MOST_IN_FLIGHT = 500
#: JetStream's code for a message that the stream's own limit forbids.
TOO_LARGE_FOR_STREAM = 10054
#: Its code for a message that expects the stream to be at another message than it is; and where no stream is.
WRONG_LAST_SEQUENCE = 10071
NO_SEQUENCE = 2**53 - 1
#: For the goodbye; a server that does not read it is left without.
CLOSE_SECONDS = 1

#: RFC 9110 field values, as the CloudEvents HTTP binding 3.1.3.2 encodes them: printable ASCII but space, " and %.
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
_STREAM = r"[A-Za-z0-9_-]{1,100}"
_SUBJECT = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,10}"


class NatsSink:
    """A JetStream stream as a sink."""

    def __init__(self, url: str, *, options: Mapping[str, str]) -> None:
        """
        Nothing is connected yet.

        Raises:
            SettingsError: the address or an option makes no sense.
        """
        check_options(options, known=OPTIONS)
        check_tls(options)
        self._address = read_address(url, schemes=SCHEMES)
        if self._address.path:
            raise SettingsError("a NATS address has no path; the stream is the option stream")
        self._options = dict(options)
        self._declares = choice(options, "declare", among=("yes", "no")) == "yes"
        self._patience = duration(options, "timeout", PATIENCE).total_seconds()
        subject = named(options, "subject", "copydesk.articles", pattern=_SUBJECT)
        self._wanted = StreamConfig(
            name=named(options, "stream", "copydesk_articles", pattern=_STREAM),
            subjects=[f"{subject}.>"],
            storage=StorageType.FILE,
            duplicate_window=duration(options, "window", WINDOW).total_seconds(),
            num_replicas=int(choice(options, "replicas", among=("1", "3", "5"))),
        )
        self._subject = subject
        self._line: _Line | None = None
        self._tally = Tally()

    async def publish(self, parcels: Sequence[Parcel]) -> Sequence[Refused]:
        """
        Those that are too large for the server or the stream.

        Raises:
            SinkError: no server, no access, no stream, no room in it, or no acknowledgement in time.
        """
        refused: list[Refused] = []
        is_through = False
        try:
            line = await self._open_line()
            for wave in waves(self._tally.rest(parcels), MOST_IN_FLIGHT):
                refused += await self._publish_wave(line, wave)
            is_through = True
        except asyncio.CancelledError as error:
            if is_stopped():
                raise
            raise self._error("disconnected") from error
        except TimeoutError as error:
            raise self._error(f"no answer within {self._patience:g} s") from error
        except NoStreamResponseError as error:
            raise self._error(f"no stream takes {self._subject}.>, or JetStream is not ready") from error
        except APIError as error:
            raise self._error(error.description or error) from error
        except (errors.Error, OSError) as error:
            raise self._error(error) from error
        finally:
            if not is_through:
                await self.close()
        self._tally.close()
        return refused

    async def check(self) -> str:
        """
        That we are let in, that the stream is there and takes our subjects, and that we may publish; nothing is kept.

        A stream that publishing would declare is declared.

        Raises:
            SinkError: not so; the sentence says what is missing.
        """
        name, subject = self._wanted.name, f"{self._subject}.published.example"
        try:
            line = await self._open_line()
            async with asyncio.timeout(self._patience):
                await line.alone(self._rehearse(line, subject))
        except NotFoundError as error:
            raise self._error(f"there is no stream {name}, and declare=no says that there should be") from error
        except NoStreamResponseError as error:
            raise self._error(f"no stream takes {self._subject}.>, or JetStream is not ready") from error
        except APIError as error:
            raise self._error(error.description or error) from error
        except TimeoutError as error:
            raise self._error(f"no answer within {self._patience:g} s") from error
        except (errors.Error, OSError) as error:
            raise self._error(_plainly(error)) from error
        finally:
            await self.close()
        return f"may publish to stream {name}, subjects {self._subject}.>"

    async def _rehearse(self, line: _Line, subject: str) -> None:
        """A publish for which the stream would have to be at a place where no stream is: it says no, and means yes."""
        await line.jetstream.stream_info(str(self._wanted.name))
        nowhere = {"Nats-Expected-Last-Sequence": str(NO_SEQUENCE)}
        try:
            await line.jetstream.publish(
                subject, b"", timeout=self._patience, stream=self._wanted.name, headers=nowhere
            )
        except APIError as error:
            if error.err_code != WRONG_LAST_SEQUENCE:
                raise

    async def close(self) -> None:
        """Give back the connection."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _open_line(self) -> _Line:
        """The line, or a new one where it was cut while there was nothing to publish."""
        if self._line is not None:
            if not self._line.is_cut.is_set():
                return self._line
            await self.close()
        return await self._connect()

    async def _connect(self) -> _Line:
        """A line to the first of the servers that lets us in, its stream there."""
        failed: Exception = SinkError("no host")
        for host, port in self._address.hosts:
            line = self._line = _Line(self._patience)
            try:
                async with asyncio.timeout(self._patience):
                    await line.open(self._address, host, port, self._options)
                    if self._declares:
                        await line.alone(self._declare(line.jetstream))
                    return line
            except (errors.Error, OSError, TimeoutError) as error:
                failed = error
                await self.close()
        raise failed

    async def _declare(self, jetstream: JetStreamContext) -> None:
        """What is there stays as it is: its limits, replicas and subjects are the operator's."""
        try:
            await jetstream.stream_info(str(self._wanted.name))
        except NotFoundError:
            await jetstream.add_stream(self._wanted)

    async def _publish_wave(self, line: _Line, wave: Sequence[Parcel]) -> list[Refused]:
        async with asyncio.timeout(self._patience):
            answers = await line.together([self._send(line, parcel) for parcel in wave])
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        if failures:
            raise failures[0]
        return [answer for answer in answers if isinstance(answer, Refused)]

    async def _send(self, line: _Line, parcel: Parcel) -> Refused | None:
        headers = _headers(parcel)
        size = len(parcel.data) + _wire_bytes(headers)
        if size > line.client.max_payload:
            reason = f"{size} bytes with its headers; the server takes {line.client.max_payload}"
            return Refused(id=parcel.id, reason=reason)
        subject = f"{self._subject}.{_kind(parcel)}.{tokens(parcel)}"
        try:
            # Not publish_async: in nats-py 2.16 an error that the stream answers with never reaches its future.
            await line.jetstream.publish(
                subject, parcel.data, timeout=self._patience, stream=self._wanted.name, headers=headers
            )
        except APIError as error:
            if error.err_code != TOO_LARGE_FOR_STREAM:
                raise
            return Refused(id=parcel.id, reason="larger than the stream's max_msg_size")
        self._tally.confirm(parcel.id)
        return None

    def _error(self, reason: object) -> SinkError:
        sentence = hide(reason, self._address.password, self._address.user if not self._address.password else "")
        return SinkError(f"NATS at {self._address.shown}: {sentence.removeprefix('nats: ')}")


class _Line:
    """
    One connection, never mended.

    nats-py's reconnecting keeps what was published meanwhile in memory and its acknowledgements never come, so that a
    publisher waits for ever or does not know what it has lost; a batch that is sent again on a new line does.
    """

    def __init__(self, patience: float) -> None:
        self.client = Client()
        self.jetstream: JetStreamContext
        self.is_cut = asyncio.Event()
        self._patience = patience
        self._last_error: Exception | None = None
        self._is_private = False

    async def open(self, address: Address, host: str, port: int, options: Mapping[str, str]) -> None:
        """Be let in, by TLS if the address asks for it."""
        self._is_private = address.scheme != "nats"
        is_token = bool(address.user) and not address.password
        has_account = bool(address.user) and not is_token
        try:
            await self.client.connect(
                f"nats://{f'[{host}]' if ':' in host else host}:{port}",
                name="copydesk",
                allow_reconnect=False,
                # Or it would go on knocking where nobody listens.
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=max(1, int(self._patience)),
                error_cb=self._on_error,
                closed_cb=self._on_close,
                disconnected_cb=self._on_close,
                tls=tls_context(options),
                token=self._entrusted(address.user) if is_token else None,
                user=self._entrusted(address.user) if has_account else None,
                password=self._entrusted(address.password) if has_account else None,
            )
            self._check_tls()
        except (errors.NoServersError, errors.ConnectionClosedError) as error:
            # The client ends with these where an earlier sentence says why.
            raise self._last_error or error from error
        self.jetstream = self.client.jetstream(timeout=self._patience)

    async def together(self, sending: Sequence[Coroutine[None, None, object]]) -> list[object]:
        """What came of each; on a line that is cut nobody is answered any more."""
        gathered = asyncio.gather(*sending, return_exceptions=True)
        cut = asyncio.create_task(self.is_cut.wait())
        try:
            await asyncio.wait((gathered, cut), return_when=asyncio.FIRST_COMPLETED)
            if not gathered.done():
                raise self._last_error or ConnectionError("disconnected")
            return list(gathered.result())
        finally:
            cut.cancel()
            if not gathered.done():
                gathered.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await gathered

    async def alone(self, asking: Coroutine[None, None, None]) -> None:
        """The same for one question."""
        (answer,) = await self.together([asking])
        if isinstance(answer, BaseException):
            raise answer

    async def close(self) -> None:
        with contextlib.suppress(errors.Error, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.client.close()

    def _entrusted(self, secret: str) -> Callable[[], str]:
        """A secret for the client, which asks for it when the server has said whether it speaks TLS."""

        def tell() -> str:
            self._check_tls()
            return secret

        return tell

    def _check_tls(self) -> None:
        """
        Nothing, if the line is as private as the address asks for.

        nats-py goes on in the clear, password and all, when a server behind tls:// says that it has no TLS.
        """
        info = self.client._server_info  # noqa: SLF001  # the client has no public word for it
        if self._is_private and not info.get("tls_required"):
            raise errors.SecureConnWantedError

    async def _on_error(self, error: Exception) -> None:
        self._last_error = error
        if "permissions violation" in str(error).lower():
            # Such a publish, or a question to JetStream, is never answered.
            self.is_cut.set()

    async def _on_close(self) -> None:
        self.is_cut.set()


def _plainly(error: BaseException) -> str:
    """What a refusal means, before the server's own words for it."""
    sentence = str(error).removeprefix("nats: ") or type(error).__name__
    if isinstance(error, errors.AuthorizationError) or "authorization violation" in sentence.lower():
        return f"the user, password or token is wrong: {sentence}"
    if "permissions violation" in sentence.lower():
        return f"this user has no permission: {sentence}"
    return sentence


def _kind(parcel: Parcel) -> str:
    """``published`` of ``article.published.v1``."""
    return parcel.type.removeprefix("article.").split(".")[0] or "unknown"


def _headers(parcel: Parcel) -> dict[str, str]:
    attributes = {f"ce-{name}": quote(value, safe=_PLAIN) for name, value in parcel.attributes.items()}
    return {"Nats-Msg-Id": quote(parcel.id, safe=_PLAIN), **attributes}


def _wire_bytes(headers: Mapping[str, str]) -> int:
    """What headers cost of the server's max_payload, the two that are added on the way included."""
    return 200 + sum(len(name) + len(value) + 4 for name, value in headers.items())
