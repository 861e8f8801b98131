"""Uploads: kept once, by what is in them, whole or not at all, and shown to whoever may see them."""

from __future__ import annotations

import resource
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from campus import clock, uploads
from campus.audit import Origin
from campus.bookings.models import Booking, Occurrence, WallNote
from campus.database import Database
from campus.errors import Unavailable
from campus.people.members import add_member
from campus.people.models import Member
from campus.pictures import Picture, read_picture
from campus.spaces import photos
from campus.spaces.models import Resource, ResourcePhoto, Upload
from campus.spaces.resources import Description, put_resource
from tests.campus.spaces.images import jpeg
from tests.doors import walk_in


@pytest.fixture
def sent() -> Picture:
    return read_picture(jpeg())


def files(tmp_path: Path) -> list[str]:
    folder = tmp_path / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


Keep = Callable[[Picture, Member], Upload]


@pytest.fixture
def keep(app: APIFlask, database: Database) -> Keep:
    def do(picture: Picture, by: Member) -> Upload:
        with app.app_context(), database.write() as session:
            return uploads.keep(session, picture, by.id, clock.now())

    return do


def add(database: Database, name: str, role: str = "member") -> Member:
    with database.write() as session:
        email = f"{name.lower()}@hub.example"
        return add_member(session, email=email, name=name, role=role, password=None, now=clock.now())


def hang_up(database: Database, upload: Upload, slug: str = "glass") -> None:
    with database.write() as session:
        room, _new = put_resource(session, slug, Description(slug.title(), "room"), clock.now())
        session.add(ResourcePhoto(resource_id=room.id, upload_id=upload.id, position=1))


def test_a_picture_is_kept_once_and_only_its_owner_reads_the_file(
    keep: Keep, tmp_path: Path, sent: Picture, member: Member, staff: Member
) -> None:
    first = keep(sent, member)
    again = keep(sent, staff)
    assert (first.id, first.by_id) == (again.id, member.id)
    assert files(tmp_path) == [f"{sent.digest}.jpg", f"{sent.digest}.small.jpg"]
    kept = tmp_path / "uploads" / f"{sent.digest}.jpg"
    assert kept.read_bytes() == sent.data
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_where_the_disk_takes_nothing_nothing_is_noted(
    keep: Keep, sqlite_database: Database, tmp_path: Path, sent: Picture, member: Member
) -> None:
    (tmp_path / "uploads").write_text("in the way")
    with pytest.raises(Unavailable, match="Nothing was saved"):
        keep(sent, member)
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count(Upload.id))) == 0


def test_a_disk_that_is_full_in_the_middle_leaves_no_half_a_picture(
    keep: Keep, sqlite_database: Database, tmp_path: Path, sent: Picture, member: Member
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(sent.data) - 1, before[1]))
    try:
        with pytest.raises(Unavailable, match="Nothing was saved"):
            keep(sent, member)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert files(tmp_path) == []
    keep(sent, member)
    assert len(files(tmp_path)) == 2


def test_what_is_shown_nowhere_any_more_is_forgotten_with_its_files(
    app: APIFlask, keep: Keep, database: Database, tmp_path: Path, sent: Picture
) -> None:
    upload = keep(sent, add(database, "Eva"))
    hang_up(database, upload)
    with app.app_context(), database.write() as session:
        uploads.forget(session, upload.id)
        assert session.get(Upload, upload.id), "it hangs beside the glass room"
        session.execute(delete(ResourcePhoto))
        uploads.forget(session, upload.id)
        uploads.forget(session, upload.id)
        assert session.get(Upload, upload.id) is None
    assert files(tmp_path) == []


def test_a_photo_of_a_room_is_shown_to_members_and_to_nobody_else(
    keep: Keep, client: FlaskClient, sqlite_database: Database, sent: Picture, member: Member
) -> None:
    upload = keep(sent, member)
    path = f"/pictures/{sent.digest}"
    assert client.get(path).location.startswith("/sign-in")
    walk_in(client, member)
    assert client.get(path).status_code == 404, "nothing shows it yet"
    hang_up(sqlite_database, upload)
    answer = client.get(path)
    assert (answer.status_code, answer.data) == (200, sent.data)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    small = client.get(f"{path}?size=small")
    assert (small.status_code, small.data) == (200, sent.small)
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for wrong in ("0" * 64, "..%2Fcampus.db", "secret"):
        assert client.get(f"/pictures/{wrong}").status_code == 404


def test_a_photo_of_the_wall_is_for_member_staff_and_guests(
    keep: Keep, client: FlaskClient, sqlite_database: Database, sent: Picture, member: Member
) -> None:
    analyst, staff = add(sqlite_database, "Sara", "analyst"), add(sqlite_database, "Luis", "staff")
    upload, now = keep(sent, member), clock.now()
    with sqlite_database.write() as session:
        room, _new = put_resource(session, "glass", Description("Glass", "room"), now)
        hour = {"start": now, "end": now + timedelta(hours=1)}
        time = Occurrence(
            resource_id=room.id, status="confirmed", blocked_start=now, blocked_end=hour["end"], **hour
        )
        booking = Booking(
            resource_id=room.id,
            member_id=member.id,
            made_by_id=member.id,
            title="Plan",
            created_at=now,
            occurrences=[time],
        )
        session.add(booking)
        session.flush()
        session.add(
            WallNote(occurrence_id=time.id, text="", upload_id=upload.id, by_id=member.id, created_at=now)
        )

    def sees(who: Member) -> bool:
        walk_in(client, who)
        return client.get(f"/pictures/{sent.digest}").status_code == 200

    assert (sees(member), sees(staff), sees(analyst)) == (True, True, False)
    with sqlite_database.write() as session:
        session.get_one(Booking, booking.id).guests = [analyst.email]
    assert sees(analyst)


def test_two_rooms_share_a_picture_until_the_last_takes_it_down(
    app: APIFlask, sqlite_database: Database, tmp_path: Path, sent: Picture, staff: Member
) -> None:
    origin, now = Origin(), clock.now()
    with app.app_context(), sqlite_database.write() as session:
        rooms = [
            put_resource(session, slug, Description(slug, "room"), now)[0] for slug in ("glass", "stone")
        ]
        for room in rooms:
            photos.add_photos(session, room, [sent], "", by=staff, origin=origin, now=now)
    for number, slug in enumerate(("glass", "stone")):
        with app.app_context(), sqlite_database.write() as session:
            room = session.scalars(select(Resource).where(Resource.slug == slug)).one()
            photo = photos.photos_of(session, room.id)[0]
            photos.remove(session, room, photo.id, origin=origin, now=now)
        assert len(files(tmp_path)) == (2 if number == 0 else 0)
