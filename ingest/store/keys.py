"""
The whole keyspace. ``{p}`` is the prefix setting; times are milliseconds of the server's own clock.

Output
    {p}:articles        stream   one CloudEvent a row (design MESSAGE.md)
    {p}:article:{id}    string   what record.RECORD names, with spaces between: learned (its lines have been counted for
                                 its source) event (its row of the output stream) head (of a copy) revision (of its
                                 last event) revisited revisit_event (token of the last look and the event it sent)
                                 replayed latest (mark of the last replay and its event) known (record.Known as JSON);
                                 kept for `memory`
    {p}:draft:{id}      hash     an article that will be looked at again: ref (the entry) and data (of its last event),
                                 zlib; page_title etag last_modified; published; step = looks done; doubt = what a
                                 second look must confirm; withdrawn; changed = the feed shows it in another way ("2":
                                 since a look is in hand); strikes error begun; gone after the last look, or two days
                                 after one that never came

Consumers (their groups and what is pending are the stream's own)
    {p}:done:{group}:{event}  string  "begun" or "done": what Once remembers of an event for a group, for its `memory`
    {p}:aside:{group}   stream   a group's dead letters, 500 at most: the events' fields, and row (on the output stream)
                                 deliveries consumer (the last that had it)
    {p}:asides          zset     group that has dead letters -> when the last one was put aside

Subscriptions
    {p}:feeds           hash     feed id -> address, one row a subscription
    {p}:feed:{id}       hash     url title folder added interval, and what polling taught us: etag last_modified
                                 body_digest failures polled outcome detail reason strikes begun error; committed =
                                 token of the last commit, by which a repeated commit is recognised; gained = entries
                                 that the claim with token gained_by has added; state and state_reason of a feed that
                                 is not polled; items_digest full_at unreliable_at moved_url moved_since moved_polls:
                                 as in models.Feed; aliases = ids that lead here; window = what the last document
                                 showed, 40 bytes an entry (feeds/window.py); guids = "distrusted" for good
    {p}:aliases         hash     id of an address that a feed left or took over -> id of the feed: the same address
                                 added again finds it
    {p}:seen:{feed}     zset     entry id as 16 bytes -> second (not millisecond) when the feed last showed it; dropped
                                 `memory` after it left, by a poll that read a document
    {p}:overrides       string   what feeds.toml says of single sources, as JSON
    {p}:listed          hash     feed ids that feeds.toml lists -> address; a feed that leaves it is paused
    {p}:hub:{feed}      hash     its WebSub subscription: hub topic token secret state asked until lease misses
    {p}:callback:{dig}  string   digest of a callback's token -> feed id
    {p}:pushed:{feed}   list     what its hub pushed and no poll has taken in yet; kept for a day

Work in hand ({w} is feeds, entries or revisits; an id is in due or in lease, never in both; a resting feed in neither)
    {p}:due:{w}         zset     id -> when it may be worked on: the truth of what there is to do; fractions of a
                                 millisecond keep the order of one poll's entries
    {p}:lease:{w}       zset     id -> when its claim runs out
    {p}:token:{w}       hash     id -> fencing token of the claim in force
    {p}:tokens          string   counter that hands out fencing tokens
    {p}:entry:{id}      hash     in hand: ref (the parsed entry as JSON) feed seen strikes error begun
                                 (token:attempt) document (its text's number); of a dead letter outcome reason closed
                                 closed_by article too, kept for `memory`
    {p}:entry:{id}      string   one that ended: what entries.ENDED names, with spaces between, kept for `memory`
    {p}:dead            zset     entry id -> when it became a dead letter

Identity (claimed in the same script as the XADD; kept for `memory` after the last use)
    {p}:url:{id}        string   id of a URL key (urls.address_id) -> article id, or "*": several texts have it, so it
                                 is nobody's; an article with that very id owns it without this
    {p}:text:{digest}   string   digest of a clean text too short for the index of copies -> article id of its head

Copies ({win} is `cluster_window` in milliseconds)
    {p}:documents                string   counter that numbers the texts in the index
    {p}:sketch:{n}               string   a text's sketch, then its standing (commit_article.lua); ends with its segment
    {p}:segments:{win}           string   the index's two segments, ten numbers: of the one that takes texts in its name
                                          (its first text's number), when it began, its bytes, marks and buckets; of
                                          the one before it name, beginning, bytes and buckets; then the next sketch to
                                          be dropped; -1 is none
    {p}:marks:{win}:{seg}        hash     a segment: bucket -> rows of a mark (5 bytes) and the number of the first text
                                          that had it (4); dropped by a vote, or an hour after the next segment's end

Sources (a source is a registrable domain; forgotten `memory` after its last article, but for what the operator said)
    {p}:sources              zset     domain -> when an article of it was last counted, +inf once it was corrected
    {p}:source:{domain}      hash     articles = distinct articles counted, copies = near copies that were not
    {p}:lines:{domain}:{b}   hash     digest of a line, 8 bytes -> its counts, packed as in learn.lua; b is 0 to 15, by
                                 the digest's first byte; at most 80 lines each, the least recently seen go first
    {p}:samples:{domain}     hash     digest -> the line's first 200 characters, once two articles had it
    {p}:verdicts:{domain}    hash     digest -> "keep" or "drop", a space, and the sample: kept until taken back

Politeness (but for robots these live for moments)
    {p}:host:{domain}   string   when this registrable domain may be asked again: the gate at the request
    {p}:plan:{domain}   string   when the next new entry of this domain falls due: spreads work before it is claimed
    {p}:back:{domain}   string   when the next one comes back that the gate sent away: they come one after the other
    {p}:address:{ip}    string   when this address may be asked again (IPv6: its first 64 bits)
    {p}:waits           zset     domain -> milliseconds that its line held us up lately: 5 % are forgotten a minute, and
                                 of more than 1000 domains the least
    {p}:robots:{origin} hash     outcome reason body (zlib) of an authority's robots.txt; stale = when it is too old;
                                 since = since when it cannot be had; errand until = who fetches it now; kept 7 days,
                                 40 days when it cannot be had

Sinks ({name} is a sink's; a relay reads for it as the group relay:{name} of {p}:articles)
    {p}:relay:{name}    string   which relay works for it, until its lease runs out
    {p}:sink:{name}     hash     state error since: how it is doing
    {p}:refused:{name}  stream   its dead letters, 500 at most: the events' fields, and reason
    {p}:again:{name}    stream   dead letters that it is to be given again, before what is new

Accounts
    {p}:counts          hash     sinks.{name}.{sent|filtered|lost|refused} (settle_rows.lua), and
                                 entries.seen entries.{outcome} polls.{outcome} revisits.{outcome}: written only by the
                                 commits, so that
                                 entries seen = sum of entry outcomes + entries in hand; a feed's backlog that its first
                                 poll leaves out is skipped, a known entry under another id is alias, and neither has
                                 a hash of its own
                                 replays.published: revisions that replays sent; archive.lost: what an archive was to
                                 keep and did not
                                 waits.{reserved|sent-away|milliseconds}: requests that a host's line held up, and
                                 for how long; delay.{publication|sight}.{bucket|milliseconds}: from then to the event,
                                 counted behind the stream (count_volume.lua); sandbox.{reason}, by the workers
    {p}:tally:{process} string   number of the last tally that a process has added; for an hour
    {p}:volume:cursor   string   row of the stream up to which sources' volumes are counted
    {p}:volumes         zset     source -> when its last event was sent; 90 days
    {p}:volume:{domain} hash     day (since 1970) -> "articles texts words feed_texts flagged removed kept" of its
                                 events, 35 days; feed = which showed the last one; 90 days after it
    {p}:drifts          hash     source -> how it drifts from what it was, as JSON
    {p}:history:names   hash     counter -> its column in the rows below; at most 500
    {p}:history:minutes hash     minute of the day (UTC) -> "moment value,value,...": the counters then, for a day
    {p}:history:hours   hash     hour of sixty days -> the same, for sixty days
    {p}:work:*                   dramatiq's own: transport, all of it may be lost at any time

Cluster mode is not used: scripts touch keys of several feeds and hosts. Many machines share one server; beyond what one
server holds (some millions of feeds), desks are split by prefix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: The kinds of work there are: polls of feeds, first looks at entries, later looks at published articles.
Work = Literal["feeds", "entries", "revisits"]

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

    def mark(self, group: str, event_id: str) -> str:
        """What a group's consumers remember of an event."""
        return f"{self.prefix}:done:{group}:{event_id}"

    def aside(self, group: str) -> str:
        """A group's dead letters."""
        return f"{self.prefix}:aside:{group}"

    @property
    def asides(self) -> str:
        """The groups that have dead letters."""
        return f"{self.prefix}:asides"

    @property
    def feeds(self) -> str:
        """All subscriptions."""
        return f"{self.prefix}:feeds"

    @property
    def overrides(self) -> str:
        """What the operator says of single sources."""
        return f"{self.prefix}:overrides"

    @property
    def listed(self) -> str:
        """The feeds that the operator's file lists."""
        return f"{self.prefix}:listed"

    def feed(self, feed_id: str) -> str:
        """One feed's state."""
        return f"{self.prefix}:feed:{feed_id}"

    @property
    def aliases(self) -> str:
        """Other addresses of feeds."""
        return f"{self.prefix}:aliases"

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
        """The hash of a feed, an entry or an article's draft."""
        match work:
            case "feeds":
                return self.feed(item_id)
            case "entries":
                return self.entry(item_id)
            case "revisits":
                return self.draft(item_id)

    def hub(self, feed_id: str) -> str:
        """What stands between a feed and its hub."""
        return f"{self.prefix}:hub:{feed_id}"

    def callback(self, digest: str) -> str:
        """Whose callback it is."""
        return f"{self.prefix}:callback:{digest}"

    def pushed(self, feed_id: str) -> str:
        """What a hub pushed for a feed."""
        return f"{self.prefix}:pushed:{feed_id}"

    def seen(self, feed_id: str) -> str:
        """Entries a feed has shown."""
        return f"{self.prefix}:seen:{feed_id}"

    def url(self, digest: str) -> str:
        """Who owns a URL key."""
        return f"{self.prefix}:url:{digest}"

    def text(self, digest: str) -> str:
        """Who first published a text."""
        return f"{self.prefix}:text:{digest}"

    @property
    def documents(self) -> str:
        """The counter of the texts in the index."""
        return f"{self.prefix}:documents"

    @property
    def sketches(self) -> str:
        """What the names of all sketches begin with."""
        return f"{self.prefix}:sketch"

    def sketch(self, document: int) -> str:
        """A text's sketch and its standing."""
        return f"{self.sketches}:{document}"

    def segments(self, window_ms: int) -> str:
        """The segments of the index; another window is another index."""
        return f"{self.prefix}:segments:{window_ms}"

    def marks(self, window_ms: int) -> str:
        """What the names of the segments begin with."""
        return f"{self.prefix}:marks:{window_ms}"

    def article(self, article_id: str) -> str:
        """What is kept of a published article."""
        return f"{self.prefix}:article:{article_id}"

    def draft(self, article_id: str) -> str:
        """What is kept of an article until its last look."""
        return f"{self.prefix}:draft:{article_id}"

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

    def back(self, domain: str) -> str:
        """The line of those whom that gate sent away."""
        return f"{self.prefix}:back:{domain}"

    def address(self, address: str) -> str:
        """The line before an IP address."""
        return f"{self.prefix}:address:{address}"

    def robots(self, origin: str) -> str:
        """What is known of an authority's robots.txt."""
        return f"{self.prefix}:robots:{origin}"

    def relay(self, sink: str) -> str:
        """Which relay works for a sink."""
        return f"{self.prefix}:relay:{sink}"

    def sink(self, sink: str) -> str:
        """How a sink is doing."""
        return f"{self.prefix}:sink:{sink}"

    def refused(self, sink: str) -> str:
        """A sink's dead letters."""
        return f"{self.prefix}:refused:{sink}"

    def again(self, sink: str) -> str:
        """What a sink is to be given again."""
        return f"{self.prefix}:again:{sink}"

    @property
    def counts(self) -> str:
        """The counters of outcomes."""
        return f"{self.prefix}:counts"

    def history(self, part: Literal["names", "minutes", "hours"]) -> str:
        """The counters over time."""
        return f"{self.prefix}:history:{part}"

    @property
    def waits(self) -> str:
        """Whose lines held us up."""
        return f"{self.prefix}:waits"

    def tally(self, process: str) -> str:
        """The number of a process's last tally."""
        return f"{self.prefix}:tally:{process}"

    @property
    def volume_cursor(self) -> str:
        """Where the count of volumes stands."""
        return f"{self.prefix}:volume:cursor"

    @property
    def volumes(self) -> str:
        """The sources whose volumes are counted."""
        return f"{self.prefix}:volumes"

    def volume(self, domain: str) -> str:
        """What a source sent, day by day."""
        return f"{self.prefix}:volume:{domain}"

    @property
    def drifts(self) -> str:
        """The sources that drift."""
        return f"{self.prefix}:drifts"

    @property
    def work(self) -> str:
        """The namespace given to dramatiq."""
        return f"{self.prefix}:work"
