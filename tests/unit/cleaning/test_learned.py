"""What is counted of an article, and what the counts of a source come to."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning import learned as lines
from ingest.cleaning.learned import (
    DROPPED,
    MAX_CHARS,
    Evidence,
    Learned,
    LineCount,
    digest_of,
    digests,
    learned,
    weigh,
)

PROMO = "Get the harbour letter in your inbox every Friday"


def line(text: str = PROMO, *, articles: int = 10, first: int = 1, days: int = 5, changes: int = 0) -> LineCount:
    """A line's counts; whatever is not said is plenty."""
    (counted, *_) = digests([text])
    return LineCount(
        digest=counted.digest,
        articles=articles,
        first=first,
        last=20,
        first_day=20000,
        last_day=20000 + days,
        days=days,
        changes=changes,
        n_chars=counted.n_chars,
        is_prose=counted.is_prose,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Save 20% on a year of the Gazette", "SAVE 35% on a year  of the gazette"),
        ("Read all 1,204 comments here", "Read all 7 comments here"),
        ("Last updated at 12:30 on Monday", "Last updated at 9:05 on Monday"),
        ("पढ़ें सभी १२ टिप्पणियाँ यहाँ", "पढ़ें सभी ७ टिप्पणियाँ यहाँ"),
    ],
)
def test_masked(one, other):
    """
    Case, space and digits make no other line; other digits are told by a byte.
    """
    (first,), (second,) = digests([one]), digests([other])

    assert (first.digest, True) == (second.digest, first.digits != second.digits)


