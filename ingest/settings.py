"""
Every setting there is, its default and its unit; the only reader of the environment.

A setting ``poll_interval`` is the variable ``COPYDESK_POLL_INTERVAL``; ``REDIS_URL``, ``PORT`` and ``WEB_CONCURRENCY``
keep the names that hosts such as Heroku give them. Durations are seconds ("90") or ISO 8601 ("PT1H30M").
"""

from __future__ import annotations

import os
import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ingest.errors import SettingsError

Network = IPv4Network | IPv6Network


def _seconds(value: object) -> object:
    """A bare number, as a variable's text, is seconds."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


Duration = Annotated[timedelta, BeforeValidator(_seconds)]


def _backlog(value: object) -> object:
    """A bare number, as a variable's text, is a number of entries; any other text is "all" or a duration."""
    if not isinstance(value, str) or value == "all":
        return value
    if value.isascii() and value.isdigit():
        return int(value[:9])
    if not value.startswith("P"):
        raise ValueError("must be all, a number of entries, or a duration such as P2D")
    return TypeAdapter(timedelta).validate_python(value)


#: What of a new feed's first document is published: everything, so many of the newest entries, or those of so long.
FirstPoll = Annotated[
    Literal["all"] | Annotated[int, Field(ge=0)] | Annotated[timedelta, Field(ge=timedelta(0))],
    BeforeValidator(_backlog),
]


def _ages(value: object) -> object:
    """A list of durations as a variable's text; "off" is none."""
    if not isinstance(value, str):
        return value
    return () if value.strip().lower() == "off" else tuple(part.strip() for part in value.split(",") if part.strip())


#: Ages at which something is due, the youngest first.
Ages = Annotated[
    tuple[Annotated[Duration, Field(ge=timedelta(minutes=1))], ...],
    NoDecode,
    BeforeValidator(_ages),
    Field(max_length=20),
]


def _kinds(value: object) -> object:
    """A list of words as a variable's text; "off" is none."""
    return _ages(value.lower()) if isinstance(value, str) else value


#: What is archived.
Kinds = Annotated[tuple[Literal["pages", "feeds"], ...], NoDecode, BeforeValidator(_kinds)]

