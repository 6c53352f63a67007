"""The operator's own rules, as a process reads them."""

import pytest

from ingest.errors import SettingsError
from workers.rules import MAX_BYTES, own_rules

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


@pytest.fixture
def folder(tmp_path):
    """A folder with one rule file, and what is none."""
    (tmp_path / "town.toml").write_text(RULE)
    (tmp_path / "README").write_text("Ask the crier first.")
    return tmp_path


@pytest.mark.parametrize("name", ["", "town.toml"])
def test_read(settings, folder, name):
    """
    A folder's rule files, or the one file, are read as they are; nothing is where nothing is set.
    """
    got = own_rules(settings.model_copy(update={"rules": folder / name}))

    assert ((("town.toml", RULE),), ()) == (got, own_rules(settings))


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("town.toml", b"[[", "town.toml: "),
        ("town.toml", RULE.replace("coin'", "coin('").encode(), "town.toml: town-ask: "),
        ("town.toml", RULE.encode() * 2, "town.toml: town-ask: this id is taken"),
        ("town.toml", b"\xff", "town.toml: it is not UTF-8 text"),
        ("town.toml", b"#" * (MAX_BYTES + 1), f"town.toml: it has more than {MAX_BYTES} bytes"),
        ("guards.toml", b"", "guards.toml: a rule file needs a name of its own"),
        ("newsletter.toml", RULE.encode(), "newsletter.toml: a rule file needs a name of its own"),
    ],
)
def test_refused(settings, folder, name, data, sentence):
    """
    A file that makes no sense is refused, and the sentence says which, which rule, and what is wrong.
    """
    (folder / name).write_bytes(data)

    with pytest.raises(SettingsError) as caught:
        own_rules(settings.model_copy(update={"rules": folder}))

    assert str(caught.value).startswith("COPYDESK_RULES: ")
    assert sentence in str(caught.value)


def test_nothing_there(settings, folder):
    """
    A place that is not there is no place without rules.
    """
    missing = settings.model_copy(update={"rules": folder / "none"})

    with pytest.raises(SettingsError, match="none: No such file or directory"):
        own_rules(missing)
