"""Content codings undone piece by piece, so that no body grows past its cap (RFC 9110 8.4)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

from ingest.errors import FetchError

#: What we ask for and can undo. One coding at a time: "gzip, gzip" is how 661 bytes become 300 MB (reliability.md 2.2).
ACCEPT_ENCODING = "gzip, deflate, br"

#: Output of one step.
STEP_BYTES = 65536
#: Input of one step: a body of empty gzip members costs the square of it.
_FEED_BYTES = 16384
#: Framing of a body that does not compress: more input than this above the cap cannot become a body under the cap.
_INPUT_SLACK_BYTES = 65536
#: Past MIN_BOMB_BYTES of output, more than this for each byte of input is no text.
MAX_RATIO = 100
MIN_BOMB_BYTES = 1_000_000

#: Blocked gzip makes a member of 64 KB; 10 MB of empty ones take three seconds to undo (measured).
MAX_MEMBERS = 10_000

_GZIP_MAGIC = b"\x1f\x8b"
#: Low bits of the first byte of a zlib stream (RFC 1950 2.2). A raw deflate stream (RFC 1951 3.2.3) that began with
#: them would be a stored block with padding bits set, which no encoder writes.
_ZLIB_METHOD = 8
_METHOD_BITS = 0x0F
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class _Stream(Protocol):
    """One coding being undone."""

    #: The end was seen; what follows is not of the body.
    is_done: bool

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What ``data`` decodes to, in pieces of about STEP_BYTES."""
        ...


class _Identity:
    """No coding: a body is done whenever it stops; its framing says whether it was cut."""

    def __init__(self) -> None:
        self.is_done = True

    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Gzip:
    """RFC 1952, any number of members. Bytes without the magic are taken as they are: servers label plain text so."""

    def __init__(self) -> None:
        self.is_done = False
        self._member: zlib._Decompress | None = None
        #: The first byte of a magic whose second has not come yet.
        self._held = b""
        self._members = 0
        self._is_plain = False
        self._is_over = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        data, self._held = self._held + data, b""
        while data and not self._is_over:
            if self._member is None and not self._begin(data):
                break
            if self._member is None:
                yield data
                return
            yield from _inflate(self._member, data)
            if not self._member.eof:
                return
            data, self._member, self.is_done = self._member.unused_data, None, True

    def _begin(self, data: bytes) -> bool:
        """Whether there is something to take: a member that begins here, or a body that never was gzip."""
        if self._is_plain:
            return True
        if data == _GZIP_MAGIC[:1]:
            self._held = data
            return False
        if data.startswith(_GZIP_MAGIC):
            self._members += 1
            if self._members > MAX_MEMBERS:
                raise zlib.error("too many members")
            self._member, self.is_done = zlib.decompressobj(_GZIP_WINDOW), False
            return True
        # Padding or garbage after a member is not of the body; gzip(1) ignores it as well.
        self.is_done, self._is_plain, self._is_over = True, not self._members, bool(self._members)
        return self._is_plain


class _Deflate:
    """The coding "deflate": zlib by RFC 9110 8.4.1.2, raw by the servers that got it wrong."""

    def __init__(self) -> None:
        self.is_done = False
        self._stream: zlib._Decompress | None = None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self.is_done:
            return
        if self._stream is None:
            is_zlib = data[0] & _METHOD_BITS == _ZLIB_METHOD
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        yield from _inflate(self._stream, data)
        self.is_done = self._stream.eof


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self.is_done = False
        self._stream = brotli.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        piece = self._stream.process(data, output_buffer_limit=STEP_BYTES)
        # It may accept more data while output still waits inside (brotli 1.2.1): only an empty piece says it is dry.
        while piece or not self._stream.can_accept_more_data():
            yield piece
            piece = self._stream.process(b"", output_buffer_limit=STEP_BYTES)
        self.is_done = self._stream.is_finished()


_STREAMS: dict[str, type[_Stream]] = {
    "": _Identity,
    "identity": _Identity,
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
}


def _inflate(stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What a zlib stream gives for ``data``; a full piece means that more may wait inside."""
    while True:
        piece = stream.decompress(data, STEP_BYTES)
        yield piece
        data = stream.unconsumed_tail
        if stream.eof or not (data or len(piece) == STEP_BYTES):
            return


class Decoder:
    """
    Takes a body as it arrives and gives it decoded, at most ``max_bytes`` of it.

    With ``is_cut`` a longer body is cut there instead of refused (robots.txt: RFC 9309 2.5).

    Raises:
        FetchError: "bad-encoding" for a coding or a combination we do not undo, here and in ``feed`` for bytes that
            are not in it.
    """

    def __init__(self, content_encoding: str, *, url: str, max_bytes: int, is_cut: bool = False) -> None:
        coding = content_encoding.strip(" \t").lower()
        if coding not in _STREAMS:
            raise FetchError("bad-encoding", url, "unknown or repeated content coding", is_retryable=False)
        self._stream = _STREAMS[coding]()
        self._url = url
        self._max_bytes = max_bytes
        self._is_cut = is_cut
        #: What is wanted is there; nothing more need be read.
        self.is_full = False
        self._received = 0
        #: Its value is the body without another copy of it.
        self._body = io.BytesIO()
        #: Whether the server named a coding, so that Content-Length is not the size of the body.
        self.is_coded = not isinstance(self._stream, _Identity)

    @property
    def decoded_bytes(self) -> int:
        """How much there is so far."""
        return self._body.tell()

    def feed(self, data: bytes) -> None:
        """
        Take the next bytes.

        Raises:
            FetchError: "too-large", "bomb" or "bad-encoding".
        """
        # What is not coded is as long as it comes, and need not be taken in small parts.
        step = _FEED_BYTES if self.is_coded else max(1, len(data))
        for start in range(0, len(data), step):
            part = data[start : start + step]
            self._received += len(part)
            if self.is_coded and self._received > self._max_bytes + _INPUT_SLACK_BYTES:
                self._overflow()
            if self.is_full:
                return
            self._take(part)

    def finish(self) -> bytes:
        """
        The whole body.

        Raises:
            FetchError: "truncated", the coding's end is missing.
        """
        if self._received and not self._stream.is_done and not self.is_full:
            raise FetchError("truncated", self._url, "compressed body cut short")
        return self._body.getvalue()

    def _overflow(self) -> None:
        """The cap is passed."""
        if not self._is_cut:
            raise FetchError("too-large", self._url, f"over {self._max_bytes} bytes", is_retryable=False)
        self._body.truncate(self._max_bytes)
        self.is_full = True

    def _take(self, part: bytes) -> None:
        try:
            for piece in self._stream.pieces(part):
                self._body.write(piece)
                if self.decoded_bytes > self._max_bytes:
                    self._overflow()
                    return
                if self.decoded_bytes > max(MIN_BOMB_BYTES, MAX_RATIO * self._received):
                    raise FetchError("bomb", self._url, f"over {MAX_RATIO} bytes out for one in", is_retryable=False)
        except (zlib.error, brotli.error) as error:
            raise FetchError("bad-encoding", self._url, "corrupt compressed body", is_retryable=False) from error
