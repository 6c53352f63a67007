"""What a text is, whatever it is dressed in; and the signature by which its copies are known."""

from __future__ import annotations

import struct
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import compress, pairwise
from typing import Final
from zlib import crc32

from ingest.dedup.facts import names, numbers
from ingest.dedup.tokens import folded, is_number, n_words, tokens
from ingest.text import beyond_ascii

#: A text of fewer letters and digits says too little: "Read more on our site" is no story two sites share.
MIN_CHARACTERS = 40

_DIGEST_BYTES = 16

#: Tokens of a gram: five words in a row are hardly ever the same by chance (three are: dedup.md 2).
GRAM: Final = 5
#: One gram in four (a power of two) is a sample; of seven samples in a row, some 30 words, at least one is looked up.
RATE: Final = 4
_WINDOW: Final = 7
#: A text of more samples (2,000 words) takes one gram in eight, in sixteen ... until they fit.
MAX_SAMPLES: Final = 512
SAMPLE_BYTES: Final = 3
MARK_BYTES: Final = 5
#: Fewer are a sentence or chance (about 25 words): such a text is compared letter by letter only (text_digest).
MIN_SAMPLES: Final = 6
#: Look-ups a text costs at most; past it they are as much rarer.
MAX_FINGERPRINTS: Final = 32
#: What a text is about: the long words of its title and of its first words, those with the lowest digests.
MAX_TOPICS: Final = 20
_OPENING: Final = 50
_LONG: Final = 4
#: From here on are the scripts whose letters are syllables or words.
_EAST_ASIAN: Final = "\u3005"
_HIRAGANA: Final = frozenset(map(chr, range(0x3040, 0x30A0)))

