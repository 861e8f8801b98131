"""Notes from the wall: kept with their hour, for whom the booking is and nobody else, gone when removed."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.bookings.door.wall_notes import MOST
from campus.bookings.models import Occurrence, WallNote
from campus.database import Database
from campus.people.account.erase import erase
from campus.people.account.own_data import own_data
from campus.people.members import add_member
from campus.people.models import Member
from campus.settings import Settings
from campus.spaces.models import Upload
from tests.campus.bookings.at_the_door import MINUTE, furnish, put
from tests.campus.test_departure import ZONE
from tests.doors import csrf_token, walk_in

PLACE = 0x8825
"""EXIF's tag of where a photo was taken."""


def photo(seed: int = 0, **more: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (80, 60), (seed * 50 % 256, 120, 90)).save(written, "JPEG", **more)
    return written.getvalue()


@pytest.fixture
def ana(client: FlaskClient, sqlite_database: Database, member: Member, staff: Member) -> FlaskClient:
    """Ana, who is in the room; booking 1, occurrence 1. Sara is her guest."""
    furnish(sqlite_database)
    now = clock.now() - 10 * MINUTE
    more: dict[str, Any] = {"guests": ("sara@hub.example",), "visibility": "everybody"}
    assert put(sqlite_database, member.email, now, 60, title="Design review", **more) == 1
    walk_in(client, member)
    return client


def browser(ana: FlaskClient, somebody: Member) -> FlaskClient:
    client = ana.application.test_client()
    walk_in(client, somebody)
    return client


def keep(
    client: FlaskClient, text: str = "", *files: tuple[bytes, str], hour: str = "1", booking: int = 1
) -> TestResponse:
    form: dict[str, Any] = {"csrf_token": csrf_token(client, "/book"), "occurrence": hour, "text": text}
    form["photos"] = [(io.BytesIO(data), name) for data, name in files]
    return client.post(f"/bookings/{booking}/notes", data=form, content_type="multipart/form-data")


def remove(client: FlaskClient, note: int, booking: int = 1) -> TestResponse:
    form = {"csrf_token": csrf_token(client, "/book")}
    return client.post(f"/bookings/{booking}/notes/{note}/remove", data=form)


def wall(client: FlaskClient, booking: int = 1) -> str:
    return client.get(f"/bookings/{booking}/notes").text


def pictures_on(page: str) -> list[str]:
    return re.findall(r'href="(/pictures/[0-9a-f]{64})"', page)


def notes(database: Database) -> list[WallNote]:
    with database.read() as store:
        return list(store.query(WallNote).order_by(WallNote.id))


def test_words_and_photos_are_kept_with_their_hour(ana: FlaskClient, sqlite_database: Database) -> None:
    answer = keep(ana, "Decided:\r\n- valves", (photo(1), "a.jpg"), (photo(2), "b.jpg"))
    assert answer.status_code == 303
    assert answer.location.startswith("/bookings/1/notes?occurrence=1")
    page = wall(ana)
    assert "Decided:\n- valves" in page
    assert len(pictures_on(page)) == 2
    first, second = notes(sqlite_database)
    assert (first.text, second.text) == ("Decided:\n- valves", "")
    assert (first.occurrence_id, first.by_id) == (1, second.by_id)


def test_a_photo_says_nothing_about_where_it_was_taken(ana: FlaskClient) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Phone of Ana"
    exif.get_ifd(PLACE)[1] = "N"
    assert b"Phone of Ana" in photo(exif=exif)
    keep(ana, "", (photo(exif=exif), "wall.jpg"))
    (address,) = pictures_on(wall(ana))
    answer = ana.get(address)
    assert answer.mimetype == "image/jpeg"
    assert not dict(Image.open(io.BytesIO(answer.data)).getexif())
    assert b"Phone of Ana" not in answer.data


