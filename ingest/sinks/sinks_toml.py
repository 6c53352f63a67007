"""
``sinks.toml``: where events go beside the output stream.

    [[sink]]
    name = "search"                     # of its consumer group, its counters, its dead letters
    url = "env:CLOUDAMQP_URL"           # a secret stays in the environment, or in .env
    format = "copydesk"                 # or "ninjs"
    from = "beginning"                  # or "now": a new sink begins with what comes next
    sources = ["example.org"]           # and the domains below it
    languages = ["en", "de"]
    roles = ["head"]                    # "copy"
    kinds = ["published", "updated"]    # "withdrawn"
    options = { queue = "articles" }    # the engine's; also the query of its url

The simple case needs no file: the setting ``COPYDESK_SINKS`` holds addresses with spaces between them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl, unquote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ingest.errors import SettingsError
from ingest.sinks.filters import Filters, Kind, Role

#: How an event's ``data`` is written: ours (article.v1.json), or IPTC ninjs 3.0.
Format = Literal["copydesk", "ninjs"]
#: Where a sink begins that has no group yet: with what the stream still holds, or with what comes next.
Start = Literal["beginning", "now"]

#: Whose query belongs to the address.
_OWN_QUERY: Final = frozenset({"http", "https"})
#: Options that are secrets wherever they stand.
_SECRET: Final = frozenset({"secret", "authorization", "sasl.password", "ssl.key.password", "ssl.key.pem"})
_ENV: Final = "env:"
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*")
_DOMAIN: Final = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkPlan:
    """One sink as the operator wants it; what may hold a password is in no repr."""

    name: str
    url: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    filters: Filters = field(default_factory=Filters)
    format: Format = "copydesk"
    start: Start = "beginning"
    #: Values of options that no sentence may hold.
    hidden: tuple[str, ...] = field(default=(), repr=False)

    @property
    def scheme(self) -> str:
        """``amqp``, ``jsonl``, ..."""
        return self.url.partition(":")[0]

    @property
    def shown(self) -> str:
        """The address as people may see it: without user, password, query, and the path of a webhook."""
        scheme, mark, rest = self.url.partition("://")
        if not mark:
            return self.url.partition("?")[0]
        if scheme == "jsonl":
            return f"jsonl://{rest.partition('?')[0]}"
        authority, after = re.split(r"(?=[/?#])", rest, maxsplit=1) if re.search(r"[/?#]", rest) else (rest, "")
        if "@" in after:
            # Where a password was not encoded, nobody knows where it ends.
            return f"{scheme}://***"
        path = after.partition("?")[0].partition("#")[0]
        is_secret = scheme in _OWN_QUERY and path.strip("/")
        return f"{scheme}://{authority.rpartition('@')[2]}{'/...' if is_secret else path}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no sentence may hold, the longest first."""
        if self.scheme == "jsonl":
            return ()
        rest = self.url.partition("://")[2]
        user, _, password = rest.rpartition("@")[0].partition(":")
        tail = re.split(r"[/?#]", rest, maxsplit=1)[1:] if self.scheme in _OWN_QUERY else []
        found = {self.url, *self.hidden, user, password, unquote(password), *tail}
        return tuple(sorted((one for one in found if len(one) >= MIN_SECRET), key=len, reverse=True))


#: A shorter secret stands in too many sentences by chance.
MIN_SECRET: Final = 4


def _matching(pattern: re.Pattern[str], sentence: str) -> AfterValidator:
    def check(value: str) -> str:
        text = value.lower().rstrip(".")
        if not pattern.fullmatch(text):
            raise ValueError(f"{value!r} is {sentence}")
        return text

    return AfterValidator(check)


