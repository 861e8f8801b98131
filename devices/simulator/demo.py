"""The demo hub: members, resources, devices, a calendar and some days of history in an empty database."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from campus.bookings.desk import Wish, book
from campus.database import Database
from campus.demo import DEMO_MEMBERS
from campus.errors import RulesBroken, SlotTaken
from campus.moments import day_bounds, rfc3339
from campus.notes import Note, read_note, write_note
from campus.people.members import add_member, find_member, with_address
from campus.people.models import Company, Member
from campus.people.tenants.companies import slug_of
from campus.settings import Settings
from campus.spaces.links import set_blocked
from campus.spaces.resources import find_resource, put_resource
from campus.welcome.first_run import awaits_demo
from devices.description import Description
from devices.intake.ingest import Ingest
from devices.registry import put_device
from devices.simulator import memory
from devices.simulator.hub import things
from devices.simulator.layout import LINKS
from devices.simulator.past import history
from devices.simulator.premises import COMPANIES, calendar, neighbours, resources
from devices.simulator.thing import Thing
from devices.simulator.world import World

SEED = 42
PAST_DAYS = 3
QUICK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
"""Passwords that stand on the sign-in page need no costly hash; the start is quicker by a second."""
BATCH = 4_000
"""Messages in one transaction of the history."""


def load_demo(database: Database, settings: Settings, now: datetime) -> None:
    """Fill an empty database. Does nothing where the demo hub is loaded; mends one that was half loaded.

    The history comes first and the members last, so that a load which was cut short leaves a
    database that still counts as empty.
    """
    with database.read() as session:
        if read_note(session, "demo"):
            return
    zone, devices = settings.zone, things()
    today = now.astimezone(zone).date()
    since = day_bounds(today - timedelta(days=PAST_DAYS), zone)[0]
    with database.write() as session:
        for thing in devices:
            put_device(session, thing.slug, replace(_registration(thing), space=None), since)
    world = World.settled(SEED, zone, since)
    _store_history(Ingest(database, zone), world, devices, now)
    memory.keep(settings.data_dir, world.memory())
    with database.write() as session:
        open_house(session, since, alone=settings.on_loopback)
        for thing in devices:
            if thing.space:
                put_device(session, thing.slug, _registration(thing), since)
        _fill_calendar(session, world, today, zone, now)
        write_note(session, "demo", rfc3339(now))


def load_if_wanted(database: Database, settings: Settings, now: datetime) -> None:
    """Load the demo hub if the first page of a new campus asked for it. Where there is no campus, only
    a broker to speak to, nobody did."""
    with database.read() as session:
        wanted = inspect(session.connection()).has_table(Note.__tablename__) and awaits_demo(session)
    if wanted:
        load_demo(database, settings, now)


def _store_history(ingest: Ingest, world: World, devices: list[Thing], until: datetime) -> None:
    told = history(world, devices, until)
    while arrivals := list(islice(told, BATCH)):
        ingest.store(arrivals)


def open_house(session: Session, since: datetime, *, alone: bool) -> None:
    """Who is there and what can be booked. An administrator whose password everybody knows is only
    among them where nobody else comes (`alone`), and where nobody runs the campus yet."""
    is_run = session.scalar(select(Member.id).where(Member.role == "admin").limit(1)) is not None
    for email, name, role, password in DEMO_MEMBERS:
        if with_address(session, email):  # the first member may be called so too
            continue
        if role == "admin" and (is_run or not alone):
            continue
        member = add_member(session, email=email, name=name, role=role, password=None, now=since)
        member.password_hash = QUICK.hash(password)
    for email, name in neighbours():
        if with_address(session, email) is None:
            add_member(session, email=email, name=name, role="member", password=None, now=since)
    _found_companies(session, since)
    for slug, said in resources().items():
        put_resource(session, slug, said, since)
    for slug, taken_too in LINKS.items():
        set_blocked(session, find_resource(session, slug), taken_too, since)


def _found_companies(session: Session, since: datetime) -> None:
    """The tenants. Who was there before the demo keeps the company that they have."""
    for company, people in COMPANIES.items():
        slug = slug_of(company)
        found = session.scalar(select(Company).where(Company.slug == slug))
        if found is None:
            found = Company(slug=slug, name=company, created_at=since)
            session.add(found)
            session.flush()
        for number, email in enumerate(people):
            member = with_address(session, email)
            if member is not None and member.company_id is None:
                member.company_id, member.runs_company = found.id, number == 0


def _fill_calendar(session: Session, world: World, today: date, zone: ZoneInfo, now: datetime) -> None:
    """Book as the members would have, the evening before at the latest. What a rule refuses is left out."""
    for plan in calendar(world, today, zone):
        member = find_member(session, plan.member)
        wish = Wish(plan.resource, plan.start, plan.end, plan.title, plan.attendees)
        with suppress(RulesBroken, SlotTaken):
            book(session, wish, member, min(now, plan.start - timedelta(hours=18)), zone)


def _registration(thing: Thing) -> Description:
    return Description(
        name=thing.name,
        kind=thing.kind,
        format=thing.format,
        topic=thing.topic,
        space=thing.space,
        expected_interval_s=thing.expected_interval_s,
        rated_power_w=thing.rated_power_w,
        role=thing.role,
        options=thing.options,
    )
