"""
An HTTP endpoint: each event one POST in CloudEvents' binary mode (HTTP binding 1.0.2), signed by Standard Webhooks.

The attributes are ``ce-id``, ``ce-type`` and so on, the body is ``data``. ``webhook-id`` is the event's id, the same at
every repetition; ``webhook-timestamp`` the second of this attempt; ``webhook-signature`` is, with a secret,
``v1,base64(HMAC-SHA256(secret, id.timestamp.body))`` (standardwebhooks.com: libraries in ten languages check it).

Any 2xx takes the event. 408, 425, 429, 5xx, a redirect or no answer: it is given again, as late as Retry-After says.
Every other 4xx, 410 among them, refuses it. An event that alone is answered 500 again and again, while the endpoint
takes others, is refused too: one article must not hold up the rest for ever.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from ingest.errors import FetchError, SettingsError, SinkError
from ingest.models import Response
from ingest.polling.backoff import retry_after
from ingest.sinks.engine import check_options
from ingest.sinks.sink import Parcel, Refused
from ingest.sinks.tools import Tools
from ingest.sinks.waves import Tally, waves

OPTIONS: Final = frozenset({"secret", "authorization"})
#: Requests to one endpoint side by side; never two of one article.
SIDE_BY_SIDE: Final = 8
#: So often an event is answered 500, while others of its time are taken, before it is refused.
MAX_TRIES: Final = 8
#: Statuses that speak of the server and not of the event; all else from 500 on may be about the event.
_AWAY: Final = frozenset({502, 503, 504, 507, 508})
_LATER: Final = frozenset({408, 425, 429})
_OK: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_REFUSED: Final = range(400, 500)
#: Standard Webhooks: 24 to 64 bytes.
_LEAST_SECRET, _MOST_SECRET = 24, 64
_MARK: Final = "whsec_"
#: CloudEvents HTTP binding 3.1.3.2: what stands in a header's value as it is.
_ENCODED: Final = re.compile(r'[^!-~]|["%]')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """An event that was not taken this time."""

    reason: str
    pause: timedelta | None = None


@dataclass(slots=True)
class _Trouble:
    """How often an event was answered 500, and how many others had been taken when that began."""

    taken_before: int
    tries: int = 0


class WebhookSink:
    """An endpoint as a sink."""

    def __init__(self, url: str, *, options: Mapping[str, str], tools: Tools) -> None:
        """
        Nothing is asked yet.

        Raises:
            SettingsError: it is no address, or an option makes no sense.
        """
        check_options(options, known=OPTIONS)
        self._url = _checked(url)
        self._key = read_secret(options["secret"]) if options.get("secret") else None
        self._authorization = _field_value(options.get("authorization", ""))
        self._tools = tools
        self._tally = Tally()
        self._refused: dict[str, Refused] = {}
        self._troubles: dict[str, _Trouble] = {}
        self._taken = 0

    async def publish(self, parcels: Sequence[Parcel]) -> Sequence[Refused]:
        """
        Those that the endpoint will never take.

        An event waits for the earlier ones of its article, and for nobody else.

        Raises:
            SinkError: some were not taken; those that were are not sent again with the next try.
        """
        failures = await self._send_all(parcels)
        refused = [self._refused[parcel.id] for parcel in parcels if parcel.id in self._refused]
        if failures:
            pauses = [failed.pause for failed in failures if failed.pause is not None]
            raise SinkError(failures[0].reason, pause=max(pauses, default=None))
        self._tally.close()
        self._refused.clear()
        self._troubles.clear()
        return refused

    async def check(self) -> str:
        """
        What the endpoint answers to a GET: no event is sent.

        Raises:
            SinkError: nobody answers.
        """
        try:
            answer = await self._tools.get(self._url)
        except FetchError as error:
            raise SinkError(str(error)) from error
        return f"answers {answer.status} to a GET; events are {'signed' if self._key else 'not signed'}"

    async def close(self) -> None:
        """Nothing: the connections are the process's."""

    async def _send_all(self, parcels: Sequence[Parcel]) -> list[_Failed]:
        failures: list[_Failed] = []
        held: set[str] = set()
        taken_before = self._taken
        open_ = [parcel for parcel in self._tally.rest(parcels) if parcel.id not in self._refused]
        for wave in waves(open_, SIDE_BY_SIDE):
            ready = [parcel for parcel in wave if parcel.subject not in held]
            answers = await asyncio.gather(*(self._send(parcel) for parcel in ready))
            failed = {p.subject: answer for p, answer in zip(ready, answers, strict=True) if answer is not None}
            held |= failed.keys()
            failures += failed.values()
            if len(failures) >= SIDE_BY_SIDE and self._taken == taken_before:
                # Nobody got through: the endpoint is away, and is not to be asked for each of the rest.
                break
        return failures

    async def _send(self, parcel: Parcel) -> _Failed | None:
        now = self._tools.now()
        try:
            answer = await self._tools.post(self._url, parcel.data, self._fields(parcel, now))
        except FetchError as error:
            return _Failed(reason=str(error))
        return self._judge(parcel, answer, now)

    def _judge(self, parcel: Parcel, answer: Response, now: datetime) -> _Failed | None:
        """What an answer means; None: the event is done with."""
        status = answer.status
        if status in _OK:
            self._taken += 1
            self._tally.confirm(parcel.id)
            return None
        if status in _REDIRECT:
            return _Failed(reason=f"it answers {status}: name the address that it has moved to")
        if status in _REFUSED and status not in _LATER:
            self._refuse(parcel, f"it answers {status}")
            return None
        if status not in _LATER | _AWAY and self._is_alone(parcel):
            self._refuse(parcel, f"it answers {status}, {MAX_TRIES} times, while it takes others")
            return None
        pause = retry_after(answer.headers, now)
        return _Failed(reason=f"it answers {status}", pause=pause)

    def _refuse(self, parcel: Parcel, reason: str) -> None:
        self._refused[parcel.id] = Refused(id=parcel.id, reason=reason)

    def _is_alone(self, parcel: Parcel) -> bool:
        """Whether this event has had all its tries, and the endpoint took others meanwhile."""
        trouble = self._troubles.setdefault(parcel.id, _Trouble(self._taken))
        trouble.tries += 1
        return trouble.tries >= MAX_TRIES and self._taken > trouble.taken_before

    def _fields(self, parcel: Parcel, now: datetime) -> dict[str, str]:
        fields = {f"ce-{name}": _encoded(value) for name, value in parcel.attributes.items()}
        fields["Content-Type"] = fields.pop("ce-datacontenttype", "application/json")
        moment = str(int(now.timestamp()))
        fields |= {"webhook-id": _encoded(parcel.id), "webhook-timestamp": moment}
        if self._key is not None:
            fields["webhook-signature"] = sign(self._key, fields["webhook-id"], moment, parcel.data)
        if self._authorization:
            fields["Authorization"] = self._authorization
        return fields


def sign(key: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    """The value of ``webhook-signature``."""
    digest = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def read_secret(text: str) -> bytes:
    """
    The key in a secret as Standard Webhooks writes it: ``whsec_`` and 24 to 64 bytes in base64.

    Raises:
        SettingsError: it is none; the sentence does not quote it.
    """
    try:
        key = base64.b64decode(text.removeprefix(_MARK), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_MARK) or not _LEAST_SECRET <= len(key) <= _MOST_SECRET:
        raise SettingsError("secret must be whsec_ and 24 to 64 bytes in base64; openssl rand -base64 32 makes them")
    return key


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    else:
        if parts.username is not None:
            raise SettingsError("user and password go into the option authorization, not into the address")
    if not is_address:
        raise SettingsError("this is no http(s) address")
    return url.partition("#")[0]


def _encoded(value: str) -> str:
    return _ENCODED.sub(lambda odd: "".join(f"%{byte:02X}" for byte in odd[0].encode("utf-8", "replace")), value)


def _field_value(text: str) -> str:
    if not re.fullmatch(r"[\x20-\x7e]*", text):
        raise SettingsError("authorization must be printable ASCII")
    return text.strip()
