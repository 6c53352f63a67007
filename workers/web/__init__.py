"""The web process: what probes and Prometheus ask."""

from __future__ import annotations

from workers.web.serve import main

__all__ = ["main"]
