"""What `doctor` looks at: settings, disk, database, broker, worker, clock, letters, versions.

Each look gives a finding in words for whoever runs the campus. A fault is something that keeps the campus
from its work, now or soon; a remark is worth knowing and no more.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from campus import health, outbox
from campus.bookings.letters.dispatch import MOST_TRIES
from campus.bookings.models import Notice
from campus.database import engine_version, is_sqlite
from campus.errors import Unavailable
from campus.hub import Hub
from campus.notes import Heartbeat
from campus.schema import newest_revision, revision_of
from campus.settings import Settings, unknown
from campus.workplaces import all_places, count_listening

Verdict = Literal["ok", "remark", "fault"]

MIB = 2**20
LEAST_FREE, LITTLE_FREE = 256 * MIB, 2048 * MIB
"""Bytes of disk: with fewer than these the campus will soon stop, or the end can be seen."""
WAL_MENDED = (3, 51, 3)
"""The first SQLite without the rare fault that several writers may meet when the WAL begins anew."""
MOST_AHEAD = timedelta(minutes=1)
"""How far in the future something may have happened before this machine's clock is doubted."""
TRY_AGAIN = "flask --app app letters try-again"
PACKAGES = ("flask", "sqlalchemy", "paho-mqtt", "apscheduler", "plotly", "tzdata")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and how it stands."""

    about: str
    verdict: Verdict
    words: str


def examine(place: Hub, environment: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Look at everything, one finding after the other. Nothing is changed, nothing is raised."""
    yield _settings(environment)
    yield from _disks(place.settings)
    try:
        with place.database.read() as session:
            yield _database(session)
            yield _schema(session)
            yield _clock(session, place.settings, now)
            yield _workers(session, place.settings, now)
            yield _mails(session)
            yield _letters(session)
    except (SQLAlchemyError, Unavailable) as error:
        yield Finding("database", "fault", f"cannot be read: {_first_line(error)}")
    for part, wrong in health.faults(place, now).items():
        if part != "database":
            yield Finding(part, "fault" if wrong else "ok", wrong or "there")
    yield Finding("versions", "ok", _versions())


def space(about: str, path: Path, free: int, whole: int) -> Finding:
    """What `free` of `whole` bytes mean for what is kept in `path`."""
    verdict: Verdict = "fault" if free < LEAST_FREE else "remark" if free < LITTLE_FREE else "ok"
    advice = "" if verdict == "ok" else ": make room before it is full"
    return Finding(about, verdict, f"{_size(free)} free of {_size(whole)} in {path}{advice}")


def engine(name: str, number: tuple[int, ...]) -> Finding:
    """What the database's version means."""
    words = f"{name} {'.'.join(map(str, number))}"
    if name == "SQLite" and number < WAL_MENDED:
        mended = ".".join(map(str, WAL_MENDED))
        words += f": with several writers there is a rare fault in it, mended in {mended}"
        return Finding("database", "remark", words)
    return Finding("database", "ok", words)


def ahead(newest: datetime | None, now: datetime) -> Finding:
    """Whether what was written last lies in the future: then this clock, or the one before it, is wrong."""
    if newest is not None and newest - now > MOST_AHEAD:
        far = round((newest - now).total_seconds())
        words = f"the store knows of something {far:,} s in the future: was the clock set back?"
        return Finding("clock", "fault", words)
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _settings(environment: Mapping[str, str]) -> Finding:
    strange = unknown(environment)
    if strange:
        return Finding("settings", "remark", f"no setting of Campus: {', '.join(strange)}")
    return Finding("settings", "ok", "all known")


def _disks(settings: Settings) -> Iterator[Finding]:
    places = {"data dir": settings.data_dir.resolve()}
    url = make_url(settings.store_url)
    if url.get_backend_name() == "sqlite" and url.database:
        places["database file"] = Path(url.database).resolve().parent
    seen = set[int]()
    for about, path in places.items():
        if not os.access(path, os.W_OK | os.X_OK):
            yield Finding(about, "fault", f"{path} cannot be written to")
            continue
        device = path.stat().st_dev
        if device not in seen:
            seen.add(device)
            usage = shutil.disk_usage(path)
            yield space(about, path, usage.free, usage.total)


def _database(session: Session) -> Finding:
    return engine("SQLite" if is_sqlite(session) else "PostgreSQL", engine_version(session))


def _schema(session: Session) -> Finding:
    here, newest = revision_of(session), newest_revision()
    if here != newest:
        return Finding("schema", "fault", f"is {here or 'empty'}, not {newest}: flask --app app db upgrade")
    return Finding("schema", "ok", f"{here}, the newest")


def _clock(session: Session, settings: Settings, now: datetime) -> Finding:
    found = ahead(session.scalar(select(func.max(Heartbeat.at))), now)
    if found.verdict != "ok":
        return found
    here = now.astimezone(settings.zone)
    return Finding("clock", "ok", f"{found.words}, {here:%H:%M} in {settings.timezone}")


def _workers(session: Session, settings: Settings, now: datetime) -> Finding:
    """How many of the workers listen, and which places wait to be read out."""
    listening, many = count_listening(session, now), settings.workers
    words = f"{listening} of {many} listening"
    left = [row.number for row in all_places(session) if row.number > many]
    if left:
        words += f"; what waits for place {', '.join(map(str, left))} at the broker is not read out yet"
    return Finding("workers", "ok" if listening == many and not left else "remark", words)


def _mails(session: Session) -> Finding:
    counted = outbox.counts(session)
    words = f"{counted['waiting']:,} wait, {counted['failed']:,} could not go out in the last 30 days"
    return Finding("mails", "remark" if counted["failed"] else "ok", words)


def _letters(session: Session) -> Finding:
    """Notices of bookings that could not be put into words: they wait for a mended campus, and for a word."""
    query = select(Notice.id, Notice.kind, Notice.booking_id).where(Notice.tries >= MOST_TRIES)
    stuck = session.execute(query.order_by(Notice.id)).all()
    if not stuck:
        return Finding("letters", "ok", "none is stuck")
    named = ", ".join(f"{kind} {number} (booking {booking})" for number, kind, booking in stuck[:5])
    more = f" and {len(stuck) - 5} more" if len(stuck) > 5 else ""
    words = f"could not be written (the log says why): {named}{more}; once mended: {TRY_AGAIN}"
    return Finding("letters", "fault", words)


def _versions() -> str:
    named = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            named.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            named.append(f"{package} missing")
    return ", ".join(named)


def _size(number: int) -> str:
    return f"{number / 2**30:,.1f} GiB" if number >= 2**30 else f"{number / MIB:,.0f} MiB"


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
