"""
One later look at a published article: ask again, compare with what was published, and say what changed.

    answer                                                           what comes of it
    304, or a text that says the same (dedup/revision.py)            "unchanged", "cosmetic": nothing is sent
    a text that changed materially                                   "updated": article.updated with the next revision
    404, 410, a page without text, or a way to the home page         "doubtful"; seen twice "withdrawn", once for all
    less than a third of the words is left                           "doubtful"; seen twice "updated"
    anything else (no answer, 403, a wall, robots.txt, a child dead) "failed": as if nobody had asked

A second look comes six hours after a doubtful one, also when it was the last. An article that comes back after it was
withdrawn is "updated", its first change "restored". Looks are few and their times are the article's ages, so they grow
rarer by themselves; a text that came from the feed is compared with the feed's only, and no page is asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from ingest.dedup.revision import Cosmetic, Draft, Material, compare, shrank
from ingest.errors import StoreError
from ingest.messages.event import make_event, make_withdrawal, stream_fields
from ingest.models import Article, Change, Event, Validators
from ingest.stages.compose import Copy
from ingest.stages.desk import Desk, HostBusyError
from ingest.stages.keep import keep_article
from ingest.stages.look_again import Failed, Gone, Look, Same, Seen, look_again
from ingest.store.articles import Watch
from ingest.store.due import Claim, begin, release
from ingest.store.entries import EntryRef
from ingest.store.revisits import Looked, Next, Watched, commit_revision, decode_watched, draft

#: A page that seems gone, or cut to a stub, is asked again after this time before anything is said of it.
CONFIRM = timedelta(hours=6)
#: Between two looks, however late the first was.
LEAST_PAUSE = timedelta(minutes=10)
#: Looks beyond the planned ones, to confirm a doubt.
EXTRA_LOOKS = 2
#: An article older than this when it was first seen (a new feed's backlog) is not looked at again.
MAX_AGE = timedelta(days=3)

_GONE = frozenset({"gone", "home", "empty"})
_SHRUNK = "shrunk"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitReport:
    """What one look came to, for the log."""

    article_id: str
    url: str
    outcome: str
    reason: str = ""
    changes: tuple[Change, ...] = ()


def plan_looks(desk: Desk, ref: EntryRef, article: Article, copy: Copy, data: bytes) -> Watch | None:
    """How an article that is to be published, as ``data`` of its event, is looked at again; None where it is not."""
    settings, ages = desk.settings, desk.settings.revisits
    has_page = copy.content_source == "page"
    is_old = article.published_at is not None and article.first_seen_at - article.published_at > MAX_AGE
    # Where a copy is sent without its text, or not at all, no change of its text is sent either.
    is_short = settings.copies != "publish" and article.cluster.role == "copy"
    if not ages or is_old or is_short:
        return None
    # The feed's texts are of no use where the page is what is compared, and the larger part of the draft.
    entry = replace(ref.entry, content_html="", summary_html="") if has_page else ref.entry
    return draft(
        EntryRef(entry=entry, feed=ref.feed),
        data,
        age=ages[0],
        limit=settings.max_revisits,
        page_title=copy.extraction.metadata.title if has_page else "",
    )


async def revisit(desk: Desk, claim: Claim) -> RevisitReport | None:
    """One look at a claimed article; None when the claim was no longer ours."""
    begun = await begin(desk.store, "revisits", claim, lease=desk.settings.lease, attempt=desk.attempt())
    if begun is None:
        return None
    try:
        watched = decode_watched(begun)
    except StoreError as error:
        # Its last revision's number is lost with the rest; where it was not the first, this counts as "forgotten".
        looked = Looked(outcome="damaged", step=0, next=Next(age=None))
        done = await commit_revision(desk.store, claim, looked, revision=1)
        return RevisitReport(article_id=claim.id, url="", outcome=done or "stale", reason=str(error))
    try:
        look = await look_again(desk, begun, watched)
    except HostBusyError as busy:
        await release(desk.store, "revisits", claim, pause=busy.wait, is_strike=False)
        return RevisitReport(article_id=claim.id, url=watched.ref.entry.url or "", outcome="host-busy")
    looked, changes = _judge(desk, watched, look)
    if looked.event is not None:
        await keep_article(desk, watched.ref, looked.event)
    done = await commit_revision(desk.store, claim, looked, revision=watched.revision)
    return RevisitReport(
        article_id=claim.id,
        url=watched.ref.entry.url or "",
        outcome=done or "stale",
        reason=look.reason if isinstance(look, Failed) else looked.doubt,
        changes=changes,
    )


# ------------------------------------------------------------------------------------------------ the judgement


def _judge(desk: Desk, watched: Watched, look: Look) -> tuple[Looked, tuple[Change, ...]]:
    """What the look leaves behind, and what it tells of changes."""
    match look:
        case Same():
            return _quiet(desk, watched, "unchanged", doubt="", validators=watched.validators), ()
        case Failed():
            return _quiet(desk, watched, "failed", doubt=watched.doubt, validators=watched.validators), ()
        case Gone():
            if watched.is_withdrawn:
                return _quiet(desk, watched, "gone", doubt=""), ()
            if watched.doubt in _GONE:
                event = make_withdrawal(watched.last, source=_source(desk), now=desk.now())
                return _loud(desk, watched, "withdrawn", event), ()
            return _quiet(desk, watched, "doubtful", doubt=look.how), ()
        case Seen():
            return _compared(desk, watched, look)
        case _:
            assert_never(look)


def _compared(desk: Desk, watched: Watched, seen: Seen) -> tuple[Looked, tuple[Change, ...]]:
    last, article = watched.last, seen.article
    before = Draft(
        title=last["title"],
        paragraphs=tuple(last["paragraphs"]),
        cut=tuple(removal["text"] for removal in last["cleaning"]["removed"]),
    )
    now = Draft(
        title=article.title,
        paragraphs=article.cleaning.paragraphs,
        cut=tuple(removal.text for removal in article.cleaning.removals),
    )
    verdict = compare(before, now)
    if isinstance(verdict, Material) and shrank(before, now) and watched.doubt != _SHRUNK:
        return _quiet(desk, watched, "doubtful", doubt=_SHRUNK), ()
    changes = verdict.changes if isinstance(verdict, Material) else ()
    if watched.is_withdrawn:
        changes = (Change(kind="restored"), *changes)
    elif isinstance(verdict, Cosmetic):
        is_same = article.content_digest != "" and article.content_digest == last.get("content_digest")
        outcome = "unchanged" if is_same else "cosmetic"
        return _quiet(desk, watched, outcome, doubt="", validators=seen.validators), ()
    event = make_event(article, source=_source(desk), now=desk.now(), changes=changes)
    return _loud(desk, watched, "updated", event, seen), changes


def _quiet(desk: Desk, watched: Watched, outcome: str, *, doubt: str, validators: Validators | None = None) -> Looked:
    """Nothing is sent; the draft stays as it is, so that small steps add up."""
    return Looked(
        outcome=outcome,
        step=watched.step + 1,
        next=_next(desk, watched.step + 1, doubt),
        doubt=doubt,
        is_withdrawn=watched.is_withdrawn,
        validators=validators or Validators(),
    )


def _loud(desk: Desk, watched: Watched, outcome: str, event: Event, seen: Seen | None = None) -> Looked:
    return Looked(
        outcome=outcome,
        step=watched.step + 1,
        next=_next(desk, watched.step + 1, ""),
        is_withdrawn=seen is None,
        validators=seen.validators if seen else Validators(),
        event=stream_fields(event),
        page_title=seen.page_title if seen else watched.page_title,
    )


def _next(desk: Desk, step: int, doubt: str) -> Next:
    """When the look after this many is: at the next age, and later than a doubt must wait."""
    ages = desk.settings.revisits
    pause = CONFIRM if doubt else LEAST_PAUSE
    if step < len(ages):
        return Next(age=ages[step], pause=pause)
    return Next(age=timedelta(0) if doubt and step < len(ages) + EXTRA_LOOKS else None, pause=pause)


def _source(desk: Desk) -> str:
    return f"copydesk/{desk.settings.prefix}"
