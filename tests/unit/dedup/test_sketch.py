import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.sketch import text_digest

STORY = ("The harbour master said on Monday that the “late” ferry had left.", "It's the tide, he said: 3 hours.")
DIGEST = text_digest(STORY)


@pytest.mark.parametrize(
    "dressed",
    [
        (" ".join(STORY),),
        ("\n".join(STORY),),
        tuple(" ".join(STORY).split()),
        tuple(paragraph.upper() for paragraph in STORY),
        tuple(paragraph.replace(" ", "\u00a0") for paragraph in STORY),
        tuple(paragraph.replace("“", '"').replace("”", '"').replace("'", "’") for paragraph in STORY),
        tuple(paragraph.replace(",", " –").rstrip(".") for paragraph in STORY),
        ("", *STORY, "…", "\u2600\ufe0f"),
        tuple(
            "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() and letter.isascii() else letter for letter in p)
            for p in STORY
        ),
        tuple(paragraph.replace("rr", "r\u00adr\u200b") for paragraph in STORY),
    ],
)
def test_dress(dressed):
    """
    Case, spaces, punctuation, quotes, full-width forms and paragraphs make no difference to a text's digest.
    """
    assert DIGEST == text_digest(dressed)


@pytest.mark.parametrize(
    "other",
    [
        (STORY[0], STORY[1].replace("3", "4")),
        (STORY[0], STORY[1].replace("he", "she")),
        STORY[::-1],
        STORY[:1],
    ],
)
def test_words(other):
    """
    Another word, number or order is another text.
    """
    assert DIGEST != text_digest(other)


@pytest.mark.parametrize(("letters", "is_enough"), [(0, False), (39, False), (40, True)])
def test_short(letters, is_enough):
    """
    Under forty letters and digits there is too little to tell texts apart by.
    """
    got = text_digest([f"{'a. ' * letters} !?"])

    assert is_enough == bool(got)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("हिन्दी में समाचार " * 9, "हिन्दा में समाचार " * 9),
        ("เรือข้ามฟากมาสาย " * 9, "เรือข้ามฟากมาส้าย " * 9),
        ("新闻编辑部报道了这个消息 " * 9, "新闻编辑部报道了那个消息 " * 9),
        ("Ёлка стоит во дворе " * 9, "Палка стоит во дворе " * 9),
    ],
)
def test_scripts(one, other):
    """
    Letters of every script count, with their vowel signs and tone marks.
    """
    assert "" != text_digest([one]) != text_digest([other])


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_text(paragraphs):
    """
    Any text has a digest of 32 hex digits or none, the same however its accents are written.
    """
    got = text_digest(paragraphs)

    assert len(got) in {0, 32}
    assert set(got) <= set("0123456789abcdef")
    assert got == text_digest([unicodedata.normalize("NFD", paragraph) for paragraph in paragraphs])
    assert got == text_digest(["\n".join(paragraphs)])


def test_surrogates():
    """
    A lone surrogate is no letter and no trouble.
    """
    assert DIGEST == text_digest((*STORY, "\ud800"))
