"""Finding a free time: the form, what fits, the rules applied, in as many questions however many rooms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from campus import clock
from campus.bookings.finding import vacancies
from campus.bookings.finding.finding import Need
from campus.database import Database
from campus.errors import SlotTaken
from campus.people.models import Company, Member
from campus.spaces.hours import DAYS
from campus.spaces.models import Closure, Resource, ResourceLink, Training
from campus.spaces.spans import Span
from tests.campus.bookings.desk_of import JUAREZ, Browser, Desk, at, headline, put, text_of

HOUR = Need(timedelta(hours=1), kind="room")
ALL_DAY = {day: [["08:00", "20:00"]] for day in DAYS}


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> Desk:
    return Desk(client, database)


def span(first: float, last: float, days: int = 2) -> Span:
    return Span(at(first, days), at(last, days))


def free(desk: Desk, member: Member, need: Need = HOUR, *windows: Span) -> list[tuple[str, str]]:
    """Slugs with times, as found for a member."""
    asked = windows or (span(8, 20),)
    with desk.database.read() as session:
        mine = session.get_one(Member, member.id)
        hits = vacancies.find(session, need, asked, mine, now=clock.now(), zone=JUAREZ)
    return [(hit.place.slug, f"{hit.span.start.astimezone(JUAREZ):%H:%M}") for hit in hits]


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the store is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def test_what_is_booked_closed_or_held_with_it_is_passed_over(desk: Desk, member: Member) -> None:
    put(desk.database, "glass", opening_hours=ALL_DAY)
    put(desk.database, "workshop", opening_hours=ALL_DAY)
    put(desk.database, "shed", opening_hours=ALL_DAY)
    with desk.database.write() as session:
        by_slug = {one.slug: one for one in session.scalars(select(Resource))}
        session.add(ResourceLink(resource_id=by_slug["workshop"].id, blocks_id=by_slug["glass"].id))
        session.add(
            Closure(
                resource_id=by_slug["shed"].id,
                start=at(8),
                end=at(11),
                reason="Paint",
                made_by_id=member.id,
                created_at=clock.now(),
            )
        )
    desk.book(member, 8, hours=2)
    assert free(desk, member) == [("glass", "10:00"), ("workshop", "10:00"), ("shed", "11:00")]


def test_buffers_are_kept_on_both_sides(desk: Desk, member: Member) -> None:
    put(desk.database, "glass", policy={"buffer_before_minutes": 15, "buffer_after_minutes": 10})
    desk.book(member, 9)
    assert free(desk, member, HOUR, span(8, 20)) == [("glass", "10:25")]


@pytest.mark.parametrize(
    "rule",
    [
        {"max_minutes": 30},
        {"min_minutes": 90},
        {"max_advance_days": 1},
        {"min_notice_minutes": 60 * 24 * 5},
        {"roles": ["staff"]},
        {"training": "laser"},
        {"quota_hours_per_week": 0.5},
        {"quotas": [{"of": "company", "per": "month", "count": 0}]},
    ],
)
def test_what_the_rules_do_not_allow_is_not_offered(
    desk: Desk, member: Member, rule: dict[str, object]
) -> None:
    with desk.database.write() as session:
        session.add(Training(slug="laser", name="Laser cutter"))
    put(desk.database, "glass")
    put(desk.database, "hall", policy=rule, capacity=40)
    assert [slug for slug, _time in free(desk, member)] == ["glass"]


def test_the_quota_of_a_company_counts_what_colleagues_hold(
    desk: Desk, member: Member, analyst: Member
) -> None:
    put(desk.database, "glass", policy={"quotas": [{"of": "company", "per": "day", "hours": 1}]})
    with desk.database.write() as session:
        company = Company(slug="nopal", name="Nopal", created_at=clock.now())
        session.add(company)
        session.flush()
        for one in (member, analyst):
            session.get_one(Member, one.id).company_id = company.id
    assert free(desk, member) == [("glass", "08:00")]
    desk.book(analyst, 15)
    assert free(desk, member) == []
    assert free(desk, member, HOUR, span(8, 20, days=3)) == [("glass", "08:00")]


def test_open_bookings_at_most_are_counted_for_each_resource(desk: Desk, member: Member) -> None:
    put(desk.database, "glass", policy={"max_open_bookings": 1})
    put(desk.database, "stone", policy={"max_open_bookings": 1})
    desk.book(member, 15)
    assert [slug for slug, _time in free(desk, member)] == ["stone"]


def test_what_is_taken_is_asked_once_however_many_rooms_and_days(desk: Desk, member: Member) -> None:
    rules = {
        "training": "laser",
        "max_open_bookings": 3,
        "quotas": [{"of": "company", "per": "week", "hours": 90}],
    }
    week = [span(8, 20, days) for days in range(2, 9)]
    asked = []
    for rooms in (2, 12):
        for number in range(rooms):
            put(desk.database, f"r{rooms}-{number}", policy=rules if number % 2 else {})
        with desk.database.read() as session:
            mine = session.get_one(Member, member.id)
            with counted(desk.database) as statements:
                hits = vacancies.find(session, HOUR, week, mine, now=clock.now(), zone=JUAREZ)
        assert len(hits) >= 7
        assert len([one for one in statements if "FROM claim" in one]) == 1
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 9


def test_elsewhere_is_free_at_just_that_time_and_allowed(desk: Desk, member: Member, staff: Member) -> None:
    put(desk.database, "glass", equipment=["screen"])
    put(desk.database, "six", capacity=6, equipment=["screen"])
    put(desk.database, "staff-only", capacity=5, equipment=["screen"], policy={"roles": ["staff"]})
    put(desk.database, "busy", capacity=4, equipment=["screen"])
    put(desk.database, "bare", capacity=4)
    desk.book(staff, 10, resource="busy")
    with desk.database.read() as session:
        mine = session.get_one(Member, member.id)
        glass = session.scalars(select(Resource).where(Resource.slug == "glass")).one()
        found = vacancies.elsewhere(session, glass, span(10, 11), mine, 3, now=clock.now(), zone=JUAREZ)
    assert [place.slug for place in found] == ["six"]


class TestThePage:
    @pytest.fixture
    def ana(self, desk: Desk, member: Member) -> Browser:
        put(desk.database, "glass", name="Sala Vidrio 2", equipment=["screen"], place={"floor": "1"})
        put(desk.database, "hall", capacity=40, equipment=["screen", "stage"])
        put(desk.database, "prusa", kind="printer", capacity=None)
        return Browser(desk.client, member)

    def ask(self, ana: Browser, **query: str | int) -> str:
        day = at(9).date().isoformat()
        asked = {"people": 4, "minutes": 60, "kind": "room", "date": day, "from": "09:00", **query}
        return ana.client.get("/book/find", query_string=asked).text

    def test_who_asks_nothing_yet_sees_what_is_free_for_an_hour_today(
        self, ana: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = at(9)
        monkeypatch.setattr(clock, "now", lambda: now)
        page = ana.see("/book/find")
        assert headline(page) == "Sala Vidrio 2 is free 09:00–10:00"
        assert 'value="screen"' in page
        assert page.count("booking-line") == 2
        assert page.count("button primary") == 1

    def test_the_best_fit_is_the_answer(self, ana: Browser) -> None:
        page = self.ask(ana)
        assert headline(page).startswith("Sala Vidrio 2 is free ")
        assert headline(page).endswith("09:00–10:00")
        assert page.index("Sala Vidrio 2") < page.index("Hall")
        assert "Prusa" not in text_of(page.partition('class="hits"')[2])

    def test_a_hit_is_one_click_away_from_the_form_filled_in(self, ana: Browser) -> None:
        link = self.ask(ana).partition('href="/book?')[2].partition('"')[0].replace("&amp;", "&")
        form = ana.see(f"/book?{link.partition('#')[0]}")
        for said in ('value="glass" selected', 'value="09:00"', 'value="10:00"', 'value="4"'):
            assert said in form

    def test_equipment_leaves_out_what_lacks_it(self, ana: Browser) -> None:
        assert headline(self.ask(ana, equipment="stage")).startswith("Hall is free")

    def test_nothing_found_says_so_and_offers_the_week(self, ana: Browser) -> None:
        page = self.ask(ana, people=400)
        assert headline(page) == "Nothing is free then for 400 people"
        assert "week=1" in page

    def test_a_week_is_seven_days_in_order(self, ana: Browser) -> None:
        assert self.ask(ana, week="1").count('id="day-') == 7

    def test_a_room_now_is_today_from_now_on(self, ana: Browser) -> None:
        page = ana.see("/book/find?now=1&people=4&minutes=30&kind=room")
        assert headline(page).startswith("Sala Vidrio 2 is free ")

    @pytest.mark.parametrize(
        "query",
        [
            "minutes=x",
            "minutes=-5",
            "minutes=99999999999",
            "now=1&minutes=1440",
            *(
                f"minutes=60&{more}"
                for more in (
                    "people=0",
                    "date=1970-01-01",
                    "date=9999-12-31",
                    "date=x",
                    "from=25:00&to=x",
                    "kind=zoo",
                    "from=20:00&to=08:00",
                    "equipment=" + "x" * 999,
                )
            ),
        ],
    )
    def test_what_cannot_be_read_counts_as_not_said(self, ana: Browser, query: str) -> None:
        assert ana.see(f"/book/find?{query}")


def test_a_refusal_names_rooms_like_it_that_are_free_then(desk: Desk, member: Member, staff: Member) -> None:
    put(desk.database, "glass")
    put(desk.database, "six", capacity=6)
    put(desk.database, "small", capacity=2)
    desk.book(staff, 10)
    with pytest.raises(SlotTaken) as refused:
        desk.book(member, 10)
    assert refused.value.extra["others"] == [{"resource": "six", "name": "Six"}]
    assert [one["start"] for one in refused.value.extra["suggestions"]]
