"""What the sinks over a broker share: addresses, options, TLS, and sentences that give no password away."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from pydantic import TypeAdapter, ValidationError

from ingest.errors import SettingsError
from ingest.sinks.sink import Parcel

#: How long an engine may take to let us in, and how long to confirm what is in flight.
PATIENCE: Final = timedelta(seconds=20)
#: Of a sentence of an engine's; what is longer explains nothing.
MAX_SENTENCE = 300

#: The options of every engine that we reach by TLS of our own.
TLS_OPTIONS: Final = frozenset({"cafile", "certfile", "keyfile", "tls_verify"})

_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<user>[^/?#@]*)@)?(?P<hosts>[^/?#@]+)(?:/(?P<path>[^?#]*))?(?:\?[^#]*)?"
)
_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_SECONDS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")
_NO_LETTER_OF_A_TOKEN = re.compile(r"[^\w-]+")
_DURATION = TypeAdapter(timedelta)
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an engine is, and who we are there."""

    scheme: str
    #: Name or IP address, and port; several are members of one cluster.
    hosts: tuple[tuple[str, int], ...]
    user: str = ""
    password: str = field(default="", repr=False)
    #: Decoded, without the slash in front; None: there is none.
    path: str | None = None

    @property
    def shown(self) -> str:
        """The address as people may see it."""
        return ",".join(f"{name}:{port}" for name, port in self.hosts)


def read_address(url: str, *, schemes: Mapping[str, int]) -> Address:
    """
    The parts of a sink's URL, its query left out; the schemes come with their default ports.

    Raises:
        SettingsError: it is no such URL. The sentence quotes nothing: what cannot be read may be the password.
    """
    names = ", ".join(f"{scheme}://" for scheme in schemes)
    found = _ADDRESS.fullmatch(url.strip())
    if not found or found["scheme"] not in schemes:
        raise SettingsError(
            f"this is no {names} address; a password's / ? # @ and : must be written as %2F %3F %23 %40 and %3A"
        )
    user, _, password = (found["user"] or "").partition(":")
    path = found["path"]
    return Address(
        scheme=found["scheme"],
        hosts=tuple(_host(part, schemes[found["scheme"]]) for part in found["hosts"].split(",")),
        user=unquote(user),
        password=unquote(password),
        path=None if path is None else unquote(path),
    )


def check_options(options: Mapping[str, str], *, known: Collection[str]) -> None:
    """
    Nothing, if every option is one of these.

    Raises:
        SettingsError: one is not; a misspelt option that is passed over would be found out in an accident.
    """
    strange = sorted(set(options) - set(known))
    if strange:
        raise SettingsError(f"no option {strange[0]!r} here; there are {', '.join(sorted(known))}")


def choice(options: Mapping[str, str], name: str, *, among: tuple[str, ...]) -> str:
    """
    The option's word; the first one is the default.

    Raises:
        SettingsError: it is none of these.
    """
    word = options.get(name, among[0])
    if word not in among:
        raise SettingsError(f"{name} must be {' or '.join(among)}")
    return word


def duration(options: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    """
    The option's span of time, in seconds or as ISO 8601 (``PT10M``).

    Raises:
        SettingsError: it is none, or nothing at all.
    """
    said = options.get(name)
    if said is None:
        return default
    try:
        found = timedelta(seconds=float(said)) if _SECONDS.fullmatch(said) else _DURATION.validate_python(said)
    except ValidationError:
        found = timedelta(0)
    if found <= timedelta(0):
        raise SettingsError(f"{name} must be a time above zero, in seconds or like PT10M")
    return found


def named(options: Mapping[str, str], name: str, default: str, *, pattern: str) -> str:
    """
    The option's name of something in the engine.

    Raises:
        SettingsError: the engine allows no such name.
    """
    found = options.get(name, default)
    if not re.fullmatch(pattern, found):
        raise SettingsError(f"{name} cannot be {found!r}")
    return found


def check_tls(options: Mapping[str, str]) -> None:
    """
    Nothing, if ``tls_context`` will find what it needs.

    Raises:
        SettingsError: a file is missing, or ``tls_verify`` is neither yes nor no.
    """
    choice(options, "tls_verify", among=("yes", "no"))
    for name in ("cafile", "certfile", "keyfile"):
        if name in options and not Path(options[name]).is_file():
            raise SettingsError(f"{name} {options[name]!r} is no file")
    if "keyfile" in options and "certfile" not in options:
        raise SettingsError("keyfile needs certfile")


def tls_context(options: Mapping[str, str]) -> ssl.SSLContext:
    """What TLS connections are made with."""
    context = ssl.create_default_context(cafile=options.get("cafile"))
    if options.get("tls_verify") == "no":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if "certfile" in options:
        context.load_cert_chain(options["certfile"], options.get("keyfile"))
    return context


def tokens(parcel: Parcel) -> str:
    """The source's domain as words between dots, fit for routing keys and subjects of every engine."""
    words = (_NO_LETTER_OF_A_TOKEN.sub("_", word) for word in parcel.source_domain.lower().split("."))
    return ".".join(word for word in words if word) or "unknown"


def hide(sentence: object, *secrets: str) -> str:
    """An engine's sentence, on one line and without these secrets."""
    text = " ".join(str(sentence).split())
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return text[:MAX_SENTENCE]


def is_stopped() -> bool:
    """
    Whether a CancelledError that we see means us.

    Libraries cancel futures of their own when a line breaks; taken for the wish of somebody who stops us, that would
    end the task that publishes.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _host(part: str, default_port: int) -> tuple[str, int]:
    found = _HOST.fullmatch(part)
    if not found or not 0 < int(found["port"] or default_port) <= _LAST_PORT:
        raise SettingsError("this address names no host, or no port from 1 to 65535")
    return found["name"].strip("[]"), int(found["port"] or default_port)
