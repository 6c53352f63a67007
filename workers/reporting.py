"""
Sentry: what is logged as an error, and what ends a process.

An event is built anew from a list of what may leave: our own event name, the kinds of the exceptions and where in the
code they came from. Messages, variables and the other keys of a log line stay here: they quote addresses and feeds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.utils import BadDsn, event_from_exception

from ingest.errors import SettingsError
from ingest.settings import Settings
from workers import VERSION

#: Seconds that a process gives the last events before it ends.
LAST_SECONDS = 2
_LEVELS = {"error": "error", "exception": "error", "critical": "fatal", "fatal": "fatal"}
_KEPT = ("event_id", "timestamp", "level", "platform", "release", "environment", "sdk", "logger")
_FRAME = ("filename", "function", "module", "lineno", "in_app")


@contextmanager
def open_reporting(settings: Settings, process: str) -> Iterator[None]:
    """
    Errors of this process to Sentry, for the length of the block.

    Raises:
        SettingsError: the DSN is none.
    """
    try:
        sentry_sdk.init(
            dsn=settings.sentry_dsn.get_secret_value(),
            release=f"copydesk@{VERSION}",
            server_name="",
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[ExcepthookIntegration()],
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            auto_session_tracking=False,
            trace_propagation_targets=[],
            shutdown_timeout=LAST_SECONDS,
            before_send=cleaned,  # type: ignore[arg-type]  # Sentry's Event is a TypedDict of all there may be
        )
    except (BadDsn, ValueError):
        raise SettingsError("the DSN is none that Sentry gave out") from None
    sentry_sdk.set_tag("process", process)
    known = structlog.get_config()["processors"]
    structlog.configure(processors=[report, *known])
    try:
        yield
    finally:
        structlog.configure(processors=known)
        sentry_sdk.get_client().close(timeout=LAST_SECONDS)
        sentry_sdk.get_global_scope().set_client(None)


def report(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of the log that passes errors on; the line itself goes its way."""
    del logger
    if method in _LEVELS:
        error = event.get("exc_info")
        if error is True:
            error = sys.exc_info()
        told: dict[str, Any] = event_from_exception(error)[0] if error and error != (None, None, None) else {}  # type: ignore[assignment]  # as above
        sentry_sdk.capture_event({**told, "level": _LEVELS[method], "logger": str(event.get("event", ""))})  # type: ignore[typeddict-item]  # as above
    return event


def cleaned(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """The event with what may leave, and nothing else."""
    del hint
    kept = {name: event[name] for name in _KEPT if name in event}
    kept["tags"] = {"process": str(event.get("tags", {}).get("process", ""))}
    values = (event.get("exception") or {}).get("values") or []
    name = str(event.get("logger", ""))
    if values:
        kept["exception"] = {"values": [_exception(value) for value in values]}
        kept["transaction"] = name
    else:
        kept["message"] = name
    return kept


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "stacktrace": {"frames": [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]},
    }
