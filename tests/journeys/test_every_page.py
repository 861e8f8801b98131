"""Every page of bookings and spaces in a browser: narrow and wide, light and dark, empty and overfull."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from campus import clock
from campus.audit import Origin
from campus.bookings.door import doors
from campus.bookings.models import WallNote
from campus.database import Database
from campus.people.models import Member
from campus.spaces.models import Closure, Training, TrainingRecord
from campus.spaces.places import Place
from campus.spaces.resources import Description, put_resource
from tests.doors import walk_in
from tests.journeys.book_site import Site, moment, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
PARTS = ("campus.bookings", "campus.spaces")
THERE = {"slug": "glass", "booking_id": 1, "closure_id": 1}
"""Path parameters of the pages, each of something that is there."""
ALSO = (
    "/book?view=week",
    "/book?equipment=screen#booking",
    "/book/find?people=900&minutes=60",
    "/bookings?past=1",
    "/bookings/1?edit=1",
    "/bookings/2",
)
"""Pages with something asked of them."""
LONG_WORDS, LONG_WORD = "Very long " * 12, "Donaudampfschifffahrt" * 9
WIDTHS = (390, 820, 1440)


@pytest.fixture
def full(app: APIFlask, sqlite_database: Database, member: Member, staff: Member) -> Iterator[Site]:
    """Rooms with long names, and a series, a request, one in line, a closure, a training, a door, a note."""
    with served(app, sqlite_database) as site:
        now, origin = clock.now(), Origin(staff.id, via="browser")
        with sqlite_database.write() as session:
            for slug, name, more in (
                ("glass", LONG_WORDS[:120], {"training": "saws", "waitlist": True}),
                ("stone", LONG_WORD[:120], {"approval": True}),
            ):
                place = Place("1", 2 if slug == "glass" else 50, 2, 30, 20)
                said = Description(
                    name, "room", 4, policy=more, equipment=("screen", "7 kw"), place=place.stored()
                )
                put_resource(session, slug, said, now)
            session.add(Training(slug="glass", name="Saws"))
            session.add(Training(slug="saws", name="Saws"))
            session.flush()
            for training in session.scalars(select(Training)):
                for one in (member, staff):
                    session.add(
                        TrainingRecord(
                            training_id=training.id, member_id=one.id, granted_at=now, by_id=staff.id
                        )
                    )
        first = site.book("ana@hub.example", "glass", 10, 11, LONG_WORDS, repeat="FREQ=WEEKLY;COUNT=3")
        site.book("luis@hub.example", "glass", 12, 13, LONG_WORD[:180])
        site.book("ana@hub.example", "stone", 10, 11, "May I?")
        with sqlite_database.write() as session:
            doors.hang(
                session, "glass", "Left of the door", session.get_one(Member, staff.id), origin, now=now
            )
            hours = {"start": moment(9), "end": moment(9) + timedelta(days=1), "reason": LONG_WORDS}
            session.add(Closure(made_by_id=staff.id, created_at=now, **hours))
            note = {"text": LONG_WORD, "by_id": member.id, "created_at": now}
            session.add(WallNote(occurrence_id=first.occurrences[0].id, **note))
        yield site


def pages_for(site: Site, member: Member) -> list[str]:
    """The addresses of all pages of these parts that `member` may open."""
    client = site.app.test_client()
    walk_in(client, member)
    found = []
    for rule in site.app.url_map.iter_rules():
        blueprint = site.app.blueprints.get(rule.endpoint.partition(".")[0])
        if not blueprint or not blueprint.import_name.startswith(PARTS) or "GET" not in (rule.methods or ()):
            continue
        if rule.arguments <= set(THERE):
            values = {name: THERE[name] for name in rule.arguments}
            path = site.app.url_map.bind("127.0.0.1").build(rule.endpoint, values)
            answer = client.get(path)
            if answer.status_code == 200 and answer.mimetype == "text/html" and "<!doctype" in answer.text:
                found.append(path)
            answer.close()
    return found


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page as it is shown now."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found = page.evaluate("axe.run().then(r => r.violations)")
    nodes = [(fault["id"], node["html"][:160]) for fault in found for node in fault["nodes"]]
    return [*([f"{wide} px too wide"] if wide > 0 else []), *(f"{name}: {html}" for name, html in nodes)]


def walk(browser: Browser, site: Site, member: Member, paths: list[str]) -> dict[str, list[str]]:
    """The faults of each page, by its address, the width of the window and the theme."""
    page = site.open(browser, member, looks=False, reduced_motion="reduce")
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong: dict[str, list[str]] = {}
    for path in paths:
        page.goto(site.url + path)
        page.evaluate(AXE)
        titles = [page.title().partition(" · ")[0], page.locator("h1").count()]
        found = {
            f"{path}: title, h1": [] if all(titles) and titles[1] == 1 else [str(titles)],
            path: said.copy(),
        }
        said.clear()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            for scheme in ("light", "dark") if width != 820 else ("light",):
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                found[f"{path} {width} {scheme}"] = faults_of(page)
        wrong |= {where: faults for where, faults in found.items() if faults}
    page.context.close()
    return wrong


def test_pages_full_of_long_words_have_no_fault(
    chromium: Browser, full: Site, member: Member, staff: Member
) -> None:
    of_member, of_staff = pages_for(full, member), pages_for(full, staff)
    assert len(of_member) >= 9, of_member
    assert {"/doors", "/bookings/statistics", "/closures/1", "/resources/glass/edit"} <= set(of_staff)
    assert walk(chromium, full, member, [*of_member, *ALSO[:-1]]) == {}
    only_staff = [path for path in of_staff if path not in of_member]
    assert (
        walk(chromium, full, staff, [*only_staff, "/book", "/bookings", "/resources/glass", *ALSO[-1:]]) == {}
    )


def test_pages_of_an_empty_campus_have_no_fault(
    chromium: Browser, app: APIFlask, sqlite_database: Database, admin: Member, member: Member
) -> None:
    with served(app, sqlite_database, rooms={}) as site:
        for who in (member, admin):
            paths = [path for path in pages_for(site, who) if not path.startswith("/account")]
            assert {"/book", "/book/find", "/bookings", "/resources", "/floor"} <= set(paths)
            assert walk(chromium, site, who, paths) == {}
