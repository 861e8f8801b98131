"""The audit: found by who, what, to whom and when, in words and as CSV that runs in no spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from campus import clock
from campus.audit import AuditEntry, Origin, record
from campus.database import Database
from campus.people.models import Member
from campus.people.trail.deeds import actions
from campus.people.trail.pages import CHUNK, PAGE, plain_cell
from tests.campus.people.tenants import Walker, add_person

HOUSE = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 3, 3, 19, tzinfo=UTC)  # in Juárez: 12:00
COUNT = re.compile(r'<tr>\s*<th scope="row">')


@pytest.fixture
def walker(client: FlaskClient, admin: Member) -> Walker:
    return Walker(client).enter(admin)


def note(
    database: Database, by: Member | None, action: str, target: str, at: datetime = NOON, **after: object
) -> None:
    with database.write() as session:
        record(
            session, Origin(by.id if by else None, "192.0.2.7", "browser"), action, target, at, after=after
        )


def rows(walker: Walker, query: str = "") -> list[dict[str, str]]:
    answer = walker.client.get(f"/audit.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.text)))


@pytest.mark.parametrize(
    "case",
    [
        ("", {"a", "b", "c"}),
        ("?who=ana", {"a"}),
        ("?who=ANA@hub.example", {"a"}),
        ("?who=Robles+Ana", {"a"}),
        ("?who=nobody", set()),
        ("?who=%25", set()),
        ("?action=token.add", {"b"}),
        ("?action=nothing", set()),
        ("?target=device+lamp", {"c"}),
        ("?target=device+", {"c"}),
        ("?target=ana", {"b"}),
        ("?from=2026-03-03&to=2026-03-03", {"a", "b"}),
        ("?from=2026-03-04", {"c"}),
        ("?to=2026-03-02", set()),
        ("?from=yesterday&before=x", {"a", "b", "c"}),
        ("?who=iris&action=token.add&target=ana&to=2026-03-03", {"b"}),
    ],
)
def test_entries_are_found(
    database: Database, walker: Walker, admin: Member, member: Member, case: tuple[str, set[str]]
) -> None:
    query, found = case
    note(database, member, "password.change", f"member {admin.id}", mark="a")
    note(database, admin, "token.add", f"member {member.id}", NOON + timedelta(hours=11), mark="b")  # 23:00
    note(
        database, None, "device.put", "device lamp", NOON + timedelta(hours=12), mark="c"
    )  # 0:00, the next day
    assert {row["after"].removeprefix("mark: ") for row in rows(walker, query)} == found
    page = walker.page(f"/audit{query}")
    assert len(COUNT.findall(page)) == len(found)


def test_people_are_named_as_they_are_called_today_and_the_forgotten_by_number(
    sqlite_database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    note(sqlite_database, member, "booking.make", "booking 7", member=f"member {admin.id}")
    assert "Ana Robles" in walker.page("/audit")
    assert "Iris Vega" in rows(walker)[0]["after"]
    with sqlite_database.write() as session:
        stored = session.get_one(Member, member.id)
        stored.name, stored.active, stored.erased_at = "x", False, clock.now()
    page = walker.page("/audit")
    assert "Ana Robles" not in page
    assert f"Former member {member.id}" in page
    assert rows(walker)[0]["who"] == f"Former member {member.id}"
    assert len(rows(walker, f"?who=Former+member+{member.id}")) == 1


def test_long_lists_are_turned_page_by_page(database: Database, walker: Walker, admin: Member) -> None:
    for number in range(PAGE + 5):
        note(database, admin, "token.add", f"member {admin.id}", name=f"t{number:03}")
    first = walker.page("/audit?action=token.add")
    assert len(COUNT.findall(first)) == PAGE
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = walker.page(older[1].replace("&amp;", "&"))
    assert len(COUNT.findall(second)) == 5
    assert "t000" in second
    assert 'rel="next"' not in second


def test_a_csv_has_every_entry_however_many(sqlite_database: Database, walker: Walker, admin: Member) -> None:
    with sqlite_database.write() as session:
        for number in range(CHUNK * 2):
            record(session, Origin(admin.id), "token.add", f"member {number}", NOON)
    assert len({row["id"] for row in rows(walker)}) == CHUNK * 2


def test_a_csv_tells_both_times_and_where_from(
    sqlite_database: Database, walker: Walker, admin: Member
) -> None:
    note(sqlite_database, admin, "token.add", f"member {admin.id}", name="Reports, “weekly”")
    (row,) = rows(walker)
    assert (row["time"], row["time_utc"]) == ("2026-03-03T12:00:00-07:00", "2026-03-03T19:00:00Z")
    assert (row["address"], row["via"], row["who_id"]) == ("192.0.2.7", "browser", str(admin.id))
    assert row["after"] == "name: Reports, “weekly”"
    answer = walker.client.get("/audit.csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-')
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "evil", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1", "\u00a0=1"]
)
def test_no_cell_is_a_formula(sqlite_database: Database, walker: Walker, evil: str) -> None:
    assert plain_cell(evil) == f"'{evil}"
    person = add_person(sqlite_database, "evil@x.example", name="Evil")
    with sqlite_database.write() as session:
        session.get_one(Member, person.id).name = evil
    note(sqlite_database, person, evil, evil)
    (row,) = rows(walker)
    assert {row["who"][0], row["action"][0], row["target"][0]} == {"'"}


def test_plain_cells_stay_as_they_are() -> None:
    assert [plain_cell(cell) for cell in ("a=b", "", None, 7, "2026-03-03")] == [
        "a=b",
        "",
        "",
        "7",
        "2026-03-03",
    ]


def test_nobody_changes_what_was_noted(database: Database, admin: Member) -> None:
    note(database, admin, "token.add", "member 1")
    for change in (update(AuditEntry).values(action="x"), delete(AuditEntry)):
        with pytest.raises(DBAPIError), database.write() as session:
            session.execute(change)


@pytest.mark.parametrize("path", ["/audit", "/audit.csv"])
@pytest.mark.parametrize("who", ["member", "staff", "analyst"])
def test_only_administrators_read_it(
    app: APIFlask, path: str, who: str, request: pytest.FixtureRequest
) -> None:
    database: Database = request.getfixturevalue("sqlite_database")
    walker = Walker(app.test_client()).enter(request.getfixturevalue(who))
    assert walker.get(path)[0] == 403
    assert database


def test_every_deed_that_is_noted_has_words() -> None:
    assert sorted(set(_noted()) - set(actions())) == []


def _noted() -> Iterator[str]:
    """The actions that the source hands to `record`."""
    for room in ("campus", "devices", "dashboards"):
        for path in (HOUSE / room).rglob("*.py"):
            for call in re.finditer(
                r"\brecord\((.{0,200}?)\bnow\b", path.read_text(encoding="utf-8"), re.DOTALL
            ):
                yield from re.findall(r'"([a-z]+(?:\.[a-z-]+|-[a-z.-]+))"', call[1])
