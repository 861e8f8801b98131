"""Captures of MQTT traffic: one JSON object a line. Pure but for the files.

A payload that is text stands as it is; one that is not is base64, and the line says so with `kind`.
"""

from __future__ import annotations

import gzip
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

import orjson

from campus.errors import BadRequest
from campus.moments import from_unix, rfc3339
from devices.simulator.message import Message

LONGEST_TOPIC = 65_535
"""Bytes: the limit of MQTT."""
BINARY = "binary-base64"
"""The `kind` of a line whose payload is base64."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A message and when it was said, None if the capture does not tell."""

    message: Message
    at: datetime | None


def read_capture(file: Path) -> Iterator[Captured]:
    """The messages of a file, plain or gzip, in its order; empty lines are passed over.

    Raises BadRequest that names the first line which is no message.
    """
    try:
        with _opened(file) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield parse_line(line, number)
    except (EOFError, gzip.BadGzipFile) as error:
        raise BadRequest(f"{file.name}: not a whole gzip file: {error}.") from None


def parse_line(line: bytes, number: int) -> Captured:
    """One line: `topic`, `payload`, perhaps `at` (RFC 3339 with an offset, or Unix seconds) and `retained`.

    A payload that is text goes out as it is, with `kind` binary-base64 as the bytes that it stands for;
    anything else as its JSON. Raises BadRequest with `number`.
    """
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"Line {number}: not JSON: {error}.") from None
    if not isinstance(said, dict) or "payload" not in said:
        raise BadRequest(f"Line {number}: an object with topic and payload is wanted.")
    topic, payload = said.get("topic"), said["payload"]
    if not isinstance(topic, str) or not _is_topic(topic):
        raise BadRequest(f"Line {number}: {str(topic)[:60]!r} is not a topic that can be published to.")
    if said.get("kind") == BINARY:
        body = _bytes(payload, number)
    else:
        body = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
    return Captured(Message(topic, body, said.get("retained") is True), _instant(said.get("at"), number))


def as_line(captured: Captured) -> bytes:
    """The line that is read as `captured`, with its end."""
    message = captured.message
    said: dict[str, Any] = {"topic": message.topic}
    try:
        said["payload"] = message.payload.decode()
    except UnicodeDecodeError:
        said |= {"payload": b64encode(message.payload).decode(), "kind": BINARY}
    if captured.at is not None:
        said["at"] = rfc3339(captured.at)
    said["retained"] = message.retained
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def _bytes(payload: Any, number: int) -> bytes:
    try:
        return b64decode(payload, validate=True)
    except (TypeError, ValueError):
        raise BadRequest(f"Line {number}: its payload is not base64, though its kind says so.") from None


def _opened(file: Path) -> gzip.GzipFile | BufferedReader:
    with file.open("rb") as head:
        packed = head.read(2) == b"\x1f\x8b"
    return gzip.open(file, "rb") if packed else file.open("rb")


def _is_topic(topic: str) -> bool:
    return bool(topic) and len(topic.encode()) <= LONGEST_TOPIC and not set(topic) & {"+", "#", "\x00"}


def _instant(at: Any, number: int) -> datetime | None:
    if at is None:
        return None
    try:
        if isinstance(at, int | float) and not isinstance(at, bool):
            return from_unix(at)
        moment = datetime.fromisoformat(at)
    except (TypeError, ValueError, OverflowError):
        raise BadRequest(f"Line {number}: {str(at)[:40]!r} is not a time.") from None
    if moment.tzinfo is None:
        raise BadRequest(f"Line {number}: {at!r} needs an offset, such as Z or -07:00.")
    return moment