def test_hostile_words_are_shown_and_never_run(ana: FlaskClient) -> None:
    keep(ana, "<script>alert(1)</script>")
    assert "<script>alert" not in wall(ana)
    assert "&lt;script&gt;alert(1)" in wall(ana)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"%PDF-1.4 no picture", "report.jpg", "report.jpg: This is no picture that can be read here."),
        (b"", "empty.jpg", "empty.jpg: This file is empty."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wall.svg", "wall.svg: This is no picture"),
        (photo()[:200], "cut.jpg", "cut.jpg: This picture is damaged or cut off."),
        (b"GIF89a" + bytes(50), "<b>.gif", "&lt;b&gt;.gif: This is no picture"),
    ],
)
def test_what_is_no_picture_is_refused_by_name_and_nothing_is_kept(
    ana: FlaskClient, sqlite_database: Database, data: bytes, name: str, said: str
) -> None:
    answer = keep(ana, "Stays typed", (photo(), "good.jpg"), (data, name))
    assert answer.status_code == 422
    assert said in answer.text
    assert "Nothing was saved." in answer.text
    assert "Stays typed</textarea>" in answer.text
    assert notes(sqlite_database) == []


@pytest.mark.parametrize(
    ("text", "files", "said"),
    [
        ("", 0, "Write something, or choose a photo."),
        (" \r\n ", 0, "Write something, or choose a photo."),
        ("x" * 4_001, 0, "A note has 4000 letters at most."),
        ("a\x00b", 0, "A note is plain text."),
        ("", 5, "4 photos at a time are the most."),
    ],
)
def test_what_will_not_do_is_refused_with_a_sentence(
    ana: FlaskClient, sqlite_database: Database, text: str, files: int, said: str
) -> None:
    answer = keep(ana, text, *[(photo(number), f"{number}.jpg") for number in range(files)])
    assert answer.status_code == 422
    assert said in answer.text
    assert notes(sqlite_database) == []


def test_an_hour_keeps_so_many_and_no_more(ana: FlaskClient, sqlite_database: Database) -> None:
    with sqlite_database.write() as store:
        for _number in range(MOST - 1):
            store.add(WallNote(occurrence_id=1, text="x", by_id=1, created_at=clock.now()))
    answer = keep(ana, "", (photo(1), "a.jpg"), (photo(2), "b.jpg"))
    assert answer.status_code == 422
    assert f"{MOST} notes and photos at most" in answer.text
    assert keep(ana, "The last").status_code == 303


def test_an_hour_that_was_given_up_keeps_nothing_more(ana: FlaskClient, sqlite_database: Database) -> None:
    keep(ana, "From before")
    with sqlite_database.write() as store:
        store.get_one(Occurrence, 1).status = "cancelled"
    assert keep(ana, "Too late").status_code == 422
    page = wall(ana)
    assert "From before" in page
    assert "This time was given up" in page
    assert 'name="photos"' not in page


def test_guests_and_staff_are_part_of_it(
    ana: FlaskClient, sqlite_database: Database, analyst: Member, staff: Member, member: Member
) -> None:
    keep(ana, "By Ana", (photo(), "a.jpg"))
    for number, somebody in enumerate((analyst, staff), 2):
        theirs = browser(ana, somebody)
        assert "By Ana" in wall(theirs)
        assert theirs.get(pictures_on(wall(theirs))[0]).status_code == 200
        assert keep(theirs, f"By number {number}").status_code == 303
    assert "By number 3" in wall(ana)
    with sqlite_database.read() as store:
        entries = store.query(AuditEntry).filter(AuditEntry.action == "wall-note.add").all()
    assert [(entry.member_id, entry.target) for entry in entries] == [
        (analyst.id, "booking 1"),
        (staff.id, "booking 1"),
    ]
    assert entries[0].after == {"member": f"member {member.id}", "photos": 0}


@pytest.fixture
def stranger(sqlite_database: Database) -> Member:
    with sqlite_database.write() as store:
        return add_member(
            store, email="otto@hub.example", name="Otto", role="member", password=None, now=clock.now()
        )


def test_for_others_the_wall_does_not_exist_though_they_may_read_the_title(
    ana: FlaskClient, sqlite_database: Database, stranger: Member
) -> None:
    keep(ana, "Ours", (photo(), "a.jpg"))
    (address,) = pictures_on(wall(ana))
    otto = browser(ana, stranger)
    assert otto.get("/bookings/1/notes").status_code == 404
    assert otto.get(address).status_code == 404
    assert otto.get(f"{address}?size=small").status_code == 404
    assert keep(otto, "Mine too").status_code == 404
    assert remove(otto, 1).status_code == 404
    assert ana.application.test_client().get(address).status_code == 302
    assert len(notes(sqlite_database)) == 1


