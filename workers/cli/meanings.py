"""What the names of failed polls mean, for people; the names are those of ingest.errors and polling.ladder."""

from __future__ import annotations

from http import HTTPStatus

#: By outcome, the detail apart.
MEANINGS = {
    "fetch-bad-url": "This is no address that can be asked.",
    "fetch-blocked-address": "The address leads into a network or to a port that is not to be asked; "
    "COPYDESK_ALLOWED_NETWORKS and COPYDESK_ALLOWED_PORTS allow more.",
    "fetch-dns": "The name of the server was not found.",
    "fetch-connect": "Nobody answered at the server's address and port.",
    "fetch-tls": "No secure connection came about: the certificate is wrong or expired, or the server is too old.",
    "fetch-timeout": "The server did not answer in full within COPYDESK_FETCH_DEADLINE.",
    "fetch-disconnected": "The server closed the connection before it had answered.",
    "fetch-truncated": "The answer broke off before its announced end.",
    "fetch-redirect-loop": "The redirects lead back to where they began.",
    "fetch-too-many-redirects": "There are more redirects than we follow.",
    "fetch-bad-redirect": "A redirect leads nowhere that can be asked.",
    "fetch-too-large": "The answer is larger than COPYDESK_MAX_FEED_BYTES.",
    "fetch-bomb": "The answer is small but unpacks without end: a decompression bomb.",
    "fetch-bad-encoding": "The answer is compressed in a way that cannot be unpacked.",
    "fetch-bad-response": "The server's answer is no HTTP.",
    "fetch-status": "The server refused with an HTTP status.",
    "fetch-not-html": "The server sent something that is no page.",
    "fetch-challenge": "The server wants a browser to prove itself; programs get nothing here for now.",
    "fetch-robots": "The site's robots.txt asks programs not to fetch this page, or could not be had.",
    "not-a-feed-empty": "The server sent nothing.",
    "not-a-feed-html": "This is a web page; its feed has another address (look for link rel=alternate in its source).",
    "not-a-feed-challenge": "The server wants a browser to prove itself; programs get nothing here for now.",
    "not-a-feed-parked": "The domain is for sale or lapsed; the feed may have another address.",
    "not-a-feed-paywall": "This is a page that asks for a subscription, not a feed.",
    "not-a-feed-opml": "This is a list of feeds; import it: copydesk feeds import FILE.",
    "not-a-feed-sitemap": "This is a sitemap, not a feed.",
    "not-a-feed-json": "This is JSON, but no JSON Feed.",
    "not-a-feed-xml": "This is XML, but of no feed format we know.",
    "not-a-feed-binary": "This is binary data, not a feed.",
    "not-a-feed-text": "This is plain text, not a feed.",
    "not-a-feed-broken": "This may have been a feed, but nothing in it can be read.",
    "not-a-feed-too-large": "The document is too large or too deep to be a feed.",
    "parse-deadline": "Reading it took longer than COPYDESK_SANDBOX_DEADLINE; it is made to hang readers, or huge.",
    "parse-crashed": "The document crashed the process that read it; no other was harmed.",
    "parse-memory": "Reading it needed more memory than COPYDESK_SANDBOX_BYTES.",
    "parse-failed": "Reading it failed in a way we did not foresee: please report this address.",
    "not-modified": "The server says that nothing changed since a visit we never made; its cache is misconfigured.",
}

_STATUS_CLASSES = {
    1: "The server sent no final answer.",
    2: "The server sent an answer without a feed in it.",
    3: "The server redirects without saying where to.",
    4: "The server refuses: look whether the address is right, and whether it wants a known User-Agent.",
    5: "The server is in trouble; a worker tries again, ever more rarely.",
}
_STATUSES = {
    401: "The feed wants a password, which we never send.",
    403: "The server refuses us; it may block programs, or want to know who asks (COPYDESK_CONTACT).",
    404: "There is nothing at this address.",
    410: "The feed is gone for good.",
    429: "The server was asked too often; a worker waits and tries again.",
}


def meaning_of(outcome: str) -> str:
    """What an outcome other than a read feed means, in one sentence; "" for a name we do not know."""
    if outcome in MEANINGS:
        return MEANINGS[outcome]
    number = outcome.removeprefix("status-")
    if not (outcome.startswith("status-") and number.isdigit()):
        return ""
    code = int(number)
    return _STATUSES.get(code) or _STATUS_CLASSES.get(code // 100, "The server answered with a status of its own.")


def name_of(status: int) -> str:
    """A status with its name, "404 Not Found"."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
