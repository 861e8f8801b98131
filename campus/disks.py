"""How much room the disks have on which a campus keeps what it keeps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from campus.settings import Settings

MIB = 2**20
FULL = 4 * MIB
"""With less than this a transaction may not find the room that it needs."""
LEAST_FREE = 256 * MIB
"""With less than this the campus will soon stop."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder, and the room on the disk that it is on. In bytes."""

    about: str
    path: Path
    free: int
    whole: int


def disks(settings: Settings) -> Iterator[Disk]:
    """Of the data dir and, if it is elsewhere, of the database's file; those of them that are there."""
    seen = set[int]()
    for about, path in folders(settings).items():
        try:
            device, usage = path.stat().st_dev, shutil.disk_usage(path)
        except OSError:
            continue
        if device not in seen:
            seen.add(device)
            yield Disk(about, path, usage.free, usage.total)


def folders(settings: Settings) -> dict[str, Path]:
    """Where things are kept, as people call it."""
    found = {"data dir": settings.data_dir.resolve()}
    url = make_url(settings.store_url)
    if url.get_backend_name() == "sqlite" and url.database:
        found["database file"] = Path(url.database).resolve().parent
    return found


def least_free(settings: Settings) -> Disk | None:
    """The disk with the least room, if it is less than LEAST_FREE."""
    scarce = [disk for disk in disks(settings) if disk.free < LEAST_FREE]
    return min(scarce, key=lambda disk: disk.free, default=None)