#: Variables that may carry a password; children that touch foreign bytes never see them.
SECRET_VARIABLES = (
    "REDIS_URL",
    "COPYDESK_REDIS_URL",
    "REDIS_TLS_URL",
    "COPYDESK_BROKER_URL",
    "COPYDESK_SINKS",
    "COPYDESK_WEB_TOKEN",
    "SENTRY_DSN",
    "COPYDESK_SENTRY_DSN",
    "OTEL_EXPORTER_OTLP_HEADERS",
)
#: An address with a password, or a webhook's secret (Standard Webhooks).
_SECRET = re.compile(r"://[^/\s:@]*:[^/\s@]+@|^whsec_")


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(env_prefix="COPYDESK_", env_file=".env", extra="ignore", frozen=True)

    # -- the store
    #: redis:// rediss:// or unix:// address of Redis >= 7 or Valkey >= 7.2; empty means the embedded server.
    redis_url: str = Field(default="", validation_alias=AliasChoices("REDIS_URL", "COPYDESK_REDIS_URL", "redis_url"))
    #: "no" accepts the self-signed certificates of Heroku's Redis; said aloud at every start.
    redis_tls_verify: bool = True
    #: PEM file of the authority that signed the Redis certificate; better than redis_tls_verify=no.
    redis_ca_file: Path | None = None
    #: First part of every key and of the output stream, so that several desks can share one server.
    prefix: str = Field(default="copydesk", pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    #: amqp:// or amqps:// address of a RabbitMQ that carries work to the workers; empty: the store does.
    broker_url: SecretStr = SecretStr("")
    #: Where the embedded store and the demo keep their data.
    data: Path = Path("data")
    #: Connections a process may hold to the store (small Redis plans allow 20 in all); two of them run scripts.
    redis_connections: int = Field(default=16, ge=3, le=1000)

    #: The operator's list of feeds and of what is special about sources; looked at every twenty seconds.
    feeds_file: Path = Path("feeds.toml")

    # -- sinks
    #: Where events go beside the output stream; looked at every twenty seconds.
    sinks_file: Path = Path("sinks.toml")
    #: The simple case without a file: addresses with spaces between them, or env:NAME for one that a variable holds.
    sinks: str = Field(default="", repr=False)

    # -- asking politely
    #: Where a site's owner finds us: an http(s) page or a mailto: address. Part of the User-Agent.
    contact: str = ""
    #: Pause between two polls of a feed whose rhythm is not known yet, or that has an entry every three days.
    poll_interval: Duration = Field(default=timedelta(hours=1), ge=timedelta(seconds=1))
    #: Each feed is polled in its own rhythm: busy ones more often than poll_interval, quiet ones more rarely.
    poll_adaptive: bool = True
    #: However busy a feed is, the pause is no shorter (unless poll_interval, or the feed's own interval, is).
    poll_floor: Duration = Field(default=timedelta(minutes=10), ge=timedelta(seconds=1))
    #: Up to this share of the interval is added, so that feeds spread out (it never shortens).
    poll_jitter: float = Field(default=0.1, ge=0, le=1)
    #: A quiet or failing feed is asked ever more rarely, down to this pause; it is never given up.
    poll_ceiling: Duration = Field(default=timedelta(hours=24), ge=timedelta(seconds=1))
    #: What of a new feed's backlog is published: "all", a number of the newest entries, or their age ("P2D").
    first_poll: FirstPoll = 20
    #: Pause between the starts of two requests to one registrable domain, over all workers.
    host_interval: Duration = Field(default=timedelta(seconds=2), ge=timedelta(0))
    #: The same for one IP address, never more than host_interval. Small, because behind an address of a content network
    #: or a blog host stand thousands of sites: at 0.25 s it is asked for 14,400 documents an hour.
    address_interval: Duration = Field(default=timedelta(milliseconds=250), ge=timedelta(0))
    #: Whether robots.txt (RFC 9309) is heeded for article pages. Feeds are asked for because the operator named them.
    robots: bool = True
    #: Networks besides the public internet that may be asked ("127.0.0.0/8,10.1.0.0/16").
    allowed_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    #: Ports that may be asked; empty means every port (only sensible together with allowed_networks).
    allowed_ports: Annotated[tuple[int, ...], NoDecode] = (80, 443, 8080, 8443)

    # -- limits
    #: A GET ends after this time, redirects and body included.
    fetch_deadline: Duration = timedelta(seconds=30)
    #: The largest feed, decoded.
    max_feed_bytes: int = Field(default=10_000_000, ge=1000)
    #: The largest article page, decoded.
    max_page_bytes: int = Field(default=5_000_000, ge=1000)
    #: A parse, or an extraction with its cleaning, is killed after this time.
    sandbox_deadline: Duration = timedelta(seconds=20)
    #: Address space of a sandboxed process.
    sandbox_bytes: int = 768 * 1024 * 1024
    #: Sandboxed processes; WEB_CONCURRENCY where a host sets it, else one a core up to two.
    sandbox_processes: int = Field(
        default_factory=lambda: min(2, os.cpu_count() or 1),
        ge=1,
        le=64,
        validation_alias=AliasChoices("COPYDESK_SANDBOX_PROCESSES", "WEB_CONCURRENCY", "sandbox_processes"),
    )
    #: Messages a worker works on side by side; each holds a few feeds or articles.
    worker_threads: int = Field(default=8, ge=1, le=256)

    # -- cleaning
    #: What repeats in a source's articles: not counted; counted and reported; or removed as well. What the operator
    #: keeps or drops acts in both of the latter.
    learning: Literal["off", "shadow", "active"] = "shadow"

    # -- being told
    #: http(s) address under which the web process is reached from outside; with it feeds' hubs push to us (WebSub).
    public_url: str = ""

    # -- work
    #: A claim on a feed or an entry runs out after this time unless its work begins; then it is claimed again.
    lease: Duration = Field(default=timedelta(seconds=90), ge=timedelta(seconds=2))
    #: Feeds or entries that may be claimed and not yet finished, each, over all workers.
    max_in_hand: int = Field(default=400, ge=1)
    #: From this share of the store's memory limit on no more articles are fetched; half way from it to the limit, polls
    #: slow down as well.
    high_water_memory: float = Field(default=0.85, gt=0, le=1)
    #: The same for events that the slowest consumer group has not read (without any group: all on the stream), polls
    #: slowing at twice as many; empty means never.
    high_water_events: int | None = Field(default=None, ge=1)
    #: Pause between two looks for due work.
    tick: Duration = Field(default=timedelta(seconds=1), ge=timedelta(milliseconds=50))
    #: Attempts at an entry before it becomes a dead letter (or its feed text is published instead).
    max_attempts: int = Field(default=5, ge=1)
    #: Pause after the first failed attempt at an entry; doubles with each.
    retry_pause: Duration = timedelta(minutes=1)
    #: How long a worker that loses its machine keeps the jobs it was handed (dramatiq's heartbeat).
    heartbeat: Duration = Field(default=timedelta(seconds=20), ge=timedelta(seconds=2))
    #: Work in hand at SIGTERM may take this long; what is not done then is released.
    drain: Duration = Field(default=timedelta(seconds=20), le=timedelta(seconds=25))
    #: A published article's page is asked again at these ages ("off": never); what changed materially is published.
    revisits: Ages = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
    #: Articles that may wait for such a look; each holds some 6 kB in the store. Those beyond are not looked at again.
    max_revisits: int = Field(default=10_000, ge=0)
    #: How long the identity of an article that left its feed is remembered.
    memory: Duration = Field(default=timedelta(days=90), ge=timedelta(days=1))

    # -- copies
    #: Copies of a text are recognised at least so long after it came out, at most twice as long; 1 kB an article.
    cluster_window: Duration = Field(default=timedelta(days=7), ge=timedelta(hours=1), le=timedelta(days=60))
    #: Bytes that this may take; past it copies are recognised for a shorter time. Empty: as many as it takes.
    cluster_memory: Annotated[int, Field(ge=1_000_000)] | None = None
    #: An article that its own source brings again so soon, under another id and address, is the first one; 0: never.
    reposts: Duration = Field(default=timedelta(days=7), ge=timedelta(0), le=timedelta(days=60))
    #: What becomes of a copy: published and marked; published without its text, which its head has; or not published.
    copies: Literal["publish", "head", "drop"] = "publish"
    #: How long events stay on the output stream after every consumer group has read them.
    stream_keep: Duration = Field(default=timedelta(days=1), ge=timedelta(0))
    #: Events older than this leave the stream though a group has not read them; empty means never.
    stream_limit: Duration | None = None

    # -- cleaning
    #: Rules of your own beside copydesk's: a folder of *.toml files, or one such file; read when a process starts.
    rules: Path | None = None

    # -- the archive
    #: What of the answers is kept in WARC files: "pages" of articles, "feeds" that changed, both, or "off".
    archive: Kinds = ()
    #: Where that is kept; the folder "archive" of the data folder where empty.
    archive_folder: Path | None = None
    #: How long it is kept; whole files go, the oldest first.
    archive_keep: Duration = Field(default=timedelta(days=30), ge=timedelta(hours=1))
    #: How much is kept at most, per folder.
    archive_max_bytes: int = Field(default=20_000_000_000, ge=1_000_000)

    # -- the processes
    #: Address of the status pages.
    web_host: str = "127.0.0.1"
    #: Port of the status pages; 0 is any free one.
    web_port: int = Field(
        default=8900, ge=0, le=65535, validation_alias=AliasChoices("PORT", "COPYDESK_WEB_PORT", "web_port")
    )
    #: What lets somebody change things through the status pages (retry, pause, ...); empty: nobody.
    web_token: SecretStr = SecretStr("")
    #: Whether the status pages and /metrics are shown only to those who have that token; empty: the pages (not
    #: /metrics) are wherever web_host is not loopback.
    web_private: bool | None = None
    #: http(s) address of an OpenTelemetry collector that takes traces and metrics by OTLP; empty: none.
    otel_endpoint: str = Field(
        default="",
        repr=False,
        validation_alias=AliasChoices("COPYDESK_OTEL_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "otel_endpoint"),
    )
    #: Where Sentry takes errors: their kinds and places in our code, nothing else.
    sentry_dsn: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("COPYDESK_SENTRY_DSN", "SENTRY_DSN", "sentry_dsn")
    )
    #: Port of the demo newsroom on its loopback addresses.
    demo_port: int = Field(default=8901, ge=1, le=65535)
    #: What is logged: lines of this level and the graver ones.
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: "auto" is pretty on a terminal and JSON otherwise.
    log_format: Literal["auto", "pretty", "json"] = "auto"

    @field_validator("allowed_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_ports", mode="before")
    @classmethod
    def _ports(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(int(part) for part in value.split(",") if part.strip())
        return value

    @field_validator(
        "stream_limit", "high_water_events", "cluster_memory", "archive_folder", "rules", "web_private", mode="before"
    )
    @classmethod
    def _never(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", value):
            raise ValueError("must be an http(s) address without a query")
        return value

    @field_validator("broker_url")
    @classmethod
    def _broker_url(cls, value: SecretStr) -> SecretStr:
        if value and not value.get_secret_value().startswith(("amqp://", "amqps://")):
            raise ValueError("must be an amqp:// or amqps:// address")
        return value

    @field_validator("web_token")
    @classmethod
    def _web_token(cls, value: SecretStr) -> SecretStr:
        # Whoever may ask a page may try as many as they like; sixteen letters of chance are beyond trying.
        if value and len(value.get_secret_value()) < 16:  # noqa: PLR2004 - as the sentence says
            raise ValueError("must have at least 16 characters; python -c 'import secrets; print(secrets.token_hex())'")
        return value

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://", "mailto:")):
            raise ValueError("must be an http(s) page or a mailto: address")
        if any(ord(letter) < 33 or ord(letter) > 126 or letter in "();" for letter in value):  # noqa: PLR2004 - printable ASCII
            raise ValueError("must be plain ASCII without spaces, brackets or semicolons")
        return value

    @property
    def archive_path(self) -> Path:
        """The folder of the archive."""
        return self.archive_folder or self.data / "archive"

    @property
    def hides_pages(self) -> bool:
        """Whether the status pages are shown only to those who have the token."""
        is_ours = self.web_host in {"localhost", "::1"} or self.web_host.startswith("127.")
        return not is_ours if self.web_private is None else self.web_private

    @property
    def stream(self) -> str:
        """The output stream's key."""
        return f"{self.prefix}:articles"


def load_settings(**overrides: object) -> Settings:
    """
    The settings from the environment and ``.env``, with ``overrides`` on top.

    Raises:
        SettingsError: a value makes no sense; the sentence names the variable.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic, which is the point
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        variable = name if name.isupper() else f"COPYDESK_{name.upper()}"
        raise SettingsError(f"{variable}: {first['msg'].removeprefix('Value error, ')}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(".env is not UTF-8 text") from error


def environment() -> dict[str, str]:
    """All variables with those that only stand in ``.env``: what an operator's file may name as ``env:NAME``."""
    listed = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return listed | dict(os.environ)


def forget_secrets() -> None:
    """
    Take passwords out of this process's environment, so that its children cannot inherit them.

    Also what only looks like one: sinks.toml may name any variable.
    """
    for name in [name for name, value in os.environ.items() if name in SECRET_VARIABLES or _SECRET.search(value)]:
        os.environ.pop(name)
