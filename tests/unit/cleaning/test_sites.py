"""Rules of single sites."""

from __future__ import annotations

import pytest

from ingest.cleaning.clean import clean
from ingest.cleaning.rules import load_rules
from ingest.cleaning.sites import load_sites, read_sites, site_of
from ingest.errors import SettingsError
from ingest.models import Block, Extraction, Removal

TIDEWATER = """
domain = "tidewater.example"

[[strip]]
id = "tide-table"
kind = "furniture"
within = ["div.tide-table", "#tides", "aside"]
"""
SITES = read_sites({"tidewater.toml": TIDEWATER})
STORY = tuple(f"On day {day} the harbour lay still." for day in range(3))


def block(tag: str, *around: tuple[str, str]) -> Block:
    tags, names = zip((tag, ""), *around, strict=True)
    return Block(tag=tags[0], ancestors=tags[1:], names=names)


@pytest.mark.parametrize(
    ("around", "goes"),
    [
        ((("div", "wide tide-table"),), True),
        ((("p", ""), ("div", "tide-table")), True),
        ((("section", "box #tides"),), True),
        ((("aside", ""),), True),
        ((("section", "tide-table"),), False),
        ((("div", "tide-tables #tides-2"),), False),
        ((), False),
    ],
)
def test_strip(around, goes):
    """
    A paragraph goes when the element that holds it, or one around it, fits a selector of its site.
    """
    extraction = Extraction(
        paragraphs=(*STORY, "High 04:12"), method="test", blocks=(None,) * 3 + (block("p", *around),)
    )

    cleaning = clean(extraction, load_rules(), site=site_of("https://www.tidewater.example/a", SITES))

    removal = Removal(kind="furniture", rule="site-tidewater.example-tide-table", text="High 04:12", after_paragraph=3)
    assert ((removal,) if goes else ()) == cleaning.removals


@pytest.mark.parametrize(
    ("url", "is_known"),
    [
        ("https://tidewater.example/a", True),
        ("https://news.tidewater.example./a", True),
        ("https://nottidewater.example/a", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_site(url, is_known):
    """
    Rules hold for their site and its subdomains, and for no other.
    """
    assert (SITES["tidewater.example"] if is_known else None) == site_of(url, SITES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("domain = ", "tidewater.toml"),
        ('domain = "localhost"\nstrip = []', "host name"),
        ('domain = "a.example"', "nothing but"),
        (TIDEWATER.replace('tide-table"\nkind', 'Tide Table"\nkind'), "lower-case words"),
        (TIDEWATER.replace("furniture", "junk"), "kind must be one of"),
        (TIDEWATER.replace('"aside"', '"div > p"'), "selectors"),
        (TIDEWATER + "lines = []", "fields are"),
    ],
)
def test_faults(text, says):
    """
    A rule that makes no sense is refused with a sentence that names its file.
    """
    with pytest.raises(SettingsError, match=r"tidewater\.toml") as caught:
        read_sites({"tidewater.toml": text})

    assert says in str(caught.value)


def test_two_files():
    """
    A site has its rules in one file.
    """
    with pytest.raises(SettingsError, match="another file"):
        read_sites({"a.toml": TIDEWATER, "b.toml": TIDEWATER})


def test_shipped():
    """
    The rules that ship make sense.
    """
    assert all(domain == site.domain for domain, site in load_sites().items())
