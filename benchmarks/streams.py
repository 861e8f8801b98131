"""What devices say: endless streams of messages in the dialects of the field, and who says them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from campus import clock
from campus.database import Database
from devices.models import Device

DEVICES = 200
ZONE = ZoneInfo("America/Ciudad_Juarez")
EVCC = (
    ("chargePower", b"%d.5"),
    ("chargedEnergy", b"%d.25"),
    ("sessionEnergy", b"%d"),
    ("chargeCurrent", b"%d.0"),
)
YESTERDAY = clock.now() - timedelta(days=1)
"""Where the times begin that some dialects write into their messages."""


@dataclass(frozen=True)
class Stream:
    """One dialect's messages: `say` gives topic and payload of the message with this number."""

    title: str
    say: Callable[[int], tuple[str, bytes]]
    values: float
    """Rows that a message becomes."""
    format: str | None = None
    root: str = ""
    """Of a device, with {} for its number."""
    kind: str = "meter"

    def devices(self, now: datetime) -> Iterator[Device]:
        """The rows of those who speak, as if staff had registered them. None for strangers."""
        if self.format is not None:
            for number in range(DEVICES):
                slug = f"{self.format}-{number}"
                topic = self.root.format(number + 1 if self.format == "evcc" else number)
                yield Device(
                    slug=slug, name=slug, kind=self.kind, format=self.format, topic=topic, created_at=now
                )


def _shelly(number: int) -> tuple[str, bytes]:
    payload = b'{"id":0,"apower":%d.5,"voltage":%d.1,"aenergy":{"total":%d.125}}'
    said = payload % (number % 3000, 220 + number % 20, number)
    return f"plugs/{number % DEVICES}/status/switch:0", said


def _tasmota(number: int) -> tuple[str, bytes]:
    at = (YESTERDAY + timedelta(seconds=number // DEVICES)).astimezone(ZONE)
    payload = (
        b'{"Time":"%s","ENERGY":{"TotalStartTime":"2025-11-14T18:39:40","Total":%d.294,"Yesterday":5.340,'
        b'"Today":0.954,"Power":%d,"ApparentPower":2650,"ReactivePower":282,"Factor":0.99,"Voltage":%d,'
        b'"Current":11.661}}'
    )
    said = payload % (at.strftime("%Y-%m-%dT%H:%M:%S").encode(), number, number % 3000, 220 + number % 20)
    return f"tele/pow{number % DEVICES}/SENSOR", said


def _zigbee2mqtt(number: int) -> tuple[str, bytes]:
    payload = (
        b'{"child_lock":"UNLOCK","countdown":0,"current":0.5,"energy":%d.05,"indicator_mode":"off/on",'
        b'"linkquality":%d,"power":%d,"power_outage_memory":"off","state":"ON",'
        b'"update":{"installed_version":268449287,"latest_version":268449287,"state":"idle"},"voltage":230}'
    )
    return f"zigbee2mqtt/socket {number % DEVICES}", payload % (number, number % 255, number % 3000)


def _evcc(number: int) -> tuple[str, bytes]:
    topic, payload = EVCC[number // DEVICES % len(EVCC)]
    return f"evcc/loadpoints/{number % DEVICES + 1}/{topic}", payload % (number % 11_000)


def _unknown(number: int) -> tuple[str, bytes]:
    return f"somebody/else/{number % DEVICES}", b'{"value":%d}' % number


def _mixed(number: int) -> tuple[str, bytes]:
    turn, dialect = divmod(number, len(KNOWN))
    return STREAMS[KNOWN[dialect]].say(turn)


KNOWN = ("shelly", "tasmota", "zigbee2mqtt", "evcc")
STREAMS = {
    "shelly": Stream("Shelly, 3 values", _shelly, 3, "shelly", "plugs/{}"),
    "tasmota": Stream("Tasmota, 9 values with a time of their own", _tasmota, 9, "tasmota", "pow{}"),
    "zigbee2mqtt": Stream("Zigbee2MQTT, 10 values", _zigbee2mqtt, 10, "zigbee2mqtt", "zigbee2mqtt/socket {}"),
    "evcc": Stream("evcc, a topic for each value", _evcc, 1, "evcc", "evcc/loadpoints/{}", "charger"),
    "unknown": Stream("topics that nobody owns", _unknown, 0),
    "mixed": Stream("the four dialects in turn", _mixed, 23 / 4),
}
TOPICS = ("plugs/#", "tele/#", "zigbee2mqtt/#", "evcc/#", "somebody/#")
"""All that is said here."""


def messages(name: str) -> Iterator[tuple[str, bytes]]:
    """A stream's messages, without end."""
    return map(STREAMS[name].say, count())


def register(database: Database, name: str) -> None:
    """The devices of a stream."""
    with database.write() as session:
        for one in KNOWN if name == "mixed" else (name,):
            session.add_all(STREAMS[one].devices(clock.now()))
