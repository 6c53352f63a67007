"""The configured sinks: read from sinks.toml and COPYDESK_SINKS, and read again when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from ingest.errors import SettingsError
from ingest.settings import Settings, environment
from ingest.sinks.sinks_toml import SinkPlan, all_sinks, read_sinks_setting, read_sinks_toml

log = structlog.get_logger()

#: A longer file is a mistake.
MAX_BYTES = 1_000_000


def read_plans(settings: Settings, variables: Mapping[str, str] | None = None) -> tuple[SinkPlan, ...]:
    """
    The sinks that are configured; a file that is not there names none.

    Raises:
        SettingsError: something of it makes no sense; the sentence says where.
    """
    variables = environment() if variables is None else variables
    path = settings.sinks_file
    try:
        data = _read(path)
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    try:
        listed = read_sinks_toml(data, variables)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error
    try:
        return all_sinks(listed, read_sinks_setting(settings.sinks, variables))
    except SettingsError as error:
        raise SettingsError(f"COPYDESK_SINKS: {error}") from error


class Watch:
    """The configuration as this process last saw it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._plans: tuple[SinkPlan, ...] | None = None
        self._said = ""

    async def look(self) -> tuple[SinkPlan, ...] | None:
        """The sinks, where they are others than before; a file that makes no sense, or is lost, changes nothing."""
        if self._plans and not self._settings.sinks_file.exists() and not self._settings.sinks:
            # As with feeds.toml: a lost disk is no wish. Who wants no sinks any more writes an empty file.
            return None
        try:
            found = await asyncio.to_thread(read_plans, self._settings)
        except SettingsError as error:
            if str(error) != self._said:
                self._said = str(error)
                log.error("sinks.refused", error=self._said)  # noqa: TRY400 - the sentence says it all
            return None
        self._said = ""
        if found == self._plans:
            return None
        self._plans = found
        return found


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{path}: it has more than {MAX_BYTES} bytes")
    return data
