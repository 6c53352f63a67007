"""What an HTML page is that came in a feed's place: a bot challenge, a parked domain, a paywall, or just a page."""

from __future__ import annotations

import re
from typing import Final, Literal

Wall = Literal["challenge", "parked", "paywall"]

#: As much of a page says what it is.
_HEAD_LENGTH: Final = 100_000

#: Marks of the page itself, not of services that any page may load ("cdn-cgi/challenge-platform" is on ordinary pages).
_WALLS: Final[tuple[tuple[Wall, re.Pattern[str]], ...]] = (
    (
        "challenge",
        re.compile(
            r"_cf_chl_opt|cf-browser-verification|cf_chl_|cf-challenge|<title>\s*(?:just a moment|attention required!"
            r"|please wait\b|access denied|pardon our interruption|ddos-guard|human verification|security check"
            r"|making sure you\S{1,6}re not a bot|are you a robot|robot challenge|un momento|einen moment"
            r"|un instant)"
            r"|checking your browser before|verify(?:ing)? (?:that )?you are (?:a )?human|_incapsula_resource"
            r"|captcha-delivery\.com|px-captcha|awswafcookiedomainlist|sucuri_cloudproxy_js|window\._pxappid"
            r"|/\.within\.website/x/cmd/anubis|needs to review the security of your connection"
        ),
    ),
    (
        "parked",
        re.compile(
            r"domain(?: name)?(?: \S{1,80})? (?:is|may be) (?:for sale|parked|available for purchase)"
            r"|buy this domain|this domain has expired|domain has been (?:registered|parked)|sedoparking|parkingcrew"
            r"|hugedomains\.com|afternic\.com/forsale|dan\.com/buy-domain|godaddy\.com/forsale|bodis\.com|parklogic"
            r"|<title>[^<]{0,100}(?:domain (?:for sale|parking)|parked domain)|diese domain (?:steht zum verkauf"
            r"|kaufen)"
            r"|ce nom de domaine est à vendre|este dominio está (?:en venta|a la venta)"
        ),
    ),
    (
        "paywall",
        re.compile(
            r'"isaccessibleforfree"\s*:\s*"?false|subscribe (?:now )?to (?:continue|keep) reading'
            r"|(?:this (?:article|content|page|feed) is|available) (?:only )?(?:for|to) (?:paying |paid )?"
            r"(?:subscribers|members)"
            r"|(?:already a|become a) (?:subscriber|paying member)|log ?in to continue reading"
            r'|(?:class|id)="[^"<>]{0,200}paywall'
        ),
    ),
)


def wall_in(text: str) -> Wall | None:
    """Which wall a page is, None for any other page; linear in a bounded piece of it."""
    head = text[:_HEAD_LENGTH].lower()
    return next((wall for wall, marks in _WALLS if marks.search(head)), None)
