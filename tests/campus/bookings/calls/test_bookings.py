"""The API of bookings, from the outside."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.campus.bookings.calls.caller import Caller, z


def test_a_booking_is_answered_as_the_contract_says(ana: Caller) -> None:
    made = ana.book()
    assert made.status_code == 201
    occurrence = {
        "id": made.json["occurrences"][0]["id"],
        "start": z(10),
        "end": z(11),
        "status": "confirmed",
    }
    assert made.json == {
        "id": made.json["id"], "status": "confirmed", "occurrences": [occurrence], "skipped": []
    }  # fmt: skip


def test_a_taken_slot_is_a_conflict_with_suggestions(ana: Caller, eva: Caller) -> None:
    ana.book(10, 11)
    taken = eva.book(10.5, 11.5)
    assert (taken.status_code, taken.json["code"]) == (409, "slot-taken")
    assert taken.content_type == "application/problem+json"
    assert {"start": z(11), "end": z(12)} in taken.json["suggestions"]
    for slot in taken.json["suggestions"]:
        again = eva.book(start=slot["start"], end=slot["end"])
        assert again.status_code == 201
        eva.delete(f"/bookings/{again.json['id']}")


def test_broken_rules_are_named_all_at_once(luis: Caller, ana: Caller) -> None:
    luis.put("glass", capacity=4, policy={"max_minutes": 30, "max_advance_days": 0})
    refused = ana.book(attendees=9)
    assert (refused.status_code, refused.json["code"]) == (422, "rules-broken")
    assert refused.json["broken"] == ["too-long", "too-far", "over-capacity"]
    reasons = {reason["code"]: reason for reason in refused.json["reasons"]}
    assert reasons["too-long"]["max_minutes"] == 30
    assert reasons["over-capacity"]["message"] == "There is room for 4 people."


def test_members_book_for_themselves_and_staff_for_others(luis: Caller, ana: Caller, eva: Caller) -> None:
    refused = ana.book(member="eva@hub.example")
    assert (refused.status_code, refused.json["code"]) == (403, "not-allowed")
    made = luis.book(member="eva@hub.example")
    assert eva.get(f"/bookings/{made.json['id']}").json["mine"] is True
    assert luis.book(12, 13, member="nobody@hub.example").status_code == 404
    assert luis.book(12, 13, member="a\x00b").status_code == 400


def test_of_others_bookings_only_resource_and_times_are_told(ana: Caller, eva: Caller, luis: Caller) -> None:
    number = ana.book(title="Secret merger").json["id"]
    seen = eva.listed()[0]
    assert (seen["resource"], seen["start"], seen["end"], seen["mine"]) == ("glass", z(10), z(11), False)
    assert seen["title"] is seen["member"] is seen["attendees"] is None
    assert eva.get(f"/bookings/{number}").status_code == 404
    assert eva.delete(f"/bookings/{number}").status_code == 404
    assert luis.listed()[0]["title"] == "Secret merger"
    assert ana.listed()[0]["member"] == {"name": "Ana Robles", "email": "ana@hub.example"}


def test_of_a_series_of_others_neither_its_rule_nor_what_became_of_its_times_is_told(
    ana: Caller, eva: Caller
) -> None:
    made = ana.book(repeat="FREQ=DAILY;COUNT=3").json
    first = made["occurrences"][0]["id"]
    assert ana.delete(f"/bookings/{made['id']}?scope=this&occurrence={first}").status_code == 204
    (seen,) = eva.listed(end=z(96))
    assert [time["start"] for time in seen["occurrences"]] == [z(34), z(58)]
    assert (seen["start"], seen["end"]) == (z(34), z(59))
    assert seen["repeat"] is None
    (mine,) = ana.listed(end=z(96))
    assert [time["status"] for time in mine["occurrences"]] == ["cancelled", "confirmed", "confirmed"]
    assert mine["repeat"] == "FREQ=DAILY;COUNT=3"


def test_what_one_waits_for_is_on_one_s_own_list_alone(ana: Caller, eva: Caller) -> None:
    ana.book(10, 11)
    waits = eva.wait(10, 11)
    assert waits.json["status"] == "waitlisted"
    assert [item["id"] for item in eva.listed(member="me")] == [waits.json["id"]]
    assert [item["mine"] for item in eva.listed()] == [False]
    assert ana.get(f"/bookings/{waits.json['id']}").status_code == 404


def test_a_cancelled_booking_is_gone_from_the_list_and_its_time_free(ana: Caller, eva: Caller) -> None:
    number = ana.book().json["id"]
    assert ana.delete(f"/bookings/{number}").status_code == 204
    assert ana.delete(f"/bookings/{number}?scope=all").status_code == 204
    assert ana.listed() == []
    assert ana.get(f"/bookings/{number}").json["status"] == "cancelled"
    assert eva.book().status_code == 201


def test_bookings_are_listed_by_time_resource_and_member(luis: Caller, ana: Caller, eva: Caller) -> None:
    luis.put("other")
    ana.book(10, 11)
    eva.book(8, 9, resource="other")
    eva.book(30, 31)
    assert [item["start"] for item in ana.listed()] == [z(8), z(10), z(30)]
    assert [item["start"] for item in ana.listed(resource="glass")] == [z(10), z(30)]
    assert [item["start"] for item in eva.listed(member="me")] == [z(8), z(30)]
    assert [item["start"] for item in ana.listed(start=z(10.5), end=z(30))] == [z(10)]
    assert ana.listed(start=z(11), end=z(30)) == []  # back to back with the window, both sides


def test_a_list_goes_on_where_its_page_ended(ana: Caller, luis: Caller) -> None:
    for slug in ("a", "b", "c"):
        luis.put(slug)
        ana.book(10, 11, resource=slug)  # all at one instant
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = ana.get("/bookings", start=z(0), end=z(24), limit=2, **query).json
        seen += [item["resource"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = {"cursor": page["next_cursor"]}
    assert seen == ["a", "b", "c"]


def test_the_api_describes_itself(client: FlaskClient, luis: Caller) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]  # type: ignore[index]
    assert {"get", "post"} <= set(paths["/api/v1/bookings"])
