"""What every page says is so, as far as reading it can tell; what its commands do, tests/e2e/test_docs.py tries."""

import contextlib
import itertools
import json
import re
import shlex

import pytest
import typer

from ingest.cleaning.examples import failures
from ingest.cleaning.rules import read_rules, rule_texts
from ingest.feeds.feeds_toml import read_feeds_toml
from ingest.settings import Settings
from ingest.sinks.sinks_toml import read_sinks_toml
from tests.docs.pages import BLOCKS, NOT_RUN, PAGES, ROOT, RUN_ELSEWHERE, anchors, blocks, links, prose
from tests.docs.render_settings import default_of, variables
from workers.cli import app
from workers.doctor.configuration import known_variables

LANGUAGES = {"sh", "text", "python", "toml", "json", "yaml", "js", ""}
#: Variables of tests, of hosts and of examples.
FOREIGN = {"COPYDESK_TEST_", "COPYDESK_SOAK_", "COPYDESK_BENCH_", "COPYDESK_FUZZ_", "COPYDESK_DRIFT_SOURCES"}
VARIABLES = {
    "CLOUDAMQP_URL": "amqps://a:b@rabbit.example/desk",
    "PARTNER_SECRET": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
}
COMMAND = typer.main.get_command(app)


def rules_file(block):
    """The name of the file that a block of rules is, as the rules' ids say."""
    return re.search(r'(?m)^id = "([a-z]+)-', block.text)[1] + ".toml"


def ours(line):
    """The arguments of each call of copydesk in a line for the shell."""
    plain = re.sub(r"\s#.*$", "", line)
    parts = re.split(r"\s(?:\||&&|>>?|<)\s|\$\(|\)\"?$|^eval \"", plain)
    for part in parts:
        found = re.match(r"\s*(?:\w+=(?:'[^']*'|\"[^\"]*\"|\S+) )*(?:\S*/)?copydesk (.+)", part)
        if found and "=" not in found[1].split()[0]:
            yield shlex.split(found[1])


CALLS = sorted(
    {
        shlex.join(arguments)
        for block in BLOCKS
        if block.language in {"sh", ""}
        for line in block.text.splitlines()
        for arguments in ours(line)
    }
)


def resolve(words):
    """Let the commands read their arguments, as far as "--help" or the last word; nothing is done."""
    command, name, context = COMMAND, "copydesk", None
    while command is not None:
        context = command.make_context(name, words, parent=context)
        rest = [*getattr(context, "_protected_args", ()), *context.args]
        if not hasattr(context.command, "resolve_command") or not rest:
            return
        name, command, words = context.command.resolve_command(context, rest)


@pytest.mark.parametrize("page", PAGES)
def test_links(page):
    """
    Every link to another page, to a file or to a heading leads there.
    """
    folder = (ROOT / page).parent
    lost = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (folder / path).resolve() if path else ROOT / page
        name = file.relative_to(ROOT).as_posix()
        if not file.exists() or (anchor and anchor not in anchors(name)):
            lost.append(target)

    assert [] == lost


def test_index():
    """
    The map of the docs names every page.
    """
    named = {(ROOT / "docs" / target.partition("#")[0]).resolve() for target in links("docs/README.md")}

    assert [] == [
        page for page in PAGES if page.startswith("docs/") and page != "docs/README.md" and ROOT / page not in named
    ]


@pytest.mark.parametrize("page", PAGES)
def test_blocks(page):
    """
    Every block is in a language that some test understands, and output stands behind the command that gives it.
    """
    found = blocks(page)

    assert set() == {block.language for block in found} - LANGUAGES
    assert page in RUN_ELSEWHERE or all(
        before.language == "sh" for before, block in itertools.pairwise(found) if block.language == "text"
    )
    assert PAGES[page].count("\n```") == 2 * len(found)


@pytest.mark.parametrize(("page", "test"), RUN_ELSEWHERE.items())
def test_run_elsewhere(page, test):
    """
    A page that is not run with the others is read by the test that is said to run it.
    """
    text, name = (ROOT / test).read_text(encoding="utf-8"), page.rpartition("/")[2].removesuffix(".md")

    assert name in text or name.partition("-")[0] + "-*" in text


def test_not_run():
    """
    A program that cannot be run here is named only where a test of the page's own looks at its command.
    """
    first = {
        (b.page, re.sub(r"^(?:\w+=\S+ )+", "", line).split()[0])
        for b in BLOCKS
        if b.language == "sh"
        for line in b.text.splitlines()
    }

    assert set() == {page for page, program in first if program in NOT_RUN} - RUN_ELSEWHERE.keys()


@pytest.mark.parametrize("call", CALLS)
def test_call(call):
    """
    Every call of copydesk, also one that is only to be read, is understood by the command it names.
    """
    with contextlib.suppress(typer.Exit):
        resolve(shlex.split(call))


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_prose(page):
    """
    Commands that are named in a sentence exist.
    """
    named = re.findall(r"`copydesk ([a-z]+)((?: [a-z]+)?)", prose(page))
    groups = {name for name, _ in named}

    assert [] == [
        name for name in groups if COMMAND.get_command(typer.Context(COMMAND), name) is None and name != "clean"
    ]


@pytest.mark.parametrize("page", PAGES)
def test_variables(page):
    """
    Every variable that is named is a setting.
    """
    named = set(re.findall(r"\bCOPYDESK_[A-Z_]*[A-Z]\b", PAGES[page]))

    assert set() == {name for name in named - known_variables() if not any(name.startswith(one) for one in FOREIGN)}


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "toml"], ids=str)
def test_toml(block):
    """
    What is shown of a file is understood by what reads the file; what a rule's examples say holds.
    """
    if "[[rule]]" in block.text:
        rules = read_rules({**rule_texts(), rules_file(block): block.text})
        assert [] == list(failures(rules))
    elif "[[sink]]" in block.text:
        assert read_sinks_toml(block.text.encode(), VARIABLES)
    else:
        got = read_feeds_toml(block.text.encode())
        assert len(got.feeds) + len(got.sources) == block.text.count("\n[") + block.text.startswith("[")


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "json"], ids=str)
def test_json(block):
    """
    JSON is JSON.
    """
    assert json.loads(block.text)


def test_settings():
    """
    The README's short table names settings that there are, with the defaults of the reference, which has them all.
    """
    rows = re.findall(r"^\| `(\w+)` \|(?: ([^|]+))? \| [^|]", PAGES["README.md"], re.MULTILINE)
    named = {name: default for name, default in rows if name.isupper()}

    expected = {
        name: default_of(field).replace("`", "") for field in Settings.model_fields for name in variables(field)
    }
    assert named.items() <= expected.items()
    assert "docs/reference/settings.md" in links("README.md")
