"""2,000 messages that nobody can read among 20,000 good ones: the good are stored, the others counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from campus.database import Database
from devices.formats import formats
from devices.intake.batch import Arrival, Batch
from devices.intake.directory import Directory
from devices.intake.models import QuarantinedMessage
from devices.intake.quarantine import kept_name
from tests.devices.intake.things import NOON, register
from tests.faults.hub import Door, Load, Tell, numbers, register_devices, sums, working
from tests.servers import Mosquitto, wait_until

GOOD, POISON = 20_000, 2_000
PAYLOADS = {
    "unreadable JSON": b'{"t": 1',
    "depth 10,000": b"[" * 10_000,
    "depth 10,000, closed": b'{"t":' * 10_000 + b"1" + b"}" * 10_000,
    "NaN": b'{"t": NaN}',
    "no UTF-8": b'{"t": "\xff\xfe"}',
    "300 KiB": b'{"t": "' + b"x" * 300 * 1024 + b'"}',
    "NUL": b'{"t\\u0000": "\\u0000", "\x00": 1}',
    "a huge number": b'{"t": 1e999, "power": ' + b"9" * 5_000 + b"}",
    "empty": b"",
    "wrong types": b'{"t": [[]], "power": {"a": true}, "state": null, "ENERGY": 7, "values": [[]]}',
    "half a letter": b'{"t": 1, "v": "\\ud800"}',
    "a list": b'[[], {}, null, 1, "x"]',
    "a bare word": b"rubbish",
    "bytes": bytes(range(256)),
}
SAYS_NOTHING = (PAYLOADS["empty"],)
"""What a device of the load may say without being wrong: that is how a broker clears what it had retained."""
ENDINGS = ("", "/SENSOR", "/STATE", "/state", "/status", "/status/em:0", "/event/up", "/report", "/$state")
STRANGERS = ("nobody/\u202e\u00e9", "nobody/" + "x" * 3_000, "nobody/" + "/" * 150, "nobody/😀")
Message = tuple[str, bytes]


def concrete(root: str) -> str:
    """An example of a root topic as a device has it."""
    return root.replace("…", "1").replace("+", "sensor")


def speaking_topics() -> dict[str, list[str]]:
    """Of a device of each dialect: topics on which it might speak."""
    found = {}
    for name, dialect in formats().items():
        for root in map(concrete, dialect.roots[:1]):
            writes = [one.removesuffix("/#").replace("+", "x") for one in dialect.topics(root).writes]
            found[name] = [f"{one}{ending}" for one in dict.fromkeys(writes) for ending in ENDINGS]
    return found


def register_all(database: Database) -> None:
    register_devices(database)
    for name, dialect in formats().items():
        for root in map(concrete, dialect.roots[:1]):
            register(database, f"poisoned-{name}", root, format=name, options={})


def poison(topics: dict[str, list[str]]) -> Iterator[Message]:
    """Without end: each dialect in turn, on another topic each time; and the same to a device of the load."""
    payloads, turn = list(PAYLOADS.values()), 0
    names = [*topics, "nobody"]
    while True:
        name = names[turn % len(names)]
        places = topics.get(name, STRANGERS)
        payload = payloads[turn % len(payloads)]
        yield places[turn // len(names) % len(places)], payload
        yield f"load/{turn // len(payloads) % 2}", payload
        turn += 1


def refused(database: Database, messages: Sequence[Message]) -> Counter[tuple[str, str]]:
    """By topic and reason, what the decoders alone refuse of these messages. Each reads a whole message, or
    some of it, or has a reason."""
    directory, batch = Directory(ZoneInfo("UTC")), Batch()
    with database.read() as session:
        directory.refresh(session)
    for topic, payload in messages:
        batch.take(Arrival(topic, payload, NOON), directory)
    return Counter((kept_name(fault.arrival.topic), fault.reason) for fault in batch.faults)


def quarantined(database: Database) -> Counter[tuple[str, str]]:
    """By topic and reason, what the quarantine has counted."""
    counts = select(QuarantinedMessage.topic, QuarantinedMessage.reason, func.sum(QuarantinedMessage.count))
    with database.read() as session:
        rows = session.execute(counts.group_by(QuarantinedMessage.topic, QuarantinedMessage.reason)).all()
    return Counter({(topic, reason): int(count) for topic, reason, count in rows})


@pytest.mark.broker
@pytest.mark.slow
def test_good_messages_among_poison_are_stored_and_every_poison_message_is_counted_with_its_reason(
    sqlite_database: Database, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    register_all(sqlite_database)
    messages = list(islice(poison(speaking_topics()), POISON))
    expected = refused(sqlite_database, messages)
    load = Load(Door(mosquitto.port))
    try:
        with working(sqlite_database, mosquitto.url, tmp_path) as worker:
            for topic, payload in messages:
                load.say(GOOD // POISON)
                load.interrupt(topic, payload)
            load.settle()
            wait_until(lambda: len(numbers(sqlite_database)) >= GOOD, "the good messages", 120)
            wait_until(lambda: quarantined(sqlite_database).total() >= expected.total(), "the others", 60)
            complaints = [line for line in worker.lines if line.startswith(("ERROR", "Traceback"))]
    finally:
        load.close()
    counted, held = sums(sqlite_database, load), quarantined(sqlite_database)
    reasons = Counter[str]()
    for (_topic, reason), count in held.items():
        reasons[reason] += count
    told = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
    tell(
        f"{len(messages):,} of poison among the good: {counted}; in quarantine: {told}; "
        "the others say nothing"
    )
    assert counted.is_exact
    assert held == expected
    to_the_load = [payload for topic, payload in messages if topic.startswith("load/")]
    from_the_load = sum(count for (topic, _reason), count in held.items() if topic.startswith("load/"))
    assert from_the_load == sum(payload not in SAYS_NOTHING for payload in to_the_load) > POISON / 3
    assert complaints == []
    assert reasons["decoder-failed"] == 0
    assert reasons["unreadable"] > POISON / 4
