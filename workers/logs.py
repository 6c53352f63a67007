"""Logging of the processes: one JSON object a line, or pretty on a terminal; the libraries' warnings the same way."""

from __future__ import annotations

import logging
import re
import select
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from ingest.settings import Settings

#: What a terminal would act on instead of showing it.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

#: Libraries that log one unit of their own work a line: only their warnings are news.
_TALKATIVE = ("dramatiq", "apscheduler", "aiohttp", "asyncio", "tzlocal")


class _Unblocked(logging.StreamHandler[TextIO]):
    """
    Writes lines as long as somebody takes them: a log drain that stalls costs lines, which are counted, and no work.

    A pipe that may be written to takes 4096 bytes without a wait (pipe(7)); only a longer line could still be held up.
    """

    _lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        if not self._is_taken():
            self._lost += 1
            return
        lost, self._lost = self._lost, 0
        if lost:
            structlog.get_logger().warning("log.lost", lines=lost)
        super().emit(record)

    def _is_taken(self) -> bool:
        try:
            return bool(select.select([], [self.stream], [], 0)[1])
        except (OSError, ValueError):  # no descriptor, or a closed one: what that means is the stream's to say
            return True


def configure_logs(settings: Settings, process: str) -> None:
    """Make every later log line of this process carry its name, in the format the settings ask for."""
    is_pretty = settings.log_format == "pretty" or (settings.log_format == "auto" and sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    ending: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if is_pretty:
        # Not rich's tracebacks: they show local variables, and one of those is the store's address.
        plain = structlog.dev.plain_traceback
        ending += [_tame, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    else:
        # JSON escapes line ends and control characters: one event stays one line whatever a feed puts into it.
        ending += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=False)]
    out = _Unblocked(sys.stderr)
    out.setFormatter(structlog.stdlib.ProcessorFormatter(processors=ending, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.contextvars.bind_contextvars(process=process)


def _tame(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with every control character as its escape, so that foreign text stays on its line of the terminal."""
    del logger, name
    return {key: _escaped(value) if isinstance(value, str) else value for key, value in event.items()}


def _escaped(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
