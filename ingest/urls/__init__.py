"""Addresses as text: which may be asked, what a reference points at, which are the same article. Pure."""

from __future__ import annotations

from ingest.urls.address import MAX_URL_LENGTH, fetch_url, redact, registrable_domain, resolve
from ingest.urls.key import address_id, url_key

__all__ = ["MAX_URL_LENGTH", "address_id", "fetch_url", "redact", "registrable_domain", "resolve", "url_key"]
