"""
Which command is found where; nothing of a command is imported before it is chosen.

Several processes start at once on two cores, and ``copydesk status`` must not wait for what ``copydesk check`` needs:
aiohttp, dramatiq, apscheduler, trafilatura, feedparser and lxml cost a second of CPU together, redis and pydantic
half a one. So these tables are the only place that names a command's module, and ``load`` its only importer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand


@dataclass(frozen=True, slots=True)
class Place:
    """A command: where its function or typer app is, its line in ``copydesk --help``, and the panel of that line."""

    path: str
    help: str
    panel: str | None = None


_START = "Run it"
_FEEDS = "Subscriptions"
_LOOK = "Look inside"
_SETUP = "Set it up"

COMMANDS: Mapping[str, Place] = {
    "run": Place("workers.cli.processes:run", "Run everything on this machine, with a store of its own.", _START),
    "scheduler": Place("workers.cli.processes:scheduler", "Run only the scheduler: it hands out what is due.", _START),
    "worker": Place("workers.cli.processes:worker", "Run only a worker: it polls feeds and ingests articles.", _START),
    "relay": Place("workers.cli.processes:relay", "Run only the relay: it forwards articles to the sinks.", _START),
    "web": Place("workers.cli.processes:web", "Run only the status pages and metrics.", _START),
    "feeds": Place("workers.cli.feeds:app", "Subscribe to feeds, list, show, poll, pause and remove them.", _FEEDS),
    "check": Place("workers.cli.check:check", "Poll feeds, say what came back, and store nothing.", _FEEDS),
    "sources": Place("workers.cli.sources:app", "See and correct what was learned of each source.", _LOOK),
    "status": Place("workers.cli.status:status", "Say what there is to do, what came of the rest, and where.", _LOOK),
    "why": Place("workers.cli.why:why", "Tell the story of one entry or article.", _LOOK),
    "dead": Place("workers.cli.dead:app", "See what could not be published; try it again, or drop it.", _LOOK),
    "replay": Place("workers.cli.replay:replay", "Make archived articles anew, and publish what differs.", _LOOK),
    "sinks": Place("workers.cli.sinks:app", "See where events go beside the stream, and what was refused.", _LOOK),
    "groups": Place("workers.cli.groups:app", "See who reads the stream, and what was delivered too often.", _LOOK),
    "tail": Place("workers.cli.tail:tail", "Show the newest articles, and each further one as it comes.", _LOOK),
    "clean": Place("workers.cli.clean:clean", "Clean one text, file or page: promos and disclaimers go.", _LOOK),
    "rules": Place("workers.cli.rules:app", "Test and list the rules that say what a promo is.", _LOOK),
    "doctor": Place(
        "workers.cli.doctor:doctor", "Find what is wrong with this installation, and say what to do.", _SETUP
    ),
    "completion": Place(
        "workers.cli.completion:completion", "Print the script that lets your shell complete our commands.", _SETUP
    ),
}

#: Beside ``copydesk feeds add``, ``list`` and ``remove``: what shows and polls one feed.
FEED_COMMANDS: Mapping[str, Place] = {
    "show": Place("workers.cli.feed_show:show", "Show everything that polling taught us about feeds."),
    "poll": Place("workers.cli.feed_poll:poll", "Poll feeds now instead of when they are due."),
}

#: And the lists of feeds that readers exchange.
OPML_COMMANDS: Mapping[str, Place] = {
    "import": Place("workers.cli.opml:import_opml", "Subscribe to the feeds of an OPML file."),
    "export": Place("workers.cli.opml:export_opml", "Write all feeds as OPML."),
}

#: What the four processes call, imported only by the one that is started.
PROCESSES: Mapping[str, str] = {
    "run": "workers.run:run",
    "scheduler": "workers.scheduler:main",
    "worker": "workers.worker:main",
    "relay": "workers.relay:main",
    "web": "workers.web:main",
}

#: The part of ``copydesk clean`` that fetches and extracts; plain text does without it.
PAGE_EDITOR = "workers.cli.page:edit_page"

#: The part of ``copydesk replay`` that works with the archive.
REPLAYER = "workers.cli.replay_work:replay_all"

#: The part of ``copydesk feeds add`` that asks the addresses.
FEED_FINDER = "workers.cli.offer:discover_all"

#: The part of ``copydesk sinks check`` that asks the engines.
SINK_CHECKER = "workers.cli.sink_check:check_all"


def load(path: str) -> Any:
    """What a ``module:name`` of these tables names."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


class LaterCommand(TyperCommand):
    """A command as ``--help`` and completion list it; the real one takes its place when it is called."""

    def __init__(self, name: str, place: Place) -> None:
        super().__init__(name, help=place.help, rich_help_panel=place.panel)
        self._path = place.path

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the real command."""
        return command_at(self._path).make_context(info_name, args, parent=parent, **extra)


def command_at(path: str) -> Any:
    """The real command: a typer app as it is, a function as the one command of an app."""
    found = load(path)
    if not isinstance(found, typer.Typer):
        app = new_app()
        app.command()(found)
        found = app
    return typer.main.get_command(found)


def new_app(**options: Any) -> typer.Typer:
    """A typer app in our manner: completion is the main app's business, and a defect's traceback is Python's own."""
    return typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        **options,
    )
