"""How much is read of one document."""

from __future__ import annotations

from typing import Final

#: Entries kept of one document; Media Cloud keeps as many.
MAX_ENTRIES: Final = 2000
