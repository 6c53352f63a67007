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


def test_configured(cli, tmp_path):
    """
    The rules of COPYDESK_RULES are tested, listed and used; a file named beside them stands in for its namesake there.
    """
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "town.toml").write_text(RULE)
    (tmp_path / "town.toml").write_text(RULE.replace("town-ask", "town-beg"))
    (tmp_path / "a.txt").write_text("The quay reopened on Monday.\nGive the town crier a coin!\n")
    cli.environment["COPYDESK_RULES"] = str(tmp_path / "mine")

    tested = json.loads(cli.run("rules", "test", "--json").stdout)
    listed = cli.run("rules", "list").stdout
    renamed = cli.run("rules", "list", "town.toml").stdout
    cleaned = json.loads(cli.run("clean", "a.txt", "--json").stdout)

    assert (len(load_rules().rules) + 1, []) == (tested["rules"], tested["failed"])
    assert (True, False) == ("town-ask " in listed, "town-beg " in listed)
    assert (False, True) == ("town-ask " in renamed, "town-beg " in renamed)
    assert ["town-ask"] == [removal["rule"] for removal in cleaned["removals"]]


def test_none_of_a_language(cli):
    """
    A language without rules is answered in words, and by an empty array.
    """
    got = [cli.run("rules", "list", "--lang", "xx", *form).stdout for form in ([], ["--json"])]

    assert ["No such rules.\n", "[]\n"] == got


@pytest.mark.parametrize("arguments", [["rules", "test"], ["clean", "a.txt"], ["clean", "a.html"], ["check", "a.xml"]])
def test_configured_and_wrong(cli, tmp_path, arguments):
    """
    A rule that makes no sense ends every command that cleans, in a sentence with the file, the rule and the fault.
    """
    (tmp_path / "town.toml").write_text(RULE.replace('"promo"', '"advert"'))
    (tmp_path / "a.txt").write_text("The quay reopened on Monday.\n")
    (tmp_path / "a.html").write_text("<p>The quay reopened on Monday.</p>")
    cli.environment["COPYDESK_RULES"] = "town.toml"
    arguments = [f"http://127.0.0.1:1/{part}" if part == "a.xml" else part for part in arguments]

    got = cli.run(*arguments)

    sentence = "copydesk: COPYDESK_RULES: .: town.toml: town-ask: kind must be one of "
    assert (True, True) == (got.exit_code != 0, got.stderr.startswith(sentence))


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
