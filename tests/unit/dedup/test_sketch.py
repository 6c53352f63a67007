import unicodedata
from array import array
from hashlib import blake2b
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.facts import MAX_NAMES, MAX_NUMBERS
from ingest.dedup.guards import agreement
from ingest.dedup.judge import MIN_AGREEMENT, Copy, judge
from ingest.dedup.sketch import (
    GRAM,
    MARK_BYTES,
    MAX_FINGERPRINTS,
    MAX_SAMPLES,
    MAX_TOPICS,
    MIN_SAMPLES,
    RATE,
    SAMPLE_BYTES,
    Sketch,
    _looked_up,
    _sample_starts,
    _sampled,
    decode,
    encode,
    is_at,
    sketch,
    text_digest,
)

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


# ------------------------------------------------------------------------------------------------ sketches

#: Words that make no sense, and no two texts alike.
LONG = " ".join(
    f"w{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676 % 26)}{n // 17_576}" for n in range(30_000)
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Storm", id="one word"),
        pytest.param("ha " * 1_000_000, id="one word a million times"),
        pytest.param(LONG * 34, id="a million words"),
        pytest.param("x" * 3_000_000, id="no spaces"),
        pytest.param("\u5b57" * 500_000, id="no spaces, Chinese"),
        pytest.param("1234567890 " * 100_000, id="only digits"),
        pytest.param("1" * 1_000_000, id="one number"),
        pytest.param("\ud800 " * 1000, id="halves of characters"),
        pytest.param(" ".join(f"he paid {n} of {n + 1}" for n in range(9000)), id="only numbers and their places"),
        pytest.param(" ".join(f"he saw X{n} in Y{n} on" for n in range(9000)), id="only names and their places"),
    ],
)
def test_bounded(text):
    """
    Any text has a sketch of bounded size, and is judged against itself and a story.
    """
    got = sketch([text], title=text)

    assert len(got.samples) <= MAX_SAMPLES
    assert len(got.fingerprints) <= MAX_FINGERPRINTS
    assert len(got.numbers) <= MAX_NUMBERS
    assert len(got.names) <= MAX_NAMES
    assert len(got.topics) <= MAX_TOPICS
    assert len(encode(got)) <= 1800
    assert judge(got, got) == judge(got, decode(encode(got)))
    assert not isinstance(judge(got, sketch(STORY)), Copy)


@pytest.mark.parametrize(
    "script", ["東京都は五日新しい港の建設を始めると発表した。", "กรุงเทพมหานครประกาศว่าจะเริ่มก่อสร้างท่าเรือใหม่"]
)
def test_scripts_without_spaces(script):
    """
    A text without spaces between words is known by its copy, cut and with a line before it.
    """
    lines = [script + chr(0x4E00 + 37 * n) * 2 + script[n % 9 :] + chr(0x5E00 + 41 * n) for n in range(20)]

    got = judge(sketch(lines), sketch(["新華社", *lines[:12]]))

    assert isinstance(got, Copy)


@given(st.lists(st.text(max_size=300), max_size=5), st.text(max_size=20), st.text(max_size=10))
def test_stored(paragraphs, title, source):
    """
    A sketch comes back from the store as it was, but for what the index has.
    """
    one = sketch(paragraphs, title=title, source=source)

    got = decode(encode(one))

    assert got is not None
    assert (one.source, one.n_tokens, one.level, one.samples, one.numbers, one.names, one.topics) == (
        got.source,
        got.n_tokens,
        got.level,
        got.samples,
        got.numbers,
        got.names,
        got.topics,
    )


@given(st.binary(max_size=60))
def test_foreign_bytes(packed):
    """
    Bytes that are no sketch of ours are none, or a sketch; never an error.
    """
    assert decode(packed) is None or isinstance(decode(packed), Sketch)


def test_a_longer_text_keeps_what_a_shorter_one_has():
    """
    At a lower rate the samples are some of those at a higher one: a cut finds the long text it is from.
    """
    long, cut = sketch([LONG[:15_000]]), sketch([LONG[:5000]])

    taken = {sample for sample in cut.samples if is_at(sample, long.level)}

    assert long.level > cut.level == 0
    assert taken
    assert taken <= set(long.samples)
    assert set(cut.fingerprints) & set(long.fingerprints)


@given(st.lists(st.binary(min_size=1, max_size=2), max_size=400))
def test_windows(marks):
    """
    The fingerprints are the lowest of each window of seven, fifteen, thirty-one ... samples, the first that gives few.
    """
    expected: tuple[bytes, ...] = ()
    width = 7
    while len(marks) >= MIN_SAMPLES:
        windows = range(max(1, len(marks) - width + 1))
        expected = tuple(dict.fromkeys(min(marks[at : at + width]) for at in windows))
        if len(expected) <= MAX_FINGERPRINTS:
            break
        width = 2 * width + 1

    assert expected == _looked_up(marks)


@given(values=st.lists(st.integers(0, 0xFFFFFFFF), max_size=60))
def test_samples(values):
    """
    The samples are the rows of five tokens, or the whole of a shorter text, whose crc32 RATE divides.
    """
    packed = array("I", values).tobytes()
    grams = {at: packed[at : at + 4 * GRAM] for at in range(0, max(1, len(packed) - 4 * GRAM + 1), 4) if packed}

    got = [*_sample_starts(packed, 4)]

    assert [at for at, gram in grams.items() if crc32(gram) % RATE == 0] == got


def test_two_with_one_sample():
    """
    Of two grams that have one sample by chance the first one's fingerprint counts, and its place.
    """
    values = array("I", (crc32(number.to_bytes(4)) for number in range(60_000)))
    digests = [
        blake2b(values[start : start + GRAM].tobytes(), digest_size=SAMPLE_BYTES + MARK_BYTES).digest()
        for start in _sample_starts_of_each(values)
    ]
    expected: dict[bytes, bytes] = {}
    for digest in digests:
        expected.setdefault(digest[:SAMPLE_BYTES], digest[SAMPLE_BYTES:])

    got = _sampled(values)

    assert len(expected) < len(digests)
    assert [*expected.items()] == [*got.items()]


def _sample_starts_of_each(values):
    return [at for at in range(len(values) - GRAM + 1) if crc32(values[at : at + GRAM].tobytes()) % RATE == 0]


def test_topics_of_east_asia():
    """
    A lead in other words names the same things in Chinese, Japanese and Korean, too.
    """
    pairs = [
        ("市议会周二决定扩建老港口的码头。", "老港口的码头将扩建，市议会已经作出决定。"),
        ("青浜市の市議会は古い港の岸壁を拡張する計画を決めた。", "港の岸壁の拡張計画が青浜市の市議会で決まった。"),
        ("시의회는 화요일 오래된 항구의 부두를 넓히기로 결정했다.", "부두를 넓히는 계획이 항구의 시의회에서 결정됐다."),
    ]

    got = [agreement(sketch([one]), sketch([two])) for one, two in pairs]

    assert all(share >= MIN_AGREEMENT for share in got)
