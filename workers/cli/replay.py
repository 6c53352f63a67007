"""``copydesk replay``: archived articles made anew with today's rules, the difference shown, published on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from ingest.settings import Settings
from workers.archive import load_engine
from workers.cli.endings import WRONG, ended
from workers.cli.later import REPLAYER
from workers.cli.names import complete_feeds
from workers.cli.session import settings_of

_PERIOD = TypeAdapter(timedelta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be replayed, and what is to come of it."""

    #: Articles by id or address; without any, all that fit the rest.
    targets: tuple[str, ...] = ()
    feed: str = ""
    since: datetime | None = None
    until: datetime | None = None
    rule: str = ""
    #: At most so many, the newest.
    limit: int | None = None
    is_publishing: bool = False
    #: Publish also what differs in other facts than headline and text.
    has_details: bool = False
    #: Publish also where it is not known any more what was published last.
    is_blind: bool = False
    is_json: bool = False


def replay(
    ctx: typer.Context,
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="URL|ID", help="Articles by address or id.", show_default=False)
    ] = None,
    *,
    feed: Annotated[
        str, typer.Option(metavar="URL|ID", help="All articles of this feed.", autocompletion=complete_feeds)
    ] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Published from then on: 2026-11-01, 2026-11-01T08:00, or P2D ago.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Published before then.")] = "",
    rule: Annotated[str, typer.Option(metavar="RULE", help="From which this rule removed something.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the newest.", show_default=False)] = None,
    is_publishing: Annotated[bool, typer.Option("--publish", help="Publish what differs, as revisions.")] = False,
    has_details: Annotated[
        bool, typer.Option("--details", help="Publish also what differs only beside the text: author, date, ...")
    ] = False,
    is_blind: Annotated[
        bool, typer.Option("--blind", help="Publish also where it is not known any more what was published.")
    ] = False,
    is_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for each article, and one for the summary.")
    ] = False,
) -> int:
    """
    Make archived articles anew, and publish what differs.

    Nothing is asked of any site: the pages come from the archive (COPYDESK_ARCHIVE). What is different from the text
    that was last published is shown; with --publish it becomes the article's next revision (article.updated). A second
    time there is no difference, and nothing is published.

    A text of which less than a third would be left is published only where the article is named.

    \b
    Example:  copydesk replay https://example.org/news/harbour-plan
              copydesk replay --rule newsletter-sign-up-en --since 2026-11-01
              copydesk replay --rule newsletter-sign-up-en --since 2026-11-01 --publish
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    order = Order(
        targets=tuple(dict.fromkeys(targets or ())),
        feed=feed,
        since=_time(since, "--since"),
        until=_time(until, "--until"),
        rule=rule,
        limit=limit,
        is_publishing=is_publishing,
        has_details=has_details,
        is_blind=is_blind,
        is_json=is_json,
    )
    is_choosing = bool(feed or since or until or rule)
    if order.targets and is_choosing:
        raise ended("name articles, or choose them by --feed, --since, --until and --rule, not both", WRONG)
    if not order.targets and not is_choosing:
        raise ended("which articles? Name them, or use --feed, --since, --until or --rule", WRONG)
    if (has_details or is_blind) and not is_publishing:
        raise ended("--details and --blind say what else to publish: use them with --publish", WRONG)
    return _run(settings, order)


def _run(settings: Settings, order: Order) -> int:
    module, _, name = REPLAYER.partition(":")
    done: int = getattr(load_engine(module), name)(settings, order)
    return done


def _time(said: str, option: str) -> datetime | None:
    """
    A moment as an operator writes it; without a zone it is this machine's.

    Raises:
        typer.Exit: it is none; the sentence has been said.
    """
    if not said:
        return None
    try:
        if said.upper().startswith("P"):
            return datetime.now(UTC) - _PERIOD.validate_python(said.upper())
        return datetime.fromisoformat(said).astimezone(UTC)
    except (ValueError, OverflowError, ValidationError) as error:
        raise ended(f"{option}: {said[:100]!r} is no time: 2026-11-01, 2026-11-01T08:00 or P2D", WRONG) from error