_HEAD: Final = struct.Struct(">BBBBBI4s")
_VERSION: Final = 2
_PAIR: Final = struct.Struct(">HH")
_TOPIC: Final = struct.Struct(">H")
_SAMPLE: Final = struct.Struct(f"{SAMPLE_BYTES}s{MARK_BYTES}s")
_SOURCE_BYTES: Final = 4
_ASCII_DROPPED: Final = bytes(code for code in range(128) if not chr(code).isalnum())
#: A gram's digest: its sample, then its mark.
_GRAM_HASH: Final = blake2b(digest_size=SAMPLE_BYTES + MARK_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A text's near-duplicate signature; what it holds is bounded, however long the text."""

    #: Digest of the source: what one source repeats is its furniture, what two have is a copy.
    source: bytes = bytes(_SOURCE_BYTES)
    #: Words, about: of scripts that have no spaces as many as a translation would have.
    n_tokens: int = 0
    #: How many times the rate was halved to make the samples fit.
    level: int = 0
    #: Sampled grams in the text's order, each once: three bytes each.
    samples: tuple[bytes, ...] = ()
    #: For each number the digest of the two tokens before it, and its own (dedup/facts.py).
    numbers: tuple[tuple[int, int], ...] = ()
    #: For each word of a name the digest of the words around the name, and its own.
    names: tuple[tuple[int, int], ...] = ()
    #: Digests of words that say what the text is about.
    topics: frozenset[int] = frozenset()
    #: What is looked up: five bytes for about one sample in four. Kept in the index, not with the sketch.
    fingerprints: tuple[bytes, ...] = ()


def sketch(paragraphs: Sequence[str], *, title: str = "", source: str = "") -> Sketch:
    """The signature of a clean text; a text without words has no samples. ``source`` is the outlet's domain."""
    words, head = tokens("\n".join(paragraphs)), tokens(title)[:_OPENING]
    values = array("I", map(crc32, _encoded(words)))
    level, samples = _thinned(_sampled(values))
    return Sketch(
        source=_source_digest(source),
        n_tokens=n_words(words),
        level=level,
        samples=tuple(samples),
        numbers=numbers([*head, *words], array("I", map(crc32, _encoded(head))) + values),
        names=names(paragraphs, title),
        topics=_topics(head, words),
        fingerprints=_looked_up(tuple(samples.values())),
    )


def is_at(sample: bytes, level: int) -> bool:
    """Whether a sample would have been taken at a level's rate."""
    return int.from_bytes(sample) & ((1 << level) - 1) == 0


def encode(one: Sketch) -> bytes:
    """As the store keeps it: at most 1.8 kB, 0.6 kB for 500 words."""
    counts = (len(one.numbers), len(one.names), len(one.topics))
    parts = [_HEAD.pack(_VERSION, one.level, *counts, one.n_tokens, one.source)]
    parts += [_PAIR.pack(*pair) for pair in (*one.numbers, *one.names)]
    parts += [_TOPIC.pack(topic) for topic in sorted(one.topics)]
    return b"".join(parts) + b"".join(one.samples)


def decode(packed: bytes) -> Sketch | None:
    """A stored sketch, without its fingerprints; None for bytes that are none of this version."""
    if len(packed) < _HEAD.size or packed[0] != _VERSION:
        return None
    _, level, n_numbers, n_names, n_topics, n_tokens, source = _HEAD.unpack_from(packed)
    topics = _HEAD.size + (n_numbers + n_names) * _PAIR.size
    samples = topics + n_topics * _TOPIC.size
    if samples > len(packed) or (len(packed) - samples) % SAMPLE_BYTES:
        return None
    pairs = [*_PAIR.iter_unpack(packed[_HEAD.size : topics])]
    return Sketch(
        source=source,
        n_tokens=n_tokens,
        level=level,
        samples=tuple(packed[at : at + SAMPLE_BYTES] for at in range(samples, len(packed), SAMPLE_BYTES)),
        numbers=tuple((place, value) for place, value in pairs[:n_numbers]),
        names=tuple((place, value) for place, value in pairs[n_numbers:]),
        topics=frozenset(topic for (topic,) in _TOPIC.iter_unpack(packed[topics:samples])),
    )


def _sampled(values: array[int]) -> dict[bytes, bytes]:
    """The samples among the grams, in their order, each with its fingerprint: those whose crc32 RATE divides."""
    packed, width = values.tobytes(), GRAM * values.itemsize
    digests: list[bytes] = []
    for start in _sample_starts(packed, values.itemsize):
        hashing = _GRAM_HASH.copy()  # half the price of a new one
        hashing.update(packed[start : start + width])
        digests.append(hashing.digest())
    pairs: list[tuple[bytes, bytes]] = [*_SAMPLE.iter_unpack(b"".join(digests))]
    found = dict(pairs)
    if len(found) < len(pairs):
        found.update(reversed(pairs))  # of two with one sample the first one's fingerprint counts
    return found


def _sample_starts(packed: bytes, each: int) -> Iterable[int]:
    """
    Where the samples begin, seen for all grams at once: a crc is a sum (xor) of what each byte adds where it stands.

    So of all tokens' first bytes, second bytes and so on a number is made, each byte translated to what it adds in the
    last four of a gram's places, two bits for each; shifted by a token and two bits, the sum of these numbers holds the
    sums of the grams. One call of crc32 a gram takes three times as long.
    """
    count = len(packed) // each - GRAM + 1
    if count <= 0:
        # Every row of five tokens is a gram; a text of fewer is one.
        return (0,) if packed and crc32(packed) % RATE == 0 else ()
    first = later = 0
    for at, (share, shares) in enumerate(_shares(each)):
        column = packed[at::each]
        first ^= int.from_bytes(column.translate(share), "little")
        later ^= int.from_bytes(column.translate(shares), "little")
    for place in range(1, GRAM):
        first ^= later >> 8 * place + 2 * (place - 1)
    remainders = (first & ((1 << 8 * count) - 1)).to_bytes(count, "little")
    return compress(range(0, count * each, each), remainders.translate(_is_sample(GRAM * each)))


@cache
def _shares(each: int) -> tuple[tuple[bytes, bytes], ...]:
    """
    What a byte adds to the remainder of a gram's crc32 by RATE, for each byte of a token of so many.

    First what it adds as one of the gram's first token, then what as one of the others, two bits for each.
    """
    width = GRAM * each
    zeros = crc32(bytes(width))

    def added(at: int, byte: int) -> int:
        return (crc32(bytes(at) + bytes([byte]) + bytes(width - 1 - at)) ^ zeros) % RATE

    def together(at: int, byte: int) -> int:
        return sum(added(at + place * each, byte) << 2 * (place - 1) for place in range(1, GRAM))

    return tuple(
        (bytes(added(at, byte) for byte in range(256)), bytes(together(at, byte) for byte in range(256)))
        for at in range(each)
    )


@cache
def _is_sample(width: int) -> bytes:
    """Translates a byte whose last two bits are what so many bytes add to whether RATE divides their crc32."""
    return bytes(byte % RATE == crc32(bytes(width)) % RATE for byte in range(256))


def _thinned(samples: dict[bytes, bytes]) -> tuple[int, dict[bytes, bytes]]:
    """The samples at the highest rate at which they fit, and how often it was halved."""
    level = 0
    while len(samples) > MAX_SAMPLES:
        level += 1
        below = (1 << level) - 1  # as is_at, of which a call takes thrice as long
        samples = {sample: mark for sample, mark in samples.items() if not int.from_bytes(sample) & below}
    return level, samples


def _looked_up(marks: Sequence[bytes]) -> tuple[bytes, ...]:
    """
    The fingerprints: of each so many samples in a row the lowest one's (winnowing, Schleimer et al. 2003).

    A passage of so many samples that two texts share has at least one fingerprint in common, where a fixed rate would
    have none in one short text of 30. A wider window's are among a narrower one's.
    """
    if len(marks) < MIN_SAMPLES:
        return ()
    reaches = _reaches(marks)
    width = min(_WINDOW, len(marks))
    while True:
        chosen = dict.fromkeys([mark for mark, reach in zip(marks, reaches, strict=True) if reach >= width])
        if len(chosen) <= MAX_FINGERPRINTS:
            return tuple(chosen)
        width = min(2 * width + 1, len(marks))


def _reaches(marks: Sequence[bytes]) -> list[int]:
    """Of how many marks in a row each is the lowest; of two that are equal the later one is the lower."""
    reaches = [0] * len(marks)
    # Where those stand that none behind them has undercut yet; the one before each of them is what ends its reach.
    standing = [-1]
    lows = [b""]
    for at, mark in enumerate(marks):
        while mark <= lows[-1]:
            lows.pop()
            place = standing.pop()
            reaches[place] = at - 1 - standing[-1]
        lows.append(mark)
        standing.append(at)
    for before, place in pairwise(standing):
        reaches[place] = len(marks) - 1 - before
    return reaches


def _topics(title: Sequence[str], words: Sequence[str]) -> frozenset[int]:
    opening = [*title, *words[:_OPENING]]
    named = {word for word in opening if len(word) >= _LONG and not is_number(word)}
    if not "".join(opening).isascii():
        # Chinese, Japanese and Korean: words of two letters, a token of Han begins at each and has two.
        unlike = [*title, *words[: 2 * _OPENING]]
        named = {word for word in named if word < _EAST_ASIAN}
        named |= {pair for word in unlike if word >= _EAST_ASIAN for pair in (word[:2], word[2:4]) if _is_telling(pair)}
    return frozenset(sorted(crc32(word) & 0xFFFF for word in _encoded(list(named)))[:MAX_TOPICS])


def _is_telling(pair: str) -> bool:
    """Whether two letters can be a word's stem: hiragana are endings."""
    return len(pair) > 1 and not any(letter in _HIRAGANA for letter in pair)


def _encoded(words: Sequence[str]) -> list[bytes]:
    """The words as bytes, all in one go; halves of characters too."""
    return " ".join(words).encode("utf-8", "surrogatepass").split() if words else []


def _source_digest(source: str) -> bytes:
    if not source:
        return bytes(_SOURCE_BYTES)
    return blake2b(source.encode("utf-8", "surrogatepass"), digest_size=_SOURCE_BYTES).digest()


def text_digest(paragraphs: Sequence[str]) -> str:
    """
    32 hex digits of the letters and digits of a text, or "" where there are fewer than 40 of them.

    Case, compatibility forms (NFKC), accents written in two ways, spaces, punctuation, quote styles and where
    paragraphs end make no difference. Letters are those of any script with the marks that belong to them, because
    without its vowel signs a word of Hindi or Thai is another word.
    """
    letters = normalised("\n".join(paragraphs))
    if len(letters) < MIN_CHARACTERS:
        return ""
    return blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()


def normalised(text: str) -> str:
    """The letters, marks and digits of a text, folded (Unicode 3.13, D146: NFKC after case folding)."""
    plain = unicodedata.normalize("NFKC", folded(text))
    # Judged once for each of a text's few different characters, not for each of its many, and most are ASCII.
    for letter in set(beyond_ascii(plain)):
        if not _is_kept(letter):
            plain = plain.replace(letter, "")
    packed = plain.encode("utf-8", "surrogatepass").translate(None, _ASCII_DROPPED)
    return packed.decode("utf-8", "surrogatepass")


def _is_kept(letter: str) -> bool:
    """Whether it is a letter, a mark or a number; the selectors of emoji styles are marks by name only."""
    return unicodedata.category(letter)[0] in "LMN" and not "\ufe00" <= letter <= "\ufe0f"
