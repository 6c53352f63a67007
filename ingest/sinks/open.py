"""Which class serves which address; an engine's module, and the library it needs, is loaded only where configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from ingest.errors import SettingsError
from ingest.sinks.engine import hide
from ingest.sinks.sink import Sink
from ingest.sinks.sinks_toml import SinkPlan
from ingest.sinks.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    """Where a sink's class is, and what must be installed for it."""

    path: str
    #: The extra of the distribution; "" for what needs none, and is lent the tools.
    extra: str = ""


_AMQP = _Engine(path="ingest.sinks.amqp:AmqpSink", extra="amqp")
_NATS = _Engine(path="ingest.sinks.nats:NatsSink", extra="nats")
_KAFKA = _Engine(path="ingest.sinks.kafka:KafkaSink", extra="kafka")
_WEBHOOK = _Engine(path="ingest.sinks.webhook:WebhookSink")
#: By the scheme of the address.
ENGINES: Mapping[str, _Engine] = {
    "jsonl": _Engine(path="ingest.sinks.jsonl:JsonlSink"),
    "http": _WEBHOOK,
    "https": _WEBHOOK,
    "amqp": _AMQP,
    "amqps": _AMQP,
    "nats": _NATS,
    "tls": _NATS,
    "tls+nats": _NATS,
    "kafka": _KAFKA,
}


@runtime_checkable
class Checked(Protocol):
    """A sink that can say whether its engine answers without an event."""

    async def check(self) -> str:
        """
        What was found, in a few words.

        Raises:
            SinkError: it does not answer.
        """
        ...


def open_sink(plan: SinkPlan, tools: Tools) -> Sink:
    """
    The sink of a plan; nothing is connected yet.

    Raises:
        SettingsError: nothing serves such an address, it makes no sense, or what serves it is not installed.
    """
    engine = ENGINES.get(plan.scheme)
    if engine is None:
        raise SettingsError(f"sink {plan.name}: no engine has {plan.scheme}: addresses ({', '.join(ENGINES)})")
    module, _, name = engine.path.partition(":")
    try:
        found: Any = getattr(import_module(module), name)
    except ImportError as error:
        if not engine.extra or (error.name or "").startswith("ingest"):
            raise
        raise SettingsError(f"sink {plan.name} needs: pip install 'copydesk[{engine.extra}]'") from error
    try:
        sink: Sink = found(plan.url, options=plan.options, **({} if engine.extra else {"tools": tools}))
    except SettingsError as error:
        raise SettingsError(f"sink {plan.name}: {hide(error, *plan.secrets)}") from None
    return sink


async def check_sink(sink: Sink) -> str:
    """
    What its engine answers, in a few words; nothing is published.

    Raises:
        SinkError: it does not answer.
    """
    if isinstance(sink, Checked):
        return await sink.check()
    await sink.publish(())
    return "answers"
