"""The connection's bytes: messages taken out whole, everything else left to paho, nothing lost between."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.intake.wire import BufferedSocket, Publication

PINGRESP = b"\xd0\x00"


@pytest.fixture
def pair() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield BufferedSocket(ours), theirs
    ours.close()
    theirs.close()


def packet(publication: Publication) -> bytes:
    """A PUBLISH packet as MQTT 3.1.1 §3.3 writes it."""
    flags = 0x30 | publication.retained
    body = len(publication.topic).to_bytes(2, "big") + publication.topic
    if publication.identifier is not None:
        flags |= 0x02 | publication.again << 3
        body += publication.identifier.to_bytes(2, "big")
    body += publication.payload
    length, left = b"", len(body)
    while True:
        left, digit = left >> 7, left & 0x7F
        length += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([flags]) + length + body


publications = st.builds(
    Publication,
    st.binary(min_size=1, max_size=40),
    st.binary(max_size=300),
    st.none() | st.integers(1, 65_535),
    st.booleans(),
    st.just(False),
)


@given(st.lists(publications, max_size=6), st.integers(1, 50), st.integers(1, 3))
def test_messages_come_out_whole_however_the_network_cuts_them(
    sent: list[Publication], piece: int, most: int
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        wire, taken = BufferedSocket(ours), list[Publication]()
        data = b"".join(packet(publication) for publication in sent)
        for start in range(0, len(data), piece):
            theirs.sendall(data[start : start + piece])
            wire.fill()
            while wire.has_packet():
                more = wire.publications(most)
                assert 0 < len(more) <= most
                taken += more
        assert taken == sent


class Records:
    """As a TLS socket: one record a call, then the wish for more."""

    def __init__(self, *records: bytes) -> None:
        self._left = list(records)

    def pending(self) -> int:
        return 0

    def recv(self, _size: int) -> bytes:
        if not self._left:
            raise ssl.SSLWantReadError
        return self._left.pop(0)


def test_of_tls_all_records_are_taken_that_have_come() -> None:
    messages = [Publication(b"a/b", str(number).encode(), number, False, False) for number in range(1, 10)]
    wire = BufferedSocket(Records(*map(packet, messages)))  # type: ignore[arg-type]
    wire.fill()
    assert wire.publications(20) == messages
    wire.fill()
    assert not wire.has_packet()


def test_what_came_before_the_end_of_tls_is_taken_first() -> None:
    message = Publication(b"a/b", b"42", 7, False, False)
    wire = BufferedSocket(Records(packet(message), b""))  # type: ignore[arg-type]
    wire.fill()
    assert wire.publications(20) == [message]
    assert wire.has_packet()
    assert wire.recv(1) == b""


def test_other_packets_are_left_to_paho_byte_by_byte(pair: tuple[BufferedSocket, socket.socket]) -> None:
    wire, network = pair
    message = Publication(b"a/b", b"42", 7, False, True)
    network.sendall(PINGRESP + packet(message))
    wire.fill()
    assert wire.publications(9) == []
    assert wire.recv(1) + wire.recv(1) == PINGRESP
    assert wire.publications(9) == [message]
    assert not wire.has_packet()
    with pytest.raises(BlockingIOError):
        wire.recv(1)


@pytest.mark.parametrize(
    "malformed",
    [b"\x32\xff\xff\xff\xff\x01", b"\x32\x01\x00", b"\x32\x04\x00\x09ab", b"\x32\x03\x00\x01a"],
)
def test_a_malformed_packet_is_nobodys_message(
    pair: tuple[BufferedSocket, socket.socket], malformed: bytes
) -> None:
    wire, network = pair
    network.sendall(malformed)
    wire.fill()
    assert wire.has_packet()
    assert wire.publications(9) == []


def test_the_end_of_the_stream_shows_as_paho_expects_it(pair: tuple[BufferedSocket, socket.socket]) -> None:
    wire, network = pair
    network.close()
    wire.fill()
    assert wire.has_packet()
    assert wire.publications(9) == []
    assert wire.recv(1) == b""


def test_what_is_sent_waits_for_the_flush(pair: tuple[BufferedSocket, socket.socket]) -> None:
    wire, network = pair
    assert wire.send(b"one") == 3
    wire.send(b"two")
    assert wire.has_output
    assert wire.flush()
    assert network.recv(10) == b"onetwo"
    wire.send(b"last")
    wire.close()
    assert network.recv(10) == b"last"
