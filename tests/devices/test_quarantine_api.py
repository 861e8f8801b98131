"""The API of the quarantine, from the outside."""

from __future__ import annotations

from campus.database import Database
from devices.intake.models import QuarantinedMessage
from tests.devices.callers import START, Caller, described

HOSTILE = "<img src=x onerror=alert(1)>"


def test_staff_see_the_quarantine_and_try_again(luis: Caller, ana: Caller, database: Database) -> None:
    with database.write() as session:
        for topic, payload in (("tele/main/SENSOR", b"\xff\xfe"), (HOSTILE, b"5")):
            session.add(
                QuarantinedMessage(
                    topic=topic,
                    payload=payload,
                    size=len(payload),
                    retained=False,
                    reason="unknown-topic",
                    detail="no device listens to this topic",
                    received_at=START,
                )
            )
    assert ana.get("/quarantine").status_code == 403
    page = luis.get("/quarantine", limit=1).json
    assert (page["items"][0]["topic"], page["items"][0]["payload"]) == (HOSTILE, "5")
    rest = luis.get("/quarantine", cursor=page["next_cursor"]).json
    (message,) = rest["items"]
    assert message["reason"] == "unknown-topic"
    luis.put("/devices/main", described(topic="main"))
    again = luis.post(f"/quarantine/{message['id']}/retry")
    assert again.json["stored"] is False
    assert again.json["detail"]
    assert luis.post("/quarantine/999999/retry").status_code == 404
    assert ana.post(f"/quarantine/{message['id']}/retry").status_code == 403


def test_a_message_that_can_be_read_at_last_is_stored(luis: Caller, database: Database) -> None:
    payload = b'{"Time":"2026-03-03T12:00:00","ENERGY":{"Power":42}}'
    with database.write() as session:
        row = QuarantinedMessage(
            topic="tele/main/SENSOR",
            payload=payload,
            size=len(payload),
            retained=False,
            reason="unknown-topic",
            detail="no device listens to this topic",
            received_at=START,
        )
        session.add(row)
        session.flush()
        message_id = row.id
    luis.put("/devices/main", described(topic="main"))
    assert luis.post(f"/quarantine/{message_id}/retry").json == {"stored": True, "detail": None}
    assert luis.get("/devices/main/state").json["power"]["value"] == 42
    assert luis.get("/quarantine").json["items"] == []
