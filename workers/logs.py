"""Logging of the processes: one JSON object a line, or pretty on a terminal; the libraries' warnings the same way."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from ingest.settings import Settings

#: Libraries that log one unit of their own work a line: only their warnings are news.
_TALKATIVE = ("dramatiq", "apscheduler", "aiohttp", "asyncio", "tzlocal")


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
        ending.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    else:
        # JSON escapes line ends and control characters: one event stays one line whatever a feed puts into it.
        ending += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=False)]
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(structlog.stdlib.ProcessorFormatter(processors=ending, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.contextvars.bind_contextvars(process=process)