def test_a_note_is_removed_by_its_writer_the_member_and_staff_alone(
    ana: FlaskClient, sqlite_database: Database, analyst: Member, staff: Member
) -> None:
    guest, luis = browser(ana, analyst), browser(ana, staff)
    for client in (ana, guest, guest, guest):
        keep(client, "A note")
    assert remove(guest, 1).status_code == 404  # Ana's
    assert "/bookings/1/notes/1/remove" not in wall(guest)
    assert [remove(guest, 2).status_code, remove(ana, 3).status_code, remove(luis, 4).status_code] == [
        303
    ] * 3
    assert [note.id for note in notes(sqlite_database)] == [1]
    with sqlite_database.read() as store:
        entries = store.query(AuditEntry).filter(AuditEntry.action == "wall-note.remove").all()
    assert [entry.member_id for entry in entries] == [1, staff.id]  # one's own is nobody's business


def test_a_note_of_another_booking_is_not_removed_by_this_one(
    ana: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    put(sqlite_database, staff.email, clock.now() - 5 * MINUTE, 60, "stone")
    luis = browser(ana, staff)
    keep(luis, "Elsewhere", hour="2", booking=2)
    assert remove(ana, 1).status_code == 404
    assert remove(luis, 1, booking=1).status_code == 404
    assert len(notes(sqlite_database)) == 1


def test_with_the_last_note_its_picture_leaves_the_disk(
    ana: FlaskClient, sqlite_database: Database, settings: Settings
) -> None:
    folder = Path(settings.data_dir) / "uploads"
    for _time in range(2):
        keep(ana, "", (photo(7), "same.jpg"))
    assert len(list(folder.iterdir())) == 2  # itself, and the small one
    remove(ana, 1)
    assert len(list(folder.iterdir())) == 2
    remove(ana, 2)
    assert list(folder.iterdir()) == []
    with sqlite_database.read() as store:
        assert store.query(Upload).count() == 0


@pytest.mark.parametrize("path", ["/bookings/987654/notes", "/bookings/99999999999999999999/notes"])
def test_a_booking_that_there_is_not_is_not_found(ana: FlaskClient, path: str) -> None:
    assert ana.get(path).status_code == 404


@pytest.mark.parametrize("hour", ["", "0", "x", "987654", "2", "9" * 40])
def test_an_hour_of_another_booking_is_not_found(
    ana: FlaskClient, sqlite_database: Database, staff: Member, hour: str
) -> None:
    put(sqlite_database, staff.email, clock.now(), 30, "stone")
    assert keep(ana, "A note", hour=hour).status_code == 404
    assert notes(sqlite_database) == []


def test_each_day_of_a_series_has_its_own_wall(
    ana: FlaskClient, sqlite_database: Database, member: Member
) -> None:
    start = clock.now() - timedelta(days=7, minutes=10)
    first = put(
        sqlite_database, member.email, start, 60, "stone", title="Weekly", repeat="FREQ=WEEKLY;COUNT=3"
    )
    keep(ana, "Last week", hour=str(first), booking=2)
    assert "Last week" not in wall(ana, 2)  # this week's is shown where none is named
    assert "Last week" in ana.get(f"/bookings/2/notes?occurrence={first}").text
    assert "Other days of this booking" in wall(ana, 2)


def test_a_form_that_was_open_too_long_keeps_its_words(ana: FlaskClient, sqlite_database: Database) -> None:
    answer = ana.post("/bookings/1/notes", data={"occurrence": "1", "text": "Kept words"})
    assert answer.status_code == 400
    assert "open too long" in answer.text
    assert "Kept words</textarea>" in answer.text
    assert notes(sqlite_database) == []


def test_with_who_is_forgotten_the_walls_of_their_bookings_go(
    ana: FlaskClient, sqlite_database: Database, member: Member, analyst: Member, settings: Settings
) -> None:
    keep(ana, "Ours", (photo(), "a.jpg"))
    keep(browser(ana, analyst), "From a guest")
    with ana.application.app_context(), sqlite_database.write() as store:
        told = own_data(store, store.get_one(Member, member.id), clock.now())
        assert [(note["text"], note["photo"], note["booking"]) for note in told["wall_notes"]] == [
            ("Ours", True, 1)
        ]
        erase(store, store.get_one(Member, member.id), Origin(), clock.now(), ZONE)
    assert notes(sqlite_database) == []
    assert list((Path(settings.data_dir) / "uploads").iterdir()) == []
