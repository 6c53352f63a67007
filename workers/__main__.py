"""``python -m workers``: the same as the command ``copydesk``."""

from __future__ import annotations

from workers.cli import main

# Guarded: the sandbox's fork server imports this module too.
if __name__ == "__main__":
    main()
