"""Free time as the API tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from campus import clock
from tests.campus.bookings.calls.caller import Caller, z


def test_free_time_is_told_with_the_rules_applied(luis: Caller, ana: Caller) -> None:
    luis.put("glass", policy={"buffer_after_minutes": 15, "max_minutes": 480})
    ana.book(10, 11)
    answer = ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=30)
    assert answer.json == {
        "resource": "glass",
        "minutes": 30,
        "bookable": True,
        "broken": [],
        "reasons": [],
        "free": [{"start": z(8), "end": z(9.75)}, {"start": z(11.25), "end": z(12)}],
    }
    assert ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=50).json["free"] == [
        {"start": z(8), "end": z(9.75)}
    ]
    longer = ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=481).json
    assert (longer["free"], longer["bookable"], longer["broken"]) == ([], False, ["too-long"])


def test_free_time_refuses_lengths_that_are_none(ana: Caller) -> None:
    for minutes in (0, -5, 10**12, "half", "nan"):
        assert ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=minutes).status_code == 400
    assert ana.get("/resources/nowhere/free", minutes=30).status_code == 404
    assert ana.get("/resources/glass/free").json["free"] != []


def test_the_past_is_not_free(ana: Caller) -> None:
    yesterday = (clock.now() - timedelta(days=1)).isoformat()
    free = ana.get("/resources/glass/free", start=yesterday, end=z(0), minutes=30).json["free"]
    assert datetime.fromisoformat(free[0]["start"]) > datetime.now(UTC) - timedelta(minutes=1)
