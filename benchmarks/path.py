"""Where a message's time goes in the worker: microseconds of processor time, by stage and dialect.

    python -m benchmarks.path [--messages 20000] [--rounds 5]

In one process, from bytes as a broker sends them to the end of the transaction on SQLite, 6,000 values each.
Processor time is little disturbed by what else the machine does; the wait for the disk is not in it. The
least of the rounds counts. The baseline of `decode` is orjson, reading the same payloads and nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

import orjson

from benchmarks.streams import STREAMS, ZONE, messages, register
from campus import clock
from campus.collector import spare_the_batches
from campus.database import Database
from campus.schema import upgrade
from devices.intake.batch import Arrival, Batch, next_arrival
from devices.intake.ingest import Ingest
from devices.intake.listener import BATCH_VALUES, TAKEN_AT_ONCE
from devices.intake.wire import BufferedSocket, Publication

STAGES = ("wire", "decode", "judge", "write")
WARM_UP = 4_000


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(given)
    spare_the_batches()
    print(f"{'':<45}{''.join(f'{stage:>8}' for stage in STAGES)}{'all':>8}{'orjson':>8}")
    for name, stream in STREAMS.items():
        stages, parsing = _measure(name, asked.messages, asked.rounds)
        cells = [*stages, sum(stages), parsing]
        print(f"{stream.title:<45}" + "".join(f"{one * 1e6 / asked.messages:8.1f}" for one in cells))


def _measure(name: str, many: int, rounds: int) -> tuple[list[float], float]:
    """Seconds of each stage for all messages, and of orjson."""
    said = list(islice(messages(name), many))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/campus.db")
        upgrade(database)
        register(database, name)
        ingest = Ingest(database, ZONE, "bench")
        ingest.store(Arrival(topic, payload, clock.now()) for topic, payload in said[:WARM_UP])
        seen = [_round(ingest, said) for _ in range(rounds)]
        database.close()
    began = time.process_time()
    for _topic, payload in said:
        orjson.loads(payload)
    return [min(stage) for stage in zip(*seen, strict=True)], time.process_time() - began


def _round(ingest: Ingest, said: Sequence[tuple[str, bytes]]) -> list[float]:
    """Each stage for itself, a batch at a time; what of `take` is not decoding is judging and gathering."""
    spent = dict.fromkeys(STAGES, 0.0)
    wire, left = BufferedSocket(_Network(said)), len(said)  # type: ignore[arg-type]
    while left:
        batch, taken = Batch(), list[Arrival]()
        began = time.process_time()
        ingest.refresh()
        spent["write"] += time.process_time() - began
        while left and len(batch) < BATCH_VALUES:
            publications = _take(wire, spent)
            left -= len(publications)
            began, at = time.process_time(), clock.now()
            for one in publications:
                at = next_arrival(at, at)
                arrival = Arrival(one.topic.decode(), one.payload, at, one.retained, one.identifier)
                taken.append(arrival)
                batch.take(arrival, ingest.directory)
            spent["judge"] += time.process_time() - began
        decoding = _decoding(ingest, taken)
        spent["decode"] += decoding
        spent["judge"] -= decoding
        began = time.process_time()
        ingest.commit(batch, clock.now())
        spent["write"] += time.process_time() - began
    return list(spent.values())


def _take(wire: BufferedSocket, spent: dict[str, float]) -> list[Publication]:
    began = time.process_time()
    if not wire.has_packet():
        wire.fill()
    publications = wire.publications(TAKEN_AT_ONCE)
    spent["wire"] += time.process_time() - began
    return publications


def _decoding(ingest: Ingest, taken: Sequence[Arrival]) -> float:
    """The decoders alone, once more."""
    owned = [(owner, one.payload) for one in taken for owner in ingest.directory.owners(one.topic)]
    began = time.process_time()
    for owner, payload in owned:
        owner.format.decode(owner.suffix, payload, owner.source)
    return time.process_time() - began


class _Network:
    """A socket that holds the messages as PUBLISH packets of QoS 1."""

    def __init__(self, said: Sequence[tuple[str, bytes]]) -> None:
        self._left = memoryview(
            b"".join(_packet(*one, number % 65_535 + 1) for number, one in enumerate(said))
        )

    def recv(self, size: int) -> bytes:
        piece, self._left = self._left[:size], self._left[size:]
        return bytes(piece)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def _packet(topic: str, payload: bytes, identifier: int) -> bytes:
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + identifier.to_bytes(2, "big") + payload
    length, left = bytearray(), len(body)
    while not length or left:
        length.append(left & 0x7F | (0x80 if left > 0x7F else 0))
        left >>= 7
    return b"\x32" + bytes(length) + body


if __name__ == "__main__":
    main()
