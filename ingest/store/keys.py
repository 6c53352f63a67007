"""
The whole keyspace. ``{p}`` is the prefix setting; times are milliseconds of the server's own clock.

Output
    {p}:articles        stream   one CloudEvent a row (design MESSAGE.md)
    {p}:article:{id}    hash     url title entry feed event digest head published; learned = its lines have been counted
                                 for its source; kept for `memory`

Subscriptions
    {p}:feeds           hash     feed id -> address, one row a subscription
    {p}:feed:{id}       hash     url title folder added interval, and what polling taught us: etag last_modified
                                 body_digest failures polled outcome detail reason strikes begun error; committed =
                                 token of the last commit, by which a repeated commit is recognised; gained = entries
                                 that the claim with token gained_by has added
    {p}:seen:{feed}     zset     entry id as 16 bytes -> when the feed last showed it; dropped `memory` after it left,
                                 by a poll that read a document

Work in hand ({w} is feeds or entries; an id is in due or in lease, never in both)
    {p}:due:{w}         zset     id -> when it may be worked on: the truth of what there is to do; fractions of a
                                 millisecond keep the order of one poll's entries
    {p}:lease:{w}       zset     id -> when its claim runs out
    {p}:token:{w}       hash     id -> fencing token of the claim in force
    {p}:tokens          string   counter that hands out fencing tokens
    {p}:entry:{id}      hash     in hand: ref (the parsed entry as JSON) feed seen strikes error begun
                                 (token:attempt); at its end: outcome reason closed closed_by article event, and ref
                                 only for dead letters, kept for `memory`
    {p}:dead            zset     entry id -> when it became a dead letter

Identity (claimed in the same script as the XADD; kept for `memory` after the last use)
    {p}:url:{digest}    string   digest of a URL key -> article id
    {p}:text:{digest}   string   digest of a clean text -> article id of its head

Sources (a source is a registrable domain; forgotten `memory` after its last article, but for what the operator said)
    {p}:sources              zset     domain -> when an article of it was last counted, +inf once it was corrected
    {p}:source:{domain}      hash     articles = distinct articles counted, copies = near copies that were not
    {p}:lines:{domain}:{b}   hash     digest of a line, 8 bytes -> its counts, packed as in learn.lua; b is 0 to 15, by
                                 the digest's first byte; at most 80 lines each, the least recently seen go first
    {p}:samples:{domain}     hash     digest -> the line's first 200 characters, once two articles had it
    {p}:verdicts:{domain}    hash     digest -> "keep" or "drop", a space, and the sample: kept until taken back

Politeness (these live for moments)
    {p}:host:{domain}   string   when this registrable domain may be asked again: the gate at the request
    {p}:plan:{domain}   string   when the next new entry of this domain falls due: spreads work before it is claimed

Accounts
    {p}:counts          hash     entries.seen entries.{outcome} polls.{outcome}: written only by the commits, so that
                                 entries seen = sum of entry outcomes + entries in hand
    {p}:work:*                   dramatiq's own: transport, all of it may be lost at any time

Cluster mode is not used: scripts touch keys of several feeds and hosts. Many machines share one server; beyond what one
server holds (some millions of feeds), desks are split by prefix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: The two kinds of work there are.
Work = Literal["feeds", "entries"]

#: Hashes that a source's lines are spread over, so that each stays small enough for the compact form (listpack).
BUCKETS = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of keys under one prefix."""

    prefix: str

    @property
    def articles(self) -> str:
        """The output stream."""
        return f"{self.prefix}:articles"

    @property
    def feeds(self) -> str:
        """All subscriptions."""
        return f"{self.prefix}:feeds"

    def feed(self, feed_id: str) -> str:
        """One feed's state."""
        return f"{self.prefix}:feed:{feed_id}"

    def due(self, work: Work) -> str:
        """What may be worked on, and when."""
        return f"{self.prefix}:due:{work}"

    def lease(self, work: Work) -> str:
        """What is claimed, and until when."""
        return f"{self.prefix}:lease:{work}"

    def token(self, work: Work) -> str:
        """The fencing tokens in force."""
        return f"{self.prefix}:token:{work}"

    @property
    def tokens(self) -> str:
        """The counter of fencing tokens."""
        return f"{self.prefix}:tokens"

    def entry(self, entry_id: str) -> str:
        """One entry: its reference, then its outcome."""
        return f"{self.prefix}:entry:{entry_id}"

    def item(self, work: Work, item_id: str) -> str:
        """The hash of a feed or an entry."""
        return self.feed(item_id) if work == "feeds" else self.entry(item_id)

    def seen(self, feed_id: str) -> str:
        """Entries a feed has shown."""
        return f"{self.prefix}:seen:{feed_id}"

    def url(self, digest: str) -> str:
        """Who owns a URL key."""
        return f"{self.prefix}:url:{digest}"

    def text(self, digest: str) -> str:
        """Who first published a text."""
        return f"{self.prefix}:text:{digest}"

    def article(self, article_id: str) -> str:
        """What is kept of a published article."""
        return f"{self.prefix}:article:{article_id}"

    @property
    def sources(self) -> str:
        """The sources of which something was learned."""
        return f"{self.prefix}:sources"

    def source(self, domain: str) -> str:
        """How many articles of a source were counted."""
        return f"{self.prefix}:source:{domain}"

    def lines(self, domain: str) -> tuple[str, ...]:
        """The buckets of a source's line counts."""
        return tuple(f"{self.prefix}:lines:{domain}:{bucket}" for bucket in range(BUCKETS))

    def samples(self, domain: str) -> str:
        """What a source's repeated lines say."""
        return f"{self.prefix}:samples:{domain}"

    def verdicts(self, domain: str) -> str:
        """The operator's corrections."""
        return f"{self.prefix}:verdicts:{domain}"

    @property
    def dead(self) -> str:
        """The dead letters."""
        return f"{self.prefix}:dead"

    def host(self, domain: str) -> str:
        """The gate of a registrable domain."""
        return f"{self.prefix}:host:{domain}"

    def plan(self, domain: str) -> str:
        """The line of new entries before that gate."""
        return f"{self.prefix}:plan:{domain}"

    @property
    def counts(self) -> str:
        """The counters of outcomes."""
        return f"{self.prefix}:counts"

    @property
    def work(self) -> str:
        """The namespace given to dramatiq."""
        return f"{self.prefix}:work"
