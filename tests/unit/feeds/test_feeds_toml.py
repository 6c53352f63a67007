"""feeds.toml, the operator's list of feeds."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SettingsError
from ingest.feeds.feeds_toml import FeedsList, ListedAddress, read_feeds_toml
from ingest.models import SourceOverride

FEED = '[[feed]]\nurl = "https://outlet.example/feed.xml"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", FeedsList()),
        (FEED, FeedsList(feeds=(ListedAddress(url="https://outlet.example/feed.xml"),))),
        (
            '[[feed]]\nurl = "HTTPS://Outlet.example:443/a"\ntitle = "A"\nfolder = "News/Europe"\ninterval = "PT30M"\n',
            FeedsList(
                feeds=(
                    ListedAddress(
                        url="https://outlet.example/a", title="A", folder="News/Europe", interval=timedelta(minutes=30)
                    ),
                )
            ),
        ),
        (
            f'{FEED}{FEED}title = "Again"\n',
            FeedsList(feeds=(ListedAddress(url="https://outlet.example/feed.xml"),)),
        ),
        (
            (
                '[source."Outlet.example"]\nuser_agent = "a b/1"\ninterval = 600\n'
                "feed_only = true\nignore_robots = true\nany_certificate = true\n"
                'within = ["article.story", "#x"]\nstrip = ["div.tide-table"]\n'
            ),
            FeedsList(
                sources=(
                    SourceOverride(
                        domain="outlet.example",
                        user_agent="a b/1",
                        interval=timedelta(minutes=10),
                        is_feed_only=True,
                        ignores_robots=True,
                        accepts_any_certificate=True,
                        within=("article.story", "#x"),
                        strip=("div.tide-table",),
                    ),
                )
            ),
        ),
    ],
)
def test_read(text, expected):
    """
    What the file says is read whole; of an address that stands there twice the first entry counts.
    """
    got = read_feeds_toml(text.encode())

    assert expected == got


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"\xff", "it is not UTF-8 text"),
        (b"[[feed]\n", "it is no TOML: Expected ']]' at the end of an array declaration (at line 1, column 7)"),
        (b"[[feed]]\n", "feed 1: url: Field required"),
        (b'[[feed]]\nurl = "outlet.example"\n',
         "feed 1: url: The address has no scheme; it must begin with http:// or https://."),
        (b'[[feed]]\nurl = "https://a.example/"\nname = "A"\n', "feed 1: name: Extra inputs are not permitted"),
        (b'[[feed]]\nurl = "https://a.example/"\ninterval = 0\n',
         "feed 1: interval: it is shorter than a second"),
        (b"[feeds]\n", "feeds: Extra inputs are not permitted"),
        (b'[source."a b"]\n', "source 'a b': that is no domain such as example.org"),
        (b'[source."a.example"]\nuser_agent = "x\\r\\nCookie: 1"\n',
         "source a.example: user_agent: String should match pattern '^[\\x21-\\x7e][\\x20-\\x7e]*$'"),
        (b'[source."a.example"]\nstrip = ["div > p"]\n',
         ("source a.example: strip 1: String should match pattern"
         " '^(?:[a-z][a-z0-9-]*)?(?:[.#][A-Za-z_][\\w-]*)?$'")),
        (b"x = " + b"[" * 5000, "it is nested too deep"),
    ],
)  # fmt: skip  # a case a line
def test_refused(text, sentence):
    """
    A file that makes no sense is refused in one sentence that says where.
    """
    with pytest.raises(SettingsError) as error:
        read_feeds_toml(text)

    assert sentence == str(error.value)


@given(st.binary(max_size=300))
def test_any_bytes(data):
    """
    Whatever the bytes: a list, or a sentence.
    """
    try:
        got = read_feeds_toml(data)
    except SettingsError as error:
        got = str(error)

    assert got
