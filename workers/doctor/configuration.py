"""The settings: names nobody reads, files that make no sense, what should be set and is not."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from dotenv import dotenv_values
from pydantic import AliasChoices

from ingest.errors import SettingsError
from ingest.feeds.feeds_toml import read_feeds_toml
from ingest.settings import Settings
from ingest.sinks.open import ENGINES
from workers.doctor.finding import Finding, fine, problem, warning
from workers.listing import MAX_BYTES
from workers.rules import own_rules
from workers.sinks import read_plans

ENV_FILE = Path(".env")
#: What other tools than the product read under our prefix: tests, the tree's parent, shell completion.
_OTHERS = ("COPYDESK_TEST_", "COPYDESK_SOAK_", "COPYDESK_FUZZ_", "COPYDESK_BENCH_", "COPYDESK_PARENT")
#: Setting that asks for it, module, extra.
_EXTRAS = (
    ("broker_url", "pika", "rabbitmq"),
    ("archive", "warcio", "archive"),
    ("sentry_dsn", "sentry_sdk", "sentry"),
    ("otel_endpoint", "opentelemetry", "otel"),
)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: What a sink's extra installs.
_ENGINES = {"amqp": "aio_pika", "nats": "nats", "kafka": "confluent_kafka"}


def examine_configuration(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Everything that the settings alone tell."""
    yield env_file()
    yield variables(environment)
    yield contact(settings)
    yield exposure(settings)
    yield feeds_file(settings)
    yield sinks(settings)
    yield rules(settings)
    yield extras(settings)
    yield leases(settings)


def env_file(path: Path = ENV_FILE) -> Finding:
    """Whether the .env file, where there is one, can be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return fine("env-file", "there is none: the environment alone counts")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return problem(
            "env-file", f".env: {said}", why="no command starts", todo="chmod or rewrite it, or take it away"
        )
    count = sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)
    return fine("env-file", f".env: {count} settings")


def known_variables() -> frozenset[str]:
    """The names of all settings."""
    names = {f"COPYDESK_{name.upper()}" for name in Settings.model_fields}
    for field in Settings.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            names |= {str(choice) for choice in field.validation_alias.choices}
    return frozenset(name for name in names if name.isupper())


def variables(environment: Mapping[str, str]) -> Finding:
    """Names that look like settings and are none."""
    try:
        filed = set(dotenv_values(ENV_FILE)) if ENV_FILE.is_file() else set()
    except (OSError, UnicodeDecodeError):  # told by env_file
        filed = set()
    known = known_variables()
    ours = {name for name in {*environment, *filed} if name.upper().startswith("COPYDESK_")}
    unknown = sorted(name for name in ours if name.upper() not in known and not name.upper().startswith(_OTHERS))
    if not unknown:
        return fine("variables", f"{len(ours)} COPYDESK_ variables, all known")
    meant = []
    for name in unknown[:10]:
        near = difflib.get_close_matches(name.upper(), known, n=1)
        meant.append(f"{name} (did you mean {near[0]}?)" if near else name)
    return warning(
        "variables",
        f"unknown: {', '.join(meant)}",
        why="a setting under a name that nobody reads has no effect",
        todo="correct or remove it; the README lists all settings",
    )


def contact(settings: Settings) -> Finding:
    """Whether a site's owner can find out whom to write to."""
    if settings.contact:
        return fine("contact", settings.contact)
    return warning(
        "contact",
        "COPYDESK_CONTACT is not set",
        why="sites block programs that do not say who asks, instead of writing to you",
        todo="set it to a page or a mailto: address of yours",
    )


def exposure(settings: Settings) -> Finding:
    """Who may look at the status pages."""
    if settings.hides_pages and not settings.web_token:
        tell = problem if settings.web_private else warning
        return tell(
            "status-pages",
            "they are private, but no COPYDESK_WEB_TOKEN is set",
            why="nobody can log in; where COPYDESK_WEB_PRIVATE says so Prometheus gets no metrics either",
            todo="set the token: python -c 'import secrets; print(secrets.token_hex())'",
        )
    if settings.hides_pages:
        return fine("status-pages", "shown with the token")
    if settings.web_host in _LOOPBACK:
        return fine("status-pages", "shown on this machine only")
    return warning(
        "status-pages",
        f"everybody who reaches {settings.web_host} can read them",
        why="they show feeds, articles and errors; changing anything needs the token either way",
        todo="COPYDESK_WEB_PRIVATE=yes and COPYDESK_WEB_TOKEN, unless the network lets in only whom you trust",
    )


