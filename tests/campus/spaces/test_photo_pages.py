"""Photos of a room: sent by staff, put in order, taken down; and what is too much or no picture."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.people.models import Member
from campus.spaces.photos import Photo, photos_of
from campus.spaces.resources import Description, find_resource, put_resource
from tests.campus.spaces.images import form_data, jpeg, noise
from tests.doors import csrf_token, walk_in

PAGE = "/resources/glass"


@pytest.fixture
def room(client: FlaskClient, sqlite_database: Database, staff: Member) -> Database:
    """A room, and a browser in which staff signed in."""
    with sqlite_database.write() as session:
        put_resource(session, "glass", Description("Glass", "room"), clock.now())
    walk_in(client, staff)
    return sqlite_database


def send(client: FlaskClient, *pictures: bytes, name: str = "photo.jpg", **form: Any) -> TestResponse:
    files = [(io.BytesIO(data), name) for data in pictures]
    return client.post(
        f"{PAGE}/photos", data={"csrf_token": csrf_token(client, PAGE), "photos": files, **form}
    )


def change(client: FlaskClient, photo: Photo, do: str, **form: str) -> TestResponse:
    return client.post(
        f"{PAGE}/photos/{photo.id}", data={"csrf_token": csrf_token(client, PAGE), "do": do, **form}
    )


def photos(database: Database) -> list[Photo]:
    with database.read() as session:
        return photos_of(session, find_resource(session, "glass").id)


def refusal(answer: TestResponse) -> str:
    found = re.search(r'role="alert">.*?<span>(.*?)</span>', answer.text, re.S)
    assert found
    return found[1]


def test_several_photos_are_hung_up_with_their_caption_and_shown(client: FlaskClient, room: Database) -> None:
    answer = send(client, jpeg(1), jpeg(2), caption=" From  the door ")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#photos")
    hung = photos(room)
    assert [photo.caption for photo in hung] == ["From the door"] * 2
    for photo in hung:
        assert f"/pictures/{photo.digest}" in client.get(PAGE).text
        assert client.get(f"/pictures/{photo.digest}").status_code == 200
    assert f"/pictures/{hung[0].digest}?size=small" in client.get("/resources").text


def test_the_same_photo_twice_hangs_once(client: FlaskClient, room: Database) -> None:
    send(client, jpeg(1), jpeg(1))
    send(client, jpeg(1))
    assert len(photos(room)) == 1


def test_photos_change_their_order_and_words_and_go_with_their_files(
    client: FlaskClient, room: Database, tmp_path: Path
) -> None:
    send(client, jpeg(1), jpeg(2), jpeg(3))
    first, second, third = photos(room)
    change(client, third, "earlier")
    change(client, first, "earlier")
    change(client, second, "later")
    assert [photo.id for photo in photos(room)] == [first.id, third.id, second.id]
    change(client, first, "save", caption="The <b>door</b>")
    assert "The &lt;b&gt;door&lt;/b&gt;" in client.get(PAGE).text
    change(client, third, "remove")
    assert [photo.id for photo in photos(room)] == [first.id, second.id]
    assert len(list((tmp_path / "uploads").iterdir())) == 4
    assert client.get(f"/pictures/{third.digest}").status_code == 404
    assert change(client, third, "remove").status_code == 404
    with room.read() as session:
        deeds = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert deeds == ["photo.add", "photo.change", "photo.change", "photo.remove"], (
        "what stays where it is is no deed"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg onload=alert(1)>", "no picture"),
        (jpeg()[:200], "damaged or cut off"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "damaged or cut off"),
    ],
)
def test_a_file_that_lies_about_its_type_is_named_and_nothing_is_kept(
    client: FlaskClient, room: Database, tmp_path: Path, data: bytes, words: str
) -> None:
    answer = send(client, jpeg(1), data, name="<i>holiday</i>.jpg", caption="Kept")
    assert answer.status_code == 422
    assert words in refusal(answer)
    assert "&lt;i&gt;holiday&lt;/i&gt;.jpg" in refusal(answer)
    assert 'value="Kept"' in answer.text
    assert photos(room) == []
    assert not (tmp_path / "uploads").exists()


def test_no_file_too_many_and_a_caption_of_a_page_are_refused(client: FlaskClient, room: Database) -> None:
    assert "Choose a photo first." in refusal(send(client))
    assert "5 photos at once" in refusal(send(client, *(jpeg(seed) for seed in range(6))))
    assert "200 letters" in refusal(send(client, jpeg(1), caption="x" * 201))
    for start in (0, 5):
        send(client, *(jpeg(size=(20 + start + seed, 20)) for seed in range(5)))
    assert "12 photos at most; 10 are there" in refusal(
        send(client, *(jpeg(size=(40 + seed, 20)) for seed in range(3)))
    )
    assert len(photos(room)) == 10


def test_a_large_photo_comes_in_here_and_nowhere_else(client: FlaskClient, room: Database) -> None:
    def post(path: str, field: str, *pictures: bytes, caption: str = "") -> TestResponse:
        said = {"csrf_token": csrf_token(client, PAGE), "caption": caption}
        body, kind = form_data(said, [(field, data) for data in pictures])
        return client.post(path, data=body, content_type=kind)

    large = noise(6)
    assert post(f"{PAGE}/photos", "photos", large).status_code == 303
    assert post("/resources/-/import", "list_file", large).status_code == 413
    assert "more than 12 MB" in refusal(post(f"{PAGE}/photos", "photos", bytes(12_000_001)))
    assert (
        post(f"{PAGE}/photos", "photos", *[bytes(12_000_000)] * 5, caption="x" * 200_000).status_code == 413
    )
    assert len(photos(room)) == 1


def test_a_form_that_comes_too_late_keeps_its_caption_and_saves_nothing(
    client: FlaskClient, room: Database
) -> None:
    answer = client.post(
        f"{PAGE}/photos",
        data={"csrf_token": "stale", "caption": "Kept", "photos": (io.BytesIO(jpeg()), "a.jpg")},
    )
    assert answer.status_code == 400
    assert 'value="Kept"' in answer.text
    assert photos(room) == []
