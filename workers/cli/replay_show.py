"""What ``copydesk replay`` shows: each article's difference, and what came of all of them, rule by rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import typer
from rich.text import Text

from ingest.stages.replay import Replay
from ingest.stages.replay_diff import Cut, Difference
from ingest.urls import redact
from workers.cli.replay import Order
from workers.cli.session import print_json, print_rich
from workers.show import moment, said, table

#: Characters of a paragraph that are shown, and passages of one article; all of them with --json.
MAX_SHOWN = 400
MAX_PASSAGES = 20

_STYLES = {"published": "green", "differs": "yellow", "shrunk": "red", "same": "dim", "details": "cyan"}
_MEANINGS = {
    "same": "as they were published",
    "details": "as they were published but for other facts (--details publishes them)",
    "differs": "differ",
    "shrunk": "would keep less than a third of their words; named one by one they are published",
    "unknown": "made, but what was last published is not known any more (--blind publishes them)",
    "empty": "would have no text left",
    "failed": "could not be read by the extraction",
    "not-archived": "have no archived page",
    "damaged": "cannot be read from the archive",
    "withdrawn": "are withdrawn",
    "text-at-head": "are copies whose text was not sent",
    "forgotten": "are not remembered by the store: too long ago",
    "published": "published as revisions",
    "moved": "got another revision in between; try again",
    "busy": "are being looked at just now; try again",
}


@dataclass(slots=True)
class Summary:
    """Counts over all articles."""

    outcomes: Counter[str] = field(default_factory=Counter)
    #: By rule: removals that are made no more, those that are new, and in how many articles.
    gone: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    articles: Counter[str] = field(default_factory=Counter)

    def add(self, one: Replay) -> None:
        """Count one article."""
        self.outcomes[one.outcome] += 1
        if one.difference is None:
            return
        self.gone.update(cut.rule for cut in one.difference.cuts_gone)
        self.new.update(cut.rule for cut in one.difference.cuts_new)
        self.articles.update({cut.rule for cut in (*one.difference.cuts_gone, *one.difference.cuts_new)})

    @property
    def has_failed(self) -> bool:
        """Whether something that was to be published was not, and may be at another try."""
        return bool(self.outcomes["moved"] or self.outcomes["busy"])

    @property
    def rules(self) -> list[str]:
        """The rules that act otherwise than they did, those of most articles first."""
        return sorted(self.articles, key=lambda rule: (-self.articles[rule], rule))


def print_replay(one: Replay, order: Order) -> None:
    """
    One article; without --json nothing of those that are the same.

    Raises:
        BrokenPipeError: nobody reads on.
    """
    if order.is_json:
        print_json(_document(one), is_line=True)
    elif one.outcome != "same" or order.targets:
        print_rich(*_lines(one), Text(""))


def print_summary(summary: Summary, order: Order, *, n_unknown: int) -> None:
    """
    What came of all of them.

    Raises:
        BrokenPipeError: nobody reads on.
    """
    if order.is_json:
        rules = {
            rule: {"no_more": summary.gone[rule], "now": summary.new[rule], "articles": summary.articles[rule]}
            for rule in summary.rules
        }
        told = {"articles": summary.outcomes.total(), "outcomes": summary.outcomes, "rules": rules}
        print_json({"summary": told | {"unknown_targets": n_unknown}}, is_line=True)
        return
    if summary.rules:
        shown = table("rule", "removes no more", "removes now", "articles")
        for rule in summary.rules:
            counts = (summary.gone[rule], summary.new[rule], summary.articles[rule])
            shown.add_row(Text(said(rule, 100)), *(Text(str(count)) for count in counts))
        print_rich(shown, Text(""))
    for outcome, count in summary.outcomes.most_common():
        typer.echo(f"{count:>7}  {_MEANINGS[outcome]}")
    if not summary.outcomes:
        typer.echo("No such articles.")
    elif summary.outcomes["differs"] and not order.is_publishing:
        typer.echo("Nothing was published. --publish sends what differs as revisions.")


def _lines(one: Replay) -> list[Text]:
    lines = [
        Text.assemble((one.outcome, _STYLES.get(one.outcome, "")), "  ", (said(one.title) or "(no headline)", "bold")),
        Text(f"  {said(redact(one.url), 2000)}"),
        Text(f"  {', '.join(_facts(one))}", style="dim"),
    ]
    return lines if one.difference is None else [*lines, *_difference_lines(one.difference)]


def _facts(one: Replay) -> list[str]:
    facts = [one.article_id]
    facts += [f"revision {one.revision}"] if one.revision else []
    facts += [f"page of {moment(one.page_at)}"] if one.page_at else []
    facts += [said(one.reason)] if one.reason else []
    return facts


def _difference_lines(found: Difference) -> list[Text]:
    gone, new = {cut.text: cut for cut in found.cuts_gone}, {cut.text: cut for cut in found.cuts_new}
    lines = []
    if found.title:
        lines += [_line("-", found.title[0], "headline", "red"), _line("+", found.title[1], "headline", "green")]
    for passage in found.passages[:MAX_PASSAGES]:
        lines += [_line("-", text, _signed("", new.pop(text, None)), "red") for text in passage.removed]
        lines += [_line("+", text, _signed("", gone.pop(text, None)), "green") for text in passage.added]
    if len(found.passages) > MAX_PASSAGES:
        lines.append(Text(f"  and {len(found.passages) - MAX_PASSAGES} more passages"))
    # What is left was moved from one rule to another, or stands in the text in other words.
    lines += [_line("*", cut.text, _signed("removed no more by ", cut), "dim") for cut in gone.values()]
    lines += [_line("*", cut.text, _signed("removed now by ", cut), "dim") for cut in new.values()]
    if found.facts:
        lines.append(Text(f"  other facts: {', '.join(found.facts)}", style="cyan"))
    return lines


def _signed(before: str, cut: Cut | None) -> str:
    return f"{before}{cut.kind} {cut.rule}" if cut else ""


def _line(mark: str, text: str, note: str, style: str) -> Text:
    line = Text(f"  {mark} ", style=style)
    if note:
        line.append(f"[{said(note, 200)}] ", style="dim")
    line.append(said(text, MAX_SHOWN), style=style)
    return line


def _document(one: Replay) -> dict[str, Any]:
    return {
        "article": one.article_id,
        "outcome": one.outcome,
        "reason": one.reason,
        "url": redact(one.url),
        "title": one.title,
        "revision": one.revision,
        "page_at": one.page_at,
        "difference": _difference_document(one.difference) if one.difference else None,
    }


def _difference_document(found: Difference) -> dict[str, Any]:
    return {
        "title": {"removed": found.title[0], "added": found.title[1]} if found.title else None,
        "passages": [{"removed": one.removed, "added": one.added} for one in found.passages],
        "removed_no_more": [_cut(cut) for cut in found.cuts_gone],
        "removed_now": [_cut(cut) for cut in found.cuts_new],
        "facts": found.facts,
    }


def _cut(cut: Cut) -> dict[str, str]:
    return {"rule": cut.rule, "kind": cut.kind, "text": cut.text}
