"""The operator's own boilerplate rules: read from COPYDESK_RULES when a process starts, beside those of copydesk."""

from __future__ import annotations

from pathlib import Path

from ingest.cleaning.rules import OwnRules, load_rules, rule_texts
from ingest.errors import SettingsError
from ingest.settings import Settings

#: A rule file is a page of text; a longer one is no rule file.
MAX_BYTES = 1_000_000


def own_rules(settings: Settings) -> OwnRules:
    """
    The operator's rule files by name, each of them sound; none where nothing is set.

    Raises:
        SettingsError: a file cannot be read, or a rule makes no sense; the sentence names file, rule and fault.
    """
    place = settings.rules
    if place is None:
        return ()
    own = _read(place)
    try:
        load_rules(own)
    except SettingsError as error:
        raise SettingsError(f"COPYDESK_RULES: {place if place.is_dir() else place.parent}: {error}") from error
    return own


def _read(place: Path) -> OwnRules:
    try:
        place.stat()
        # Not glob, to which a folder that may not be read is an empty one.
        files = sorted(file for file in place.iterdir() if file.suffix == ".toml") if place.is_dir() else [place]
        return tuple((file.name, _text(file)) for file in files)
    except OSError as error:
        raise SettingsError(f"COPYDESK_RULES: {error.filename or place}: {error.strerror}") from error


def _text(file: Path) -> str:
    if file.suffix != ".toml" or file.name in rule_texts():
        raise SettingsError(f"COPYDESK_RULES: {file}: a rule file needs a name of its own that ends in .toml")
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SettingsError(f"COPYDESK_RULES: {file}: it has more than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"COPYDESK_RULES: {file}: it is not UTF-8 text") from None
