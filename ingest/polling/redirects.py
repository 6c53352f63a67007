"""
Which address a feed has moved to for good, and when to believe it (reliability.md P36-P40).

Redirects are set up by mistake, by captive networks and by lapsed domains: one is adopted after a week of agreement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from ingest.models import Moved, Redirect

#: RFC 9110 15.4.2 and 15.4.9. 302, 303 and 307 say "for now", 300 leaves a choice.
_PERMANENT: Final = frozenset({301, 308})
#: An address is adopted when so many polls have been sent there and read a feed ...
MIN_POLLS: Final = 3
#: ... over at least this time (Feedbin waits for 6 days).
MIN_AGE: Final = timedelta(days=7)

#: Words of an address where people are asked something and programs get no feed.
_DETOUR: Final = re.compile(
    r"(?<![a-z])(?:log[-_]?in|log[-_]?on|sign[-_]?in|sign[-_]?up|sso|oauth2?|auth|consent|captcha|challenge|verify|paywall|suspended"
    r"|blocked|domain-?(?:for-?sale|expired|parking)|parked|parking)(?![a-z])",
    re.IGNORECASE,
)
#: Where lapsed domains lead: parking and domain dealers, and the numbered hosts they use (ww1, ww25).
_DEALER: Final = re.compile(
    r"(?:[^.]+\.)*(?:sedo|sedoparking|parkingcrew|bodis|hugedomains|dan|afternic|above|parklogic|undeveloped|uniregistry"
    r"|domainmarket|buydomains|brandbucket|squadhelp|atom|parking\.godaddy|smartname|domainsponsor|skenzo|fabulous)"
    r"\.(?:com|net|org|de)|ww[0-9]{1,3}\..+",
    re.IGNORECASE,
)


def permanent_target(url: str, redirects: Sequence[Redirect]) -> str | None:
    """
    The address that the permanent hops at the beginning of a redirect chain lead to; None when there are none.

    What comes after a temporary hop says nothing for good (P37). None also when the way leads over a login, a captcha,
    a parking host, or from https down to http.
    """
    here = url
    for hop in redirects:
        if hop.status not in _PERMANENT:
            break
        if not is_trustworthy(here, hop.url):
            return None
        here = hop.url
    return here if here != url else None


def is_trustworthy(url: str, target: str) -> bool:
    """Whether a feed may follow a redirect for good: not off https, nor to where no feed is."""
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
        is_downgrade = urlsplit(url).scheme.lower() == "https" and parts.scheme.lower() != "https"
    except ValueError:
        return False
    if not host or is_downgrade or _DEALER.fullmatch(host):
        return False
    return not _DETOUR.search(f"{host}{parts.path}")


def remember(moved: Moved | None, target: str | None, now: datetime) -> Moved | None:
    """What is known of a move after one more poll that read a feed; ``target`` is where its permanent hops led."""
    if target is None:
        return None
    if moved is None or moved.url != target or now < moved.since:
        return Moved(url=target, since=now)
    return replace(moved, polls=moved.polls + 1)


def is_ripe(moved: Moved, now: datetime) -> bool:
    """Whether one more poll that agrees makes the new address the feed's own."""
    return moved.polls + 1 >= MIN_POLLS and now - moved.since >= MIN_AGE
