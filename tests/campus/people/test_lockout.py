"""Who guesses waits longer and longer; nobody is locked out for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from campus.database import Database
from campus.errors import TooManyTries
from campus.people.door import lockout, throttle
from campus.people.door.throttle import FORGOTTEN, LONGEST, Bucket, Try
from campus.people.keychain import Failures

NOW = datetime(2026, 3, 3, 20, tzinfo=UTC)
BUCKET = Bucket("password account x", 5)


def tries(database: Database, now: datetime, bucket: Bucket = BUCKET) -> Try:
    with database.write() as session:
        return throttle.count_try(session, bucket, now)


def refused_for(database: Database, now: datetime) -> int:
    """The seconds that a try at `now` has to wait."""
    with pytest.raises(TooManyTries) as refused:
        tries(database, now)
    return int(refused.value.extra["retry_after"])


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def test_five_failures_are_free_then_the_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = [throttle.delay(failures, 5).total_seconds() for failures in range(18)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert throttle.delay(10**9, 5) == LONGEST


def test_each_wait_is_over_to_the_second_and_the_next_is_twice_as_long(database: Database) -> None:
    now = NOW
    for _failure in range(5):
        tries(database, now)
    for wait in (1, 2, 4, 8):
        assert refused_for(database, now) == wait
        assert refused_for(database, now + seconds(wait) - timedelta(microseconds=1)) == 1
        now += seconds(wait)
        tries(database, now)


def test_a_refused_try_makes_nobody_wait_longer(sqlite_database: Database) -> None:
    for _failure in range(6):
        tries(sqlite_database, NOW - seconds(1) * (5 - _failure))
    for _refused in range(50):
        assert refused_for(sqlite_database, NOW) == 2
    tries(sqlite_database, NOW + seconds(2))


def test_failures_are_forgotten_after_a_day_without_one(sqlite_database: Database) -> None:
    for failure in range(12):
        tries(sqlite_database, NOW + timedelta(hours=failure))
    last = NOW + timedelta(hours=11)
    assert tries(sqlite_database, last + FORGOTTEN - seconds(1)).count == 13
    last += FORGOTTEN - seconds(1)
    assert tries(sqlite_database, last + FORGOTTEN).count == 1


def test_a_clock_that_went_wrong_locks_nobody_out(sqlite_database: Database) -> None:
    for failure in range(12):
        tries(sqlite_database, NOW + timedelta(days=365, hours=failure))
    assert tries(sqlite_database, NOW).count == 1


def test_a_right_try_is_given_back_and_the_wait_is_as_it_was(sqlite_database: Database) -> None:
    for failure in range(8):
        tries(sqlite_database, NOW + timedelta(hours=failure))
    right = tries(sqlite_database, NOW + timedelta(hours=8))
    with sqlite_database.write() as session:
        throttle.give_back(session, right)
    after = tries(sqlite_database, NOW + timedelta(hours=8))
    assert (after.count, after.before) == (9, NOW + timedelta(hours=7))


def test_giving_back_beside_another_try_takes_one_and_no_more(sqlite_database: Database) -> None:
    mine, _other = tries(sqlite_database, NOW), tries(sqlite_database, NOW + seconds(1))
    with sqlite_database.write() as session:
        throttle.give_back(session, mine)
        assert session.scalar(select(Failures.count)) == 1


def test_twenty_tries_at_once_are_looked_at_five_times(database: Database) -> None:
    start = Barrier(20)

    def knock(_number: int) -> bool:
        start.wait()
        try:
            tries(database, NOW)
        except TooManyTries:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(knock, range(20))) == 5


def test_the_owner_is_told_once_a_day(database: Database) -> None:
    tries(database, NOW)
    with database.write() as session:
        told = [
            throttle.may_tell(session, BUCKET, NOW + timedelta(hours=hours)) for hours in (0, 1, 23, 24, 25)
        ]
        throttle.forgive(session, BUCKET)
        assert not throttle.may_tell(session, BUCKET, NOW + timedelta(hours=26))
    assert told == [True, False, False, True, False]


def test_what_is_forgotten_is_removed(sqlite_database: Database) -> None:
    tries(sqlite_database, NOW)
    tries(sqlite_database, NOW + FORGOTTEN, Bucket("password account y", 5))
    with sqlite_database.write() as session:
        throttle.prune(session, NOW + FORGOTTEN)
        assert session.scalars(select(Failures.key)).all() == ["password account y"]


@pytest.mark.parametrize(
    ("address", "counted"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("", ""),
     ("::ffff:203.0.113.7", "203.0.113.7"), ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("unix", "unix")],
)  # fmt: skip
def test_of_ipv6_a_household_counts_as_one_address(address: str, counted: str) -> None:
    assert lockout.network(address) == counted


def test_the_table_holds_no_mail_address_and_nothing_to_guess_it_by(
    sqlite_database: Database, app: APIFlask
) -> None:
    keys = []
    for secret in ("one secret key of a campus", "another secret key"):
        app.secret_key = secret
        with app.test_request_context("/"):
            lockout.begin("password", "Ana@Hub.example ", None)
            lockout.begin("password", "ana@hub.example", None)
        with sqlite_database.read() as session:
            keys += [(row.key, row.count) for row in session.query(Failures) if "account" in row.key]
    assert len({key for key, _count in keys}) == 2
    assert {count for _key, count in keys} == {2}  # one account, however it is typed
    assert not any("ana" in key for key, _count in keys)
    assert all(len(key) <= 80 for key, _count in keys)