@pytest.mark.parametrize(
    ("text", "n_counted"),
    [
        ("Advertisement", 0),
        ("Read more", 0),
        ("12 31 44 7", 0),
        ("Score 3-1", 0),
        ("Read more here", 1),
        ("続きを読む", 1),
        ("อ่านต่อที่นี่", 1),
        ("***", 0),
        ("", 0),
        ("word " * (MAX_CHARS // 4), 0),
    ],
)
def test_tokens(text, n_counted):
    """
    A line counts from three words on, a letter being a word where no spaces part them; figures are no words.
    """
    assert n_counted == len(digests([text]))


@pytest.mark.parametrize(
    "text",
    [
        "“We will not sell the harbour,” the mayor said.",
        "»Wir verkaufen den Hafen nicht«, sagte die Bürgermeisterin.",
        "— Мы не продадим порт, — сказал мэр.",
        "「港は売らない」と市長は語った。",
        "The mayor said that she would “never sell the harbour to a bank”.",
        "The union called it ‘a sale by any other name, and too cheap’ on Monday.",
    ],
)
def test_quotations_are_not_counted(text):
    """
    What somebody said is never counted, so it is never learned.
    """
    assert () == digests([text])


@pytest.mark.parametrize(
    "text", ['Listen to "Harbour Talk" wherever you like', "The day's top stories in your inbox", "Don't miss a word"]
)
def test_names_in_quotes_are_counted(text):
    """
    An apostrophe or a name in quotes makes no quotation.
    """
    assert [text] == [one.sample for one in digests([text])]


def test_headline_is_not_counted():
    """
    A running headline is counted in none of the articles it heads.
    """
    assert () == digests(["Harbour watch: live updates"], title="Harbour Watch: Live Updates")


def test_sentences():
    """
    The sentences of a short paragraph are counted with it, each once in an article.
    """
    got = digests(["Follow us on the quay. Sign up for our letter.", "Sign up for our letter."])

    assert [
        ("Follow us on the quay. Sign up for our letter.", False),
        ("Follow us on the quay.", True),
        ("Sign up for our letter.", True),
    ] == [(one.sample, one.is_part) for one in got]


@given(st.lists(st.text(max_size=400), max_size=8), st.text(max_size=40))
def test_digests_of_anything(paragraphs, title):
    """
    Any text is digested, each digest once and 8 bytes long, and a line's own digest is known again.
    """
    found = digests(paragraphs, title=title)

    assert len(found) == len({one.digest for one in found})
    assert {8} >= {len(one.digest) for one in found}
    assert all(one.digest == digest_of(one.sample) for one in found if one.n_chars == len(one.sample))


LABEL = "Get the harbour letter every Friday"
SENTENCE = "The Gazette is a member of the coastal press council."
PARAGRAPH = "The dispute began when the port was sold to a consortium of banks in the spring of last year. " * 3
LONG = "The dispute began when the port was sold to a consortium of banks in the spring of last year. " * 6


@pytest.mark.parametrize(
    ("counted", "articles", "is_learned"),
    [
        (line(LABEL, articles=3, days=2), 20, True),
        (line(LABEL, articles=2, days=2), 20, False),
        (line(LABEL, articles=3, days=1), 20, False),
        (line(LABEL, articles=3, days=2), 40, False),
        (line(LABEL, articles=3, days=2, first=38), 40, True),
        (line(LABEL, articles=3, days=2), 3, False),
        (line(SENTENCE, articles=4, days=3), 20, True),
        (line(SENTENCE, articles=3, days=3), 20, False),
        (line(SENTENCE, articles=4, days=2), 20, False),
        (line(PARAGRAPH, articles=5, days=3), 15, True),
        (line(PARAGRAPH, articles=5, days=3), 20, False),
        (line(LONG, articles=10, days=3), 20, True),
        (line(LONG, articles=9, days=3), 20, False),
        (line(SENTENCE, articles=12, days=1), 20, True),
        (line(SENTENCE, articles=11, days=1), 20, False),
        (line(SENTENCE, articles=5, days=1), 5, False),
    ],
)
def test_evidence(counted, articles, is_learned):
    """
    The more a line looks like a story's, the more articles, days and share of the source it needs.
    """
    assert is_learned == (weigh(counted, articles) is not None)


@pytest.mark.parametrize(("changes", "is_learned"), [(0, True), (1, True), (2, False)])
def test_data_is_not_boilerplate(changes, is_learned):
    """
    A line whose digits change again and again is data; a price that changed once in ten articles is a promo's.
    """
    counted = line("Final score after ninety minutes: 3-1", articles=10, changes=changes)

    assert is_learned == (weigh(counted, 20) is not None)


@given(st.integers(1, 200), st.integers(1, 30), st.integers(1, 200))
def test_confidence_grows(articles, days, first):
    """
    One more article with the line, on one more day, never makes it less sure.
    """
    before = weigh(line(articles=articles, days=days, first=first), first + 200)
    after = weigh(line(articles=articles + 1, days=days + 1, first=first), first + 200)

    assert before is None or (after is not None and before.confidence <= after.confidence < 1)


@pytest.mark.parametrize("articles", [2, 20])
def test_operator_wins(articles):
    """
    The operator's word goes against the counts both ways.
    """
    often, rare = line(articles=20), line(SENTENCE, articles=articles, days=1)
    known = learned([often, rare], 100, {often.digest: "keep", rare.digest: "drop"}, mode="active")

    got = (known.judge(PROMO), known.judge(SENTENCE))

    assert (None, DROPPED) == got


def test_all_sentences_known():
    """
    A paragraph goes when all its sentences are known, a little less surely than they do; not when some are.
    """
    lines = {digest_of("Follow us here."): Evidence(0.9, 0.5), digest_of("Read our letter."): Evidence(0.8, 0.6)}
    known = Learned(mode="active", lines=lines)

    got = [
        known.judge(text)
        for text in ("Follow us here. Read our letter.", "Read our letter. The port is shut.", "The port is shut.")
    ]

    assert [Evidence(0.72, 0.5), None, None] == got


def test_length_bounds_the_search():
    """
    A line that was learned with short numbers is known with long ones.
    """
    counted = replace(line("We have 9 readers in town"), changes=1)
    known = learned([counted], 20, {}, mode="active")

    assert known.is_boilerplate("We have 123,456,789 readers in town")


def test_nothing_known():
    """
    Without learning nothing is boilerplate.
    """
    assert not Learned().is_boilerplate(PROMO)


PIECES = """word Wort a . ! 。 」 " ' “ ” ‘ ’ 「 『 — « 12 3-1 ١٢ १ ๔ ก 日 é ß _ ١:२"""
LINES = st.lists(
    st.one_of(
        st.sampled_from([*PIECES.split(), " ", ". ", "\xa0", "  ", "\n", "lorem ipsum dolor sit amet "]),
        st.characters(),
    )
).map("".join)
QUOTATION = re.compile('^\\s*["\'“”„‟«»‹›‘‚「『《—–]|["“”„‟«»][^"“”„‟«»]{25,}|‘[^‘]{25,}’|[「『][^」』]{8,}')
SENTENCE_END = re.compile("[.!?؟۔।][\"')\\]”’»]*\\s+|[。！？][」』）]*")


@settings(max_examples=1000)
@given(LINES)
def test_the_long_way(text):
    """
    What is seen at a glance of a line is what the expressions say of it.
    """
    n_tokens = len(lines._TOKEN.findall(text))
    folded = unicodedata.normalize("NFKC", text).casefold()
    masked = " ".join(lines._NUMBER.sub("0", folded).split()).encode("utf-8", "surrogatepass")
    numbers = lines._NUMBER.findall(folded)

    assert (QUOTATION.search(text) is not None) == lines._is_quotation(text)
    assert (n_tokens >= lines.MIN_TOKENS) == lines._has_tokens(text)
    assert [end.span() for end in SENTENCE_END.finditer(text)] == [
        end.span() for end in lines._SENTENCE_END.finditer(text)
    ]
    assert blake2b(masked, digest_size=lines.DIGEST_BYTES).digest() == lines.digest_of(text)
    digits = blake2b(" ".join(numbers).encode(), digest_size=1).digest()[0] if numbers else 0
    assert digits == lines._masked(text)[1]


def test_digits_have_their_bytes():
    """
    Every digit that is masked is seen in its bytes.
    """
    digits = [chr(code) for code in range(0xD800) if re.fullmatch(lines._DIGIT, chr(code))]

    assert 60 == len(digits)
    assert [] == [digit for digit in digits if not set(digit.encode()) & set(lines._DIGIT_BYTES)]
