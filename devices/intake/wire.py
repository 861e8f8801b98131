"""The MQTT connection's bytes, read and written in large pieces.

paho reads a packet as one byte of header, one to four of length, then the rest: three system calls and
some thirty microseconds of bookkeeping a message. Here a system call brings hundreds of packets, those
that carry messages are taken out on the way, and paho gets all others (it keeps the session: connect,
subscribe, keep-alive). What is sent waits for one `flush`.
"""

from __future__ import annotations

import socket
import ssl
import sys
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

CHUNK = 256 * 1024
RECORD = 16 * 1024
"""The largest record of TLS."""
_PUBLISH = 3
_PUBACK = 0x4002
_LATER = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Publication(NamedTuple):
    """A PUBLISH packet of MQTT 3.1.1 (§3.3). `identifier` is None with QoS 0."""

    topic: bytes
    payload: bytes
    identifier: int | None
    retained: bool
    again: bool
    """The DUP flag: it was sent before and not acknowledged."""


class BufferedSocket:
    """Wraps a connected, non-blocking socket (TLS or not). What is not named here is the socket's own."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw, self._has_records = raw, hasattr(raw, "pending")
        self._in = b""
        self._at = 0
        self._ended = False
        self._out = bytearray()

    def fill(self) -> None:
        """Take what the network has. Raises OSError when the connection broke.

        TLS gives one record at a time, which may hold one packet only: all that have come are taken.
        """
        pieces, taken = [self._in[self._at :]], 0
        try:
            while taken < CHUNK:
                data = self._raw.recv(RECORD if self._has_records else CHUNK)
                pieces.append(data)
                taken += len(data)
                self._ended = not data
                if self._ended or not self._has_records:
                    break
        except _LATER:
            pass
        if len(pieces) > 1:
            self._in, self._at = b"".join(pieces), 0

    def has_packet(self) -> bool:
        """True if there is something to take: a whole packet, a malformed one, the end of the stream."""
        return self._ended or self._body(self._at) is not None

    def publications(self, most: int) -> list[Publication]:
        """Take the whole PUBLISH packets that come next, at most so many; anything else is left to `recv`."""
        found: list[Publication] = []
        data, at, size = self._in, self._at, len(self._in)
        while len(found) < most and at + 2 <= size and data[at] >> 4 == _PUBLISH:
            flags, start = data[at], at + 2
            end = start + data[at + 1]
            if data[at + 1] >= 0x80:
                body = self._body(at)
                if body is None:
                    break
                start, end = body
            if end > size or end - start < 2:
                break
            topic_end = start + 2 + (data[start] << 8 | data[start + 1])
            has_identifier = bool(flags & 0x06)
            payload_start = topic_end + 2 if has_identifier else topic_end
            if payload_start > end:
                break
            identifier = data[topic_end] << 8 | data[topic_end + 1] if has_identifier else None
            topic, payload = data[start + 2 : topic_end], data[payload_start:end]
            found.append(Publication(topic, payload, identifier, bool(flags & 0x01), bool(flags & 0x08)))
            at = end
        self._at = at
        return found

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; b'' at the end of the stream. Raises BlockingIOError where none are there."""
        if self._at >= len(self._in) and not self._ended:
            self._in, self._at = self._raw.recv(CHUNK), 0
        piece = self._in[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def send(self, data: bytes | bytearray) -> int:
        """Take all of `data` for the next flush."""
        self._out += data
        return len(data)

    def flush(self) -> bool:
        """Send what waits, as far as the network takes it. True if nothing is left."""
        while self._out:
            try:
                sent = self._raw.send(self._out)
            except _LATER:
                return False
            del self._out[:sent]
        return True

    def close(self) -> None:
        """Send what the network still takes, then close."""
        try:
            self.flush()
        finally:
            self._raw.close()

    @property
    def has_output(self) -> bool:
        return bool(self._out)

    def has_hidden_input(self) -> bool:
        """True if TLS holds bytes that no `select` would show."""
        return bool(getattr(self._raw, "pending", int)())

    def _body(self, begin: int) -> tuple[int, int] | None:
        """Where the body of the packet that begins there starts and ends; None if it is not whole yet.

        An empty span for a length that no packet may have (MQTT 3.1.1 §2.2.3): paho refuses it.
        """
        data, length = self._in, 0
        for place in range(4):
            at = begin + 1 + place
            if at >= len(data):
                return None
            length |= (data[at] & 0x7F) << 7 * place
            if data[at] < 0x80:
                end = at + 1 + length
                return (at + 1, end) if end <= len(data) else None
        return begin, begin

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def acknowledgements(identifiers: Sequence[int]) -> bytes:
    """PUBACK packets of MQTT 3.1.1 (§3.4), one after the other."""
    words = array("H", [_PUBACK]) * (2 * len(identifiers))
    words[1::2] = array("H", identifiers)
    if sys.byteorder == "little":
        words.byteswap()
    return words.tobytes()