class _Sink(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    url: str
    format: Format = "copydesk"
    start: Start = Field(default="beginning", alias="from")
    sources: tuple[Annotated[str, _matching(_DOMAIN, "no domain such as example.org")], ...] = ()
    languages: tuple[Annotated[str, _matching(_LANGUAGE, "no language such as en or pt-br")], ...] = ()
    roles: tuple[Role, ...] = ()
    kinds: tuple[Kind, ...] = ()
    options: dict[str, bool | int | float | str] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sink: tuple[_Sink, ...] = ()


def read_sinks_toml(data: bytes, environment: Mapping[str, str]) -> tuple[SinkPlan, ...]:
    """
    The sinks that these bytes name.

    Raises:
        SettingsError: they make no sense; the sentence says where and why.
    """
    try:
        file = _File.model_validate(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise SettingsError("it is not UTF-8 text") from error
    except RecursionError as error:
        raise SettingsError("it is nested too deep") from error
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    except ValueError as error:  # also what is no TOMLDecodeError, such as too long a number
        raise SettingsError(f"it is no TOML: {error}") from error
    return _unique([_plan(one, environment) for one in file.sink])


def read_sinks_setting(text: str, environment: Mapping[str, str]) -> tuple[SinkPlan, ...]:
    """
    The sinks of ``COPYDESK_SINKS``, each named by its engine: "amqp", the second one of a kind "amqp-2".

    Raises:
        SettingsError: one is no address.
    """
    plans: list[SinkPlan] = []
    for number, part in enumerate(text.split(), start=1):
        where = f"address {number}"
        url = _resolved(part, environment, where)
        scheme = _scheme(url, where)
        kind = {"http": "webhook", "https": "webhook", "amqps": "amqp"}.get(scheme, scheme.replace("+", "-"))
        alike = sum(re.fullmatch(rf"{re.escape(kind)}(-\d+)?", plan.name) is not None for plan in plans)
        name = kind if not alike else f"{kind}-{alike + 1}"
        plans.append(SinkPlan(name=name, url=url, options=_query(url, scheme)))
    return tuple(plans)


def _unique(plans: Sequence[SinkPlan]) -> tuple[SinkPlan, ...]:
    names = [plan.name for plan in plans]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"two sinks are called {name!r}")
    return tuple(plans)


def all_sinks(*groups: Sequence[SinkPlan]) -> tuple[SinkPlan, ...]:
    """
    The sinks of several places together.

    Raises:
        SettingsError: two have one name.
    """
    return _unique([plan for group in groups for plan in group])


def _plan(one: _Sink, environment: Mapping[str, str]) -> SinkPlan:
    where = f"sink {one.name}"
    url = _resolved(one.url, environment, f"{where}: url")
    scheme = _scheme(url, f"{where}: url")
    said = {name: _resolved(_word(value), environment, f"{where}: {name}") for name, value in one.options.items()}
    return SinkPlan(
        name=one.name,
        url=url,
        options=_query(url, scheme) | said,
        filters=Filters(sources=one.sources, languages=one.languages, roles=one.roles, kinds=one.kinds),
        format=one.format,
        start=one.start,
        hidden=tuple(
            value for name, value in said.items() if name in _SECRET or str(one.options[name]).startswith(_ENV)
        ),
    )


def _word(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _resolved(text: str, environment: Mapping[str, str], where: str) -> str:
    if not text.startswith(_ENV):
        return text
    name = text.removeprefix(_ENV)
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(f"{where}: the variable {name} is not set")
    return value


def _scheme(url: str, where: str) -> str:
    scheme, mark, rest = url.partition(":")
    if not mark or not rest or not _SCHEME.fullmatch(scheme) or any(ord(letter) < 0x20 for letter in url):  # noqa: PLR2004 - controls
        # Not quoted: what is no address may be a password.
        raise SettingsError(f"{where}: it is no address such as jsonl:articles.jsonl or amqp://...")
    return scheme


def _query(url: str, scheme: str) -> dict[str, str]:
    return {} if scheme in _OWN_QUERY else dict(parse_qsl(url.partition("?")[2], keep_blank_values=True))


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_input=False)[0]
    where = [f"{part + 1}" if isinstance(part, int) else str(part) for part in first["loc"]]
    place = ": ".join(filter(None, (" ".join(where[:2]), " ".join(where[2:]))))
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
