"""A client of the live stream, as the tests of it share it."""

from __future__ import annotations

import json

from flask.testing import FlaskClient


class EventStream:
    """Reads the event stream of a response, event by event."""

    def __init__(self, client: FlaskClient, path: str, headers: dict[str, str]) -> None:
        self.response = client.get(path, headers=headers)
        self._lines = (line for chunk in self.response.response for line in _text(chunk).split("\n"))

    def begin(self) -> None:
        """Read up to the first line that is not an event: from then on nothing is missed."""
        assert next(self._lines).startswith("retry: ")

    def events(self, number: int) -> list[dict[str, str]]:
        """The next events, comments left out."""
        found: list[dict[str, str]] = []
        event: dict[str, str] = {}
        for line in self._lines:
            name, _colon, value = line.partition(": ")
            if line and name:
                event[name] = value
            elif "event" in event:
                found.append(event)
                event = {}
            else:
                event = {}
            if len(found) == number:
                return found
        raise AssertionError("the stream ended")

    def is_over(self) -> bool:
        """True if nothing comes after what was read."""
        return not any(self._lines)


def _text(chunk: bytes | str) -> str:
    return chunk.decode() if isinstance(chunk, bytes) else chunk


def values(event: dict[str, str]) -> list[float | str]:
    return [reading["value"] for reading in json.loads(event["data"])]
