"""A socket that is read and written in large pieces.

An MQTT packet is read as one byte of header, one to four of length, then the rest: three system
calls a message. Through this buffer a system call brings dozens of messages, and everything that is
sent waits for one `flush`.
"""

from __future__ import annotations

import socket
from typing import Any

CHUNK = 256 * 1024


class BufferedSocket:
    """Wraps a connected, non-blocking socket (TLS or not). All that is not named here is the socket's own."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._in = b""
        self._at = 0
        self._out = bytearray()

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; b'' at the end of the stream. Raises BlockingIOError where none are there."""
        if self._at >= len(self._in):
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
            except (BlockingIOError, InterruptedError):
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
    def has_input(self) -> bool:
        """True if a read would find bytes without asking the network."""
        return self._at < len(self._in) or bool(getattr(self._raw, "pending", int)())

    @property
    def has_output(self) -> bool:
        return bool(self._out)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
