"""Codings undone under caps."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FetchError
from ingest.net.decode import MIN_BOMB_BYTES, STEP_BYTES, Decoder

URL = "http://example.org/feed.xml"
TEXT = b"<rss><channel><title>The Lighthouse Herald</title></channel></rss>" * 3
#: brotli grows its output buffer by blocks and stops at the first block past the limit (1.2.1: 98272 for 65536).
CHUNK = 2 * STEP_BYTES


def gzipped(data):
    return gzip.compress(data, mtime=0)


def deflate_raw(data):
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


def gzip_members(data):
    middle = len(data) // 2
    return gzipped(data[:middle]) + gzipped(data[middle:])


ENCODERS = [
    ("", bytes),
    ("identity", bytes),
    ("gzip", gzipped),
    ("x-gzip", gzip_members),
    ("deflate", zlib.compress),
    ("deflate", deflate_raw),
    ("br", brotli.compress),
]


def decode(coding, parts, max_bytes=10_000_000):
    decoder = Decoder(coding, url=URL, max_bytes=max_bytes)
    for part in parts:
        decoder.feed(part)
    return decoder.finish()


def cut_up(data, places):
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
@settings(deadline=None)  # the machine is shared
@given(data=st.binary(max_size=3000), places=st.lists(st.integers(0, 4000), max_size=12))
def test_round_trip(coding, encode, data, places):
    """
    Whatever was encoded comes back, however it is cut up.
    """
    got = decode(coding, cut_up(encode(data), places), max_bytes=3000)

    assert data == got


def test_cut_in_one_piece():
    """
    A body that is not coded is cut at its cap even where it arrives in one piece that is far longer.
    """
    decoder = Decoder("", url=URL, max_bytes=1000, is_cut=True)

    decoder.feed(b"x" * 5_000_000)

    assert (b"x" * 1000, True) == (decoder.finish(), decoder.is_full)


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
def test_byte_by_byte(coding, encode):
    """
    A body may come one byte at a time.
    """
    encoded = encode(TEXT)

    got = decode(coding, [encoded[place : place + 1] for place in range(len(encoded))])

    assert TEXT == got


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
def test_large(coding, encode):
    """
    A body of many steps comes back whole, from small pieces and from one.
    """
    text = b"".join(b"<item><guid>%032x</guid></item>" % (number**5 % 2**127) for number in range(8_000))
    encoded = encode(text)

    small = decode(coding, [encoded[start : start + 1460] for start in range(0, len(encoded), 1460)])
    whole = decode(coding, [encoded])

    assert text == small == whole


@pytest.mark.parametrize(("coding", "encode"), [pair for pair in ENCODERS if pair[0] not in {"", "identity"}])
@pytest.mark.parametrize("spare", [1, 3, 20])
def test_truncated(coding, encode, spare):
    """
    A compressed body without its end is truncated, wherever it was cut.
    """
    with pytest.raises(FetchError) as caught:
        decode(coding, [encode(TEXT)[:-spare]])

    assert ("truncated", True) == (caught.value.failure, caught.value.is_retryable)


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "br, gzip", "gzip,identity", "zstd", "compress", "aes128gcm", "gzip;q=1"]
)
def test_refused_coding(coding):
    """
    A coding we did not ask for, or one on top of another, is not undone.
    """
    with pytest.raises(FetchError) as caught:
        Decoder(coding, url=URL, max_bytes=1000)

    assert ("bad-encoding", False) == (caught.value.failure, caught.value.is_retryable)


@pytest.mark.parametrize("coding", [" gzip ", "GZIP", "X-Gzip"])
def test_spelling(coding):
    """
    Codings are case-insensitive (RFC 9110 8.4.1).
    """
    got = decode(coding, [gzipped(TEXT)])

    assert TEXT == got


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzipped(TEXT)[:10] + b"\xff" * 40),
        ("gzip", gzipped(TEXT)[:-8] + b"\0" * 8),
        ("gzip", b"\x1f\x8b\x07" + bytes(20)),
        ("deflate", zlib.compress(TEXT)[:-1] + b"?"),
        ("deflate", TEXT),
        ("br", TEXT),
        ("br", brotli.compress(TEXT) + b"more"),
    ],
)
def test_corrupt(coding, body):
    """
    Bytes that are not in the coding they claim are an error, cut up or not.
    """
    for parts in ([body], [body[place : place + 1] for place in range(len(body))]):
        with pytest.raises(FetchError) as caught:
            decode(coding, parts)

        assert ("bad-encoding", False) == (caught.value.failure, caught.value.is_retryable)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "", "identity"])
def test_empty(coding):
    """
    An empty body is empty in any coding.
    """
    got = decode(coding, [b""])

    assert b"" == got


@pytest.mark.parametrize("parts", [[TEXT], [TEXT[:1], TEXT[1:]], [b"\x1f", b"x"], [b"plain ", b"\x1f\x8b text"]])
def test_plain_labelled_gzip(parts):
    """
    A body that never was gzip is taken as it is.
    """
    got = decode("gzip", parts)

    assert b"".join(parts) == got


@pytest.mark.parametrize("garbage", [b"\0" * 512, b"\n", b"\x1f", b"\x1fx", b"<!-- cached -->", b"x" + gzipped(b"no")])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_garbage_after_gzip(garbage, size):
    """
    What follows the last gzip member is not of the body.
    """
    data = gzipped(TEXT) + garbage

    got = decode("gzip", [data[start : start + size] for start in range(0, len(data), size)])

    assert TEXT == got


def test_garbage_after_deflate():
    """
    What follows a deflate stream is not of the body.
    """
    got = decode("deflate", [zlib.compress(TEXT) + b"more", b"and more"])

    assert TEXT == got


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
def test_cap(coding, encode):
    """
    A body may be as large as its cap and not one byte larger.
    """
    encoded = encode(TEXT)

    got = decode(coding, [encoded], max_bytes=len(TEXT))
    with pytest.raises(FetchError) as caught:
        decode(coding, [encoded], max_bytes=len(TEXT) - 1)

    assert TEXT == got
    assert ("too-large", False) == (caught.value.failure, caught.value.is_retryable)


def zeros(engine_compress, flush, count=300):
    block = bytes(1_000_000)
    return b"".join(engine_compress(block) for _ in range(count)) + flush()


def gzip_bomb():
    engine = zlib.compressobj(1, wbits=31)
    return zeros(engine.compress, engine.flush)


def brotli_bomb():
    engine = brotli.Compressor(quality=1)
    return zeros(engine.process, engine.finish)


@pytest.mark.parametrize(("coding", "bomb"), [("gzip", gzip_bomb), ("br", brotli_bomb)])
def test_bomb(coding, bomb):
    """
    300 MB of zeros end a chunk past the first megabyte, in memory too.
    """
    data = bomb()
    decoder = Decoder(coding, url=URL, max_bytes=50_000_000)
    tracemalloc.start()

    with pytest.raises(FetchError) as caught:
        decoder.feed(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert ("bomb", False) == (caught.value.failure, caught.value.is_retryable)
    assert decoder.decoded_bytes <= max(MIN_BOMB_BYTES, 100 * 16384) + CHUNK
    assert peak < 8_000_000


@pytest.mark.parametrize(("coding", "bomb"), [("gzip", gzip_bomb), ("br", brotli_bomb)])
def test_bomb_under_a_small_cap(coding, bomb):
    """
    A bomb never decodes further than one chunk past the cap.
    """
    decoder = Decoder(coding, url=URL, max_bytes=100_000)

    with pytest.raises(FetchError) as caught:
        decoder.feed(bomb())

    assert "too-large" == caught.value.failure
    assert decoder.decoded_bytes <= 100_000 + CHUNK


def test_dense_text_is_no_bomb():
    """
    A large repetitive document is no bomb while it stays under a hundred to one.
    """
    text = b"".join(b"<item><guid>%032x</guid></item>" % (number * 2654435761) for number in range(60_000))

    got = decode("gzip", [gzipped(text)])

    assert text == got


@pytest.mark.parametrize(("filler", "expected"), [(gzipped(b""), "bad-encoding"), (b"\0" * 20, "too-large")])
def test_endless_nothing(filler, expected):
    """
    Input that never becomes output ends as well, soon and by its own cap.
    """
    decoder = Decoder("gzip", url=URL, max_bytes=1_000_000)
    decoder.feed(gzipped(b"x"))

    with pytest.raises(FetchError) as caught:
        decoder.feed(filler * 100_000)

    assert expected == caught.value.failure


@settings(deadline=None)  # the machine is shared
@given(data=st.binary(max_size=300), coding=st.sampled_from(["gzip", "deflate", "br"]), has_magic=st.booleans())
def test_any_bytes_end(data, coding, has_magic):
    """
    Any bytes are a body or a FetchError.
    """
    body = gzipped(b"")[:10] + data if has_magic else data
    try:
        got = decode(coding, [body])
    except FetchError as error:
        got = error.failure

    assert isinstance(got, bytes) or got in {"bad-encoding", "truncated"}
