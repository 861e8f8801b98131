"""What hangs in the spaces and is told of from above: devices, with how they stand. For facilities staff.

This package knows none of it: whoever does gives a teller when the application is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import Flask, current_app
from sqlalchemy.orm import Session

from campus.people.access import allowed
from campus.spaces.places import Point

RIGHT = "devices.manage"


@dataclass(frozen=True, slots=True)
class Hung:
    """One thing: where it hangs (`point`, or somewhere in `resource_id`), and how it stands, in a word."""

    name: str
    icon: str
    state: Literal["online", "stale", "offline", "never"]
    words: str
    url: str
    resource_id: int | None
    point: Point | None


Teller = Callable[[Session, datetime], Sequence[Hung]]


def give(app: Flask, teller: Teller) -> None:
    """Let `teller` say what hangs in this application's spaces."""
    app.extensions["hung"] = teller


def hung_now(session: Session, now: datetime) -> Sequence[Hung]:
    """All of it, by name; nothing for whoever has no business with devices."""
    teller: Teller | None = current_app.extensions.get("hung")
    return teller(session, now) if teller and allowed(RIGHT) else ()