def feeds_file(settings: Settings) -> Finding:
    """Whether the list of feeds makes sense."""
    path = settings.feeds_file
    why = "the list that was in force before stays so; nothing of this one is"
    try:
        with path.open("rb") as file:
            listed = read_feeds_toml(file.read(MAX_BYTES))
    except FileNotFoundError:
        return fine("feeds-file", f"there is no {path}: feeds are added by command")
    except OSError as error:
        return problem("feeds-file", f"{path}: {error.strerror}", why=why, todo="let this user read it")
    except SettingsError as error:
        return problem("feeds-file", f"{path}: {error}", why=why, todo="correct it; it is looked at every 20 s")
    return fine("feeds-file", f"{path}: {len(listed.feeds)} feeds, {len(listed.sources)} sources")


def sinks(settings: Settings) -> Finding:
    """Whether the configuration of the sinks makes sense, and what their engines need is installed."""
    try:
        plans = read_plans(settings)
        unknown = [plan.name for plan in plans if plan.scheme not in ENGINES]
        if unknown:
            raise SettingsError(f"no engine has the addresses of: {', '.join(unknown)}")  # noqa: TRY301 - told as the others
    except SettingsError as error:
        return problem(
            "sinks",
            str(error),
            why="the relay goes on with the sinks it had; one that starts now has none",
            todo="correct it; it is looked at every 20 s",
        )
    wanted = {ENGINES[plan.scheme].extra for plan in plans} & set(_ENGINES)
    missing = sorted(extra for extra in wanted if not find_spec(_ENGINES[extra]))
    if missing:
        return problem(
            "sinks",
            f"not installed: {', '.join(missing)}",
            why="their sinks take nothing",
            todo=f"pip install 'copydesk[{','.join(missing)}]'",
        )
    return fine("sinks", f"{len(plans)} configured" if plans else "none: the stream is the only output")


def rules(settings: Settings) -> Finding:
    """Whether the operator's own rules make sense."""
    try:
        own = own_rules(settings)
    except SettingsError as error:
        return problem(
            "rules", str(error), why="no worker starts", todo="correct it: copydesk rules test says how each rule fares"
        )
    if settings.rules is None:
        return fine("rules", "those of copydesk")
    return fine("rules", f"those of copydesk, and {len(own)} files in {settings.rules}")


def extras(settings: Settings) -> Finding:
    """Whether what is configured is installed."""
    wanted = [
        (module, extra) for name, module, extra in _EXTRAS if getattr(settings, name, None) and not find_spec(module)
    ]
    if not wanted:
        return fine("extras", "everything that is configured is installed")
    names = ",".join(extra for _, extra in wanted)
    return problem(
        "extras",
        f"not installed: {', '.join(module for module, _ in wanted)}",
        why="what the settings ask for needs it",
        todo=f"pip install 'copydesk[{names}]'",
    )


def leases(settings: Settings) -> Finding:
    """Whether the times of the settings go together."""
    longest = settings.fetch_deadline + settings.sandbox_deadline
    if settings.lease <= settings.tick * 2:
        return problem(
            "times",
            f"COPYDESK_LEASE {_s(settings.lease)} is hardly longer than COPYDESK_TICK {_s(settings.tick)}",
            why="claims run out before a worker has them, and nothing is ever done",
            todo="raise COPYDESK_LEASE (90 s)",
        )
    if settings.lease < longest:
        return warning(
            "times",
            f"COPYDESK_LEASE {_s(settings.lease)} is shorter than a slow fetch and its parse, {_s(longest)}",
            why="slow pages are given up and begun again, and never published if that repeats",
            todo="raise COPYDESK_LEASE, or lower COPYDESK_FETCH_DEADLINE and COPYDESK_SANDBOX_DEADLINE",
        )
    return fine("times", f"a claim holds {_s(settings.lease)}, the slowest article takes {_s(longest)}")


def _s(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"
