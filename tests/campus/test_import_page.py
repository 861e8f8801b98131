"""Staff bring in a list of rooms: checked first, all or nothing, nothing typed is lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.database import Database
from campus.people.models import Member
from campus.spaces.importing import import_rooms
from campus.spaces.models import Resource
from campus.spaces.resources import Description, put_resource
from campus.spaces.room_list import read_list
from tests.doors import csrf_token, walk_in
from tests.running import HOUSE

PAGE = "/resources/-/import"
LIST = "nombre;tipo;capacidad;horario\nSala Peña;sala;8;Lun-Vie 08:00-20:00\nImpresora;impresora;;\n"


def send(client: FlaskClient, **form: Any) -> TestResponse:
    return client.post(PAGE, data={"csrf_token": csrf_token(client, PAGE), **form})


def resources(database: Database) -> dict[str, Resource]:
    with database.read() as session:
        return {found.slug: found for found in session.scalars(select(Resource))}


def test_a_list_is_shown_before_it_is_brought_in(
    sqlite_database: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    checked = send(client, list=LIST)
    assert checked.status_code == 200
    assert "Sala Peña" in checked.text
    assert "sala-pena" in checked.text
    assert "nombre;tipo;capacidad;horario" in checked.text, "what was pasted is kept"
    assert resources(sqlite_database) == {}
    saved = send(client, list=LIST, do="import")
    assert (saved.status_code, saved.headers["Location"]) == (303, "/book")
    assert "2 new, 0 changed, 0 as before" in client.get("/book").text
    found = resources(sqlite_database)
    assert found["sala-pena"].capacity == 8
    assert found["sala-pena"].opening_hours == {
        day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
    }
    assert found["impresora"].kind == "printer"


def test_a_list_that_comes_again_changes_only_what_is_different(database: Database, staff: Member) -> None:
    by, now = Origin(staff.id, "127.0.0.1", "browser"), clock.now()
    with database.write() as session:
        put_resource(
            session,
            "patio",
            Description("Patio", "amenity", 30, {"mon": [["08:00", "20:00"]]}, {"max_minutes": 60}),
            now,
        )
        put_resource(session, "roof", Description("Roof", "room"), now)
    with database.write() as session:
        outcome = import_rooms(
            session, read_list("name,capacity\nPatio,40\nRoof,\nCellar,2\n").rooms, by, now
        )
    sorts = (outcome.new, outcome.changed, outcome.same)
    assert [[room.slug for room in rooms] for rooms in sorts] == [["cellar"], ["patio"], ["roof"]]
    patio = resources(database)["patio"]
    assert (patio.capacity, patio.kind, patio.policy) == (40, "amenity", {"max_minutes": 60})
    assert patio.opening_hours == {"mon": [["08:00", "20:00"]]}, "the list has no such column"
    with database.read() as session:
        told = {entry.target: entry for entry in session.scalars(select(AuditEntry))}
    assert told["resource patio"].before == {"capacity": 30}
    assert told["resource patio"].after == {"capacity": 40}
    assert told["resource cellar"].member_id == staff.id
    assert "resource roof" not in told


def test_a_fault_in_one_line_keeps_all_of_them_out(
    sqlite_database: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    refused = send(client, list="name,kind\nA,room\nB,sofa\n<b>,<i>\n,room\n", do="import")
    assert refused.status_code == 422
    assert "Line 3: the kind “sofa” is none of" in refused.text
    assert "the kind “&lt;i&gt;”" in refused.text
    assert "Line 5: the name is missing" in refused.text
    assert "A,room\nB,sofa" in refused.text
    assert resources(sqlite_database) == {}


def test_a_file_goes_before_what_was_pasted_and_its_text_is_shown(
    sqlite_database: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    file = (io.BytesIO("nombre,tipo\r\nSala Ñandú,sofá\r\n".encode("cp1252")), "salas.csv")
    refused = send(client, list="name\nOther\n", list_file=file)
    assert refused.status_code == 422
    assert "Sala Ñandú,sofá" in refused.text
    assert "Other" not in refused.text


@pytest.mark.parametrize("data", [b"PK\x03\x04...", b"\x00\x01\x02"])
def test_a_file_that_is_no_list_is_refused_and_what_was_pasted_stays(
    sqlite_database: Database, client: FlaskClient, staff: Member, data: bytes
) -> None:
    walk_in(client, staff)
    refused = send(client, list="name\nOther\n", list_file=(io.BytesIO(data), "rooms.xlsx"))
    assert refused.status_code == 422
    assert "no CSV" in refused.text
    assert "Other" in refused.text


def test_a_list_of_a_megabyte_comes_in_as_pasted_text(
    sqlite_database: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    long = "name,notes\r\n" + f"Room,{'x' * 480}\r\n" * 1_900
    fields = {"csrf_token": csrf_token(client, PAGE), "list": long}
    body = "".join(  # as a browser sends it; the test client would spool it to a file and leave that open
        f'--line\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    checked = client.post(PAGE, data=f"{body}--line--\r\n", content_type="multipart/form-data; boundary=line")
    assert checked.status_code == 200
    assert "1900" in checked.text


def test_a_late_form_keeps_the_list_and_saves_nothing(
    sqlite_database: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    late = client.post(PAGE, data={"csrf_token": "stale", "list": LIST, "do": "import"})
    assert late.status_code == 400
    assert "Sala Peña;sala;8" in late.text
    assert resources(sqlite_database) == {}


def test_members_bring_in_nothing(sqlite_database: Database, client: FlaskClient, member: Member) -> None:
    walk_in(client, member)
    token = csrf_token(client, "/book")
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, data={"csrf_token": token, "list": LIST, "do": "import"}).status_code == 403
    late = client.post(PAGE, data={"csrf_token": "stale", "list": LIST})
    assert late.status_code in (400, 403)
    assert "Sala Peña" not in late.text
    assert resources(sqlite_database) == {}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_templates_are_lists_that_can_be_brought_in(language: str) -> None:
    text = (HOUSE / "campus" / "static" / "lists" / f"rooms.{language}.csv").read_text("utf-8-sig")
    read = read_list(text)
    assert read.faults == ()
    assert {room.kind for room in read.rooms} == {"room", "printer", "charger", "amenity"}
    assert read.unused == ()


def test_an_empty_day_page_leads_staff_to_the_list(
    sqlite_database: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    assert f'href="{PAGE}"' in client.get("/book").text
