"""Asks the web process whether all is ready, without ever waiting for its answer."""

from __future__ import annotations

import errno
import selectors
import socket
from contextlib import suppress

ASK_EVERY_S = 0.1
QUESTION = b"GET /readyz HTTP/1.0\r\nHost: campus\r\n\r\n"


class Probe:
    """One question at a time; the selector that the supervisor waits on tells when to go on."""

    def __init__(self, selector: selectors.BaseSelector, host: str, port: int) -> None:
        self._selector = selector
        self._address = (host, port)
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket: socket.socket | None = None
        self._answer = b""
        self._next_s = 0.0

    def ask(self, now_s: float) -> None:
        """Begin a question, unless one is under way or the last one was just now."""
        if self._socket is not None or now_s < self._next_s:
            return
        self._next_s = now_s + ASK_EVERY_S
        self._socket, self._answer = socket.socket(self._family, socket.SOCK_STREAM), b""
        self._socket.setblocking(False)
        code = self._socket.connect_ex(self._address)
        if code not in (0, errno.EINPROGRESS):
            self.close()
            return
        self._selector.register(self._socket, selectors.EVENT_WRITE, self)

    def go_on(self, events: int) -> bool | None:
        """Take the next step. True if all is ready, False if not (yet), None while there is no answer."""
        if self._socket is None:
            return None
        try:
            if events & selectors.EVENT_WRITE:
                self._socket.send(QUESTION)
                self._selector.modify(self._socket, selectors.EVENT_READ, self)
                return None
            said = self._socket.recv(4096)
        except OSError:
            self.close()
            return False
        self._answer += said
        if said:
            return None
        self.close()
        return self._answer.split(b" ", 2)[1:2] == [b"200"]

    @property
    def body(self) -> str:
        """What the last answer said."""
        return self._answer.partition(b"\r\n\r\n")[2].decode(errors="replace").strip()

    def close(self) -> None:
        if self._socket is not None:
            with suppress(KeyError):
                self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None
