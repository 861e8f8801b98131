"""Codes of an authenticator app: each of its time, each once. And the codes for the day without the phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pyotp
import pytest
from apiflask import APIFlask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from campus.audit import AuditEntry, Origin
from campus.database import Database
from campus.errors import BadRequest
from campus.outbox import Mail
from campus.people.door import recovery, totp
from campus.people.keychain import RecoveryCode, Totp
from campus.people.models import Member

NOW = datetime(2026, 3, 3, 20, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BY = Origin(1, "127.0.0.1", "browser")


def code_at(moment: datetime, seed: str = SEED) -> str:
    return pyotp.TOTP(seed).at(moment)


@pytest.fixture
def codes(app: APIFlask, database: Database, member: Member) -> Iterator[list[str]]:
    """The member turned the second step on an hour ago: the recovery codes."""
    then = NOW - timedelta(hours=1)
    with app.app_context(), database.write() as session:
        made = totp.turn_on(session, member, SEED, code_at(then), by=BY, now=then)
    with app.app_context():
        yield made


def takes(database: Database, member: Member, typed: str, now: datetime = NOW) -> bool:
    with database.write() as session:
        return totp.takes(session, member.id, typed, now)


def test_the_codes_are_those_of_rfc_6238() -> None:
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the RFC's, "12345678901234567890"
    for seconds, code in (
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (20000000000, "353130"),
    ):
        assert totp.matching_step(seed, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off_and_no_more(steps: int, good: bool) -> None:
    assert (totp.matching_step(SEED, code_at(NOW + steps * STEP), NOW) is not None) is good


@pytest.mark.parametrize("dressed", ["{}{}", "{} {}", " {}{}\n", "{}\u2009{}"])
def test_a_code_may_be_typed_with_spaces(dressed: str) -> None:
    code = code_at(NOW)
    assert totp.matching_step(SEED, dressed.format(code[:3], code[3:]), NOW)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert totp.matching_step(SEED, wide, NOW)


@given(st.text(max_size=50))
def test_nothing_else_is_a_code(typed: str) -> None:
    if "".join(typed.split()) not in {code_at(NOW + step * STEP) for step in (-1, 0, 1)}:
        assert totp.matching_step(SEED, typed, NOW) is None or not typed.isascii()


def test_a_code_is_taken_once_and_none_before_it(
    database: Database, member: Member, codes: list[str]
) -> None:
    assert takes(database, member, code_at(NOW))
    assert not takes(database, member, code_at(NOW))
    assert not takes(database, member, code_at(NOW), NOW + STEP)
    assert not takes(database, member, code_at(NOW - STEP))
    assert takes(database, member, code_at(NOW + STEP))


def test_the_code_that_turned_it_on_is_used_by_that(
    database: Database, member: Member, codes: list[str]
) -> None:
    then = NOW - timedelta(hours=1)
    assert not takes(database, member, code_at(then), then)


def once(database: Database, deed: Callable[[Database], bool]) -> int:
    """How often a deed succeeds if eight do it at once."""
    start = Barrier(8)

    def race(_number: int) -> bool:
        start.wait()
        return deed(database)

    with ThreadPoolExecutor(8) as threads:
        return sum(threads.map(race, range(8)))


def test_of_equal_codes_at_the_same_moment_one_is_taken(
    app: APIFlask, database: Database, member: Member, codes: list[str]
) -> None:
    def knock(store: Database) -> bool:
        with app.app_context():
            return takes(store, member, code_at(NOW))

    assert once(database, knock) == 1


def test_of_equal_recovery_codes_at_the_same_moment_one_is_taken(
    app: APIFlask, database: Database, member: Member, codes: list[str]
) -> None:
    def knock(store: Database) -> bool:
        with app.app_context(), store.write() as session:
            return recovery.use(session, member.id, codes[0])

    assert once(database, knock) == 1


def test_a_recovery_code_is_good_once_however_it_is_typed(
    sqlite_database: Database, member: Member, codes: list[str]
) -> None:
    assert len(set(codes)) == recovery.COUNT
    with sqlite_database.write() as session:
        typed = codes[0].upper().replace("-", " ").replace("0", "O").replace("1", "l")
        assert recovery.use(session, member.id, typed)
        assert not recovery.use(session, member.id, codes[0])
        assert not recovery.use(session, member.id + 1, codes[1])
        assert recovery.left(session, member.id) == 9
        fresh = recovery.renew(session, member.id)
        assert not recovery.use(session, member.id, codes[1])
        assert recovery.use(session, member.id, fresh[0])


@pytest.mark.parametrize("typed", ["", "-", "123456", "x" * 1000, "u" * 12, "\0" * 12, "аааааааааааа"])
def test_nothing_else_is_a_recovery_code(typed: str) -> None:
    assert recovery.read(typed) is None


def test_neither_seed_nor_codes_stand_in_the_store(
    sqlite_database: Database, member: Member, codes: list[str]
) -> None:
    with sqlite_database.read() as session:
        kept = session.get_one(Totp, member.id).seed + "".join(session.scalars(select(RecoveryCode.digest)))
        told = "".join(mail.text for mail in session.scalars(select(Mail)))
        noted = str([(entry.before, entry.after) for entry in session.scalars(select(AuditEntry))])
    for secret in (SEED, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in kept + told + noted


def test_a_seed_opens_with_its_key_and_for_its_member_only(
    app: APIFlask, sqlite_database: Database, member: Member, staff: Member, codes: list[str]
) -> None:
    with sqlite_database.write() as session:
        stolen = session.get_one(Totp, member.id).seed
        session.add(Totp(member_id=staff.id, seed=stolen, created_at=NOW))
    assert not takes(sqlite_database, staff, code_at(NOW))
    app.secret_key = "another secret key"
    assert not takes(sqlite_database, member, code_at(NOW))


def test_it_is_turned_on_once_and_by_its_first_code(
    sqlite_database: Database, member: Member, codes: list[str]
) -> None:
    with sqlite_database.write() as session, pytest.raises(BadRequest, match="already"):
        totp.turn_on(session, member, SEED, code_at(NOW), by=BY, now=NOW)
    with sqlite_database.write() as session:
        assert totp.turn_off(session, member, BY, NOW)
        with pytest.raises(BadRequest, match="not the code"):
            totp.turn_on(session, member, SEED, code_at(NOW + 5 * STEP), by=BY, now=NOW)
        assert not totp.standing(session, member.id).on


def test_turning_it_off_leaves_nothing(sqlite_database: Database, member: Member, codes: list[str]) -> None:
    with sqlite_database.write() as session:
        assert totp.standing(session, member.id) == totp.Standing(True, NOW - timedelta(hours=1), 10)
        assert totp.turn_off(session, member, BY, NOW)
        assert not totp.turn_off(session, member, BY, NOW)
        assert totp.standing(session, member.id) == totp.Standing(on=False)
        assert recovery.left(session, member.id) == 0
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        subjects = session.scalars(select(Mail.subject).order_by(Mail.id)).all()
    assert actions == ["totp.on", "totp.off"]
    assert ["on" in subjects[0], "off" in subjects[1], len(subjects)] == [True, True, 2]
    assert not takes(sqlite_database, member, code_at(NOW))


def test_the_app_is_told_whose_code_it_is() -> None:
    address = totp.app_address(SEED, "ana+hub@hub.example", "Hub: Norte & más")
    assert address.startswith(
        "otpauth://totp/Hub%20%20Norte%20%26%20m%C3%A1s:ana%2Bhub%40hub.example?secret="
    )
    assert pyotp.parse_uri(address).at(NOW) == code_at(NOW)  # type: ignore[attr-defined]
