"""``copydesk rules``."""

import json

import pytest

from ingest.cleaning.rules import load_rules

RULE = """
[[rule]]
id = "town-ask"
kind = "promo"
lang = "en"
lines = ['give the town crier a coin']
confidence = 0.9
removes = ["Give the town crier a coin!"]
keeps = ["Give the town crier a coin or a kick, the mayor joked."]
"""


def test_all_examples_hold(cli):
    """
    The examples of the rules that ship with copydesk hold.
    """
    result = cli.run("rules", "test")

    assert result.exit_code == 0
    assert f"{len(load_rules().rules)} rules: all " in result.stdout


def test_own_file(cli, tmp_path):
    """
    A rule file of one's own is tested beside the others, without a line of Python.
    """
    (tmp_path / "town.toml").write_text(RULE)

    result = cli.run("rules", "test", str(tmp_path / "town.toml"))

    assert result.exit_code == 0
    assert f"{len(load_rules().rules) + 1} rules" in result.stdout


@pytest.mark.parametrize(
    ("change", "example", "reason"),
    [
        (("coin!", "penny!"), "removes", "this line stays"),
        (("coin or a kick, the mayor joked.", "coin"), "keeps", "town-ask takes this line"),
        (('["Give the town crier a coin!"]', '["Advertisement"]'), "removes", "it goes by other rules: ad-label"),
    ],
)
def test_failure(cli, tmp_path, change, example, reason):
    """
    An example that fails is named with its rule and the reason, and the command says so in its exit code.
    """
    (tmp_path / "town.toml").write_text(RULE.replace(*change))

    result = cli.run("rules", "test", "--json", str(tmp_path / "town.toml"))

    (failure,) = json.loads(result.stdout)["failed"]
    assert result.exit_code == 1
    assert ("town-ask", example) == (failure["rule"], failure["example"])
    assert failure["reason"].startswith(reason)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("town.toml", b"[[rule]", "town.toml: "),
        ("town.toml", RULE.replace("town-ask", "ask").encode(), "town.toml: ask: its id must begin with town-"),
        ("town.toml", b"\xff\xfe", "this is no UTF-8 text"),
        ("town.txt", RULE.encode(), "a rule file needs a name of its own that ends in .toml"),
        ("newsletter.toml", RULE.encode(), "a rule file needs a name of its own that ends in .toml"),
    ],
)
def test_bad_file(cli, tmp_path, name, text, sentence):
    """
    A file that is none ends in a sentence.
    """
    (tmp_path / name).write_bytes(text)

    result = cli.run("rules", "test", str(tmp_path / name))

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_list(cli):
    """
    The rules of a language are listed with whether a speaker has checked them.
    """
    rows = json.loads(cli.run("rules", "list", "--lang", "ja", "--json").stdout)
    lines = cli.run("rules", "list", "--lang", "ja").stdout.splitlines()

    assert {"ja"} == {row["lang"] for row in rows}
    assert not any(row["checked"] for row in rows)
    assert [row["id"] for row in rows] == [line.split()[0] for line in lines]
