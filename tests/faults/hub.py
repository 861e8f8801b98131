"""What the fault tests stand on: a worker to be killed, messages that are numbered, and the sums."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
import psutil
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from campus.database import Database
from campus.processes import die_with_parent
from devices.history.models import HotReading
from devices.models import Device, Series
from tests.devices.intake.things import register
from tests.running import HOUSE
from tests.servers import PATIENCE_S, wait_until

LISTENS = "listening to "
LAST_MID = 65_535
DEVICES = 4
Tell = Callable[[str], None]
"""The `tell` fixture."""
Number = tuple[int, int]
"""A message: of which device, and its number there. It is the value that it carries."""


class Worker:
    """`flask worker` on a store and a broker, started again and again. Its words are in `data_dir`."""

    def __init__(self, database_url: str, broker_url: str, data_dir: Path, **environment: str) -> None:
        ours = {
            "CAMPUS_DATA_DIR": str(data_dir),
            "CAMPUS_DATABASE_URL": database_url,
            "CAMPUS_MQTT_URL": broker_url,
        }
        self._environment = {**os.environ, **ours, **environment}
        self._log = data_dir / "worker.log"
        self._log.touch()
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "worker"],
                cwd=HOUSE,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - threads here hold no lock that matters
            )

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send `how` and wait for the end. Harmless if it has ended already."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
        self._process.wait(PATIENCE_S)

    def pause(self) -> None:
        """As a machine that hangs: the process is there and does nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def rss(self) -> int:
        """Bytes of memory that it holds."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    @property
    def lines(self) -> list[str]:
        """All that it has said."""
        return self._log.read_text(errors="replace").splitlines()

    def says(self, words: str) -> int:
        """How many of its lines hold `words`."""
        return sum(words in line for line in self.lines)

    def wait_until_it_listens(self, times: int = 1) -> None:
        """Return when it has subscribed `times` times: from the first on the broker keeps what is for it."""
        wait_until(lambda: self.says(LISTENS) >= times, "the worker to listen")


@contextmanager
def working(database: Database, broker_url: str, data_dir: Path, **environment: str) -> Iterator[Worker]:
    """A worker that listens, and is gone afterwards."""
    worker = Worker(database.url, broker_url, data_dir, **environment)
    try:
        worker.wait_until_it_listens()
        yield worker
    finally:
        worker.end()


@dataclass(frozen=True, slots=True)
class Door:
    """Where the broker is, and as whom one comes in: by TLS if there is an authority."""

    port: int
    user: str | None = None
    password: str | None = None
    ca: Path | None = None


class Load:
    """Counts up on the topics of several devices, with no time in the payload, at QoS 1.

    What the broker has acknowledged is in `acknowledged`, with the monotonic time. Nothing is sent twice: a
    client whose connection is lost is done for, and `connect` makes a new one that goes on counting.
    """

    def __init__(self, door: Door, devices: int = DEVICES) -> None:
        self.published = [0] * devices
        self.acknowledged: dict[Number, float] = {}
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self.connect(door)

    def connect(self, door: Door) -> None:
        """Begin anew with a client of its own."""
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self._client.max_inflight_messages_set(500)
        self._sent: list[Number | None] = []
        self._answered = 0
        self._client.on_publish = self._acknowledged
        if door.ca:
            self._client.username_pw_set(door.user, door.password)
            self._client.tls_set(ca_certs=str(door.ca))
        self._client.connect("127.0.0.1", door.port)
        self._client.loop_start()

    def say(self, count: int) -> None:
        """So many messages, taking turns among the devices."""
        devices = len(self.published)
        for turn in range(count):
            device = turn % devices
            number = self.published[device]
            self._sent.append((device, number))
            self._client.publish(f"load/{device}", f'{{"t": {number}}}', 1)
            self.published[device] += 1

    def interrupt(self, topic: str, payload: bytes) -> None:
        """A message that is none of the numbered ones."""
        self._sent.append(None)
        self._client.publish(topic, payload, 1)

    def begin(self, a_second: int = 1000) -> None:
        """Go on in a thread of its own, about so many a second, until `pause`."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(a_second,))
        self._thread.start()

    def pause(self) -> None:
        """Say nothing more for now."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def settle(self) -> None:
        """Say nothing more, and wait until the broker has acknowledged all of this client's."""
        self.pause()
        wait_until(lambda: self._answered >= len(self._sent), "the broker's acknowledgements")

    def break_off(self) -> None:
        """Say nothing more, of what is under way neither. For a broker that is gone."""
        self.pause()
        self._client.loop_stop()

    def close(self) -> None:
        self.pause()
        self._client.disconnect()
        self._client.loop_stop()

    def _run(self, a_second: int) -> None:
        pause_s = len(self.published) / a_second
        while not self._stop.wait(pause_s):
            self.say(len(self.published))

    def _acknowledged(self, _client: mqtt.Client, _data: object, mid: int, *_rest: object) -> None:
        """Acknowledgements come in the order of the messages (MQTT 3.1.1 §4.6)."""
        assert mid == self._answered % LAST_MID + 1
        number = self._sent[self._answered]
        if number is not None:
            self.acknowledged[number] = time.monotonic()
        self._answered += 1


def register_devices(database: Database, devices: int = DEVICES) -> None:
    """Those that a load speaks for."""
    for device in range(devices):
        register(database, f"load-{device}", f"load/{device}")


@dataclass(frozen=True, slots=True)
class Sum:
    """What became of the messages. `lost`: acknowledged by the broker and not in the store."""

    published: int
    acknowledged: int
    stored: int
    doubled: int
    lost: int
    in_order: bool

    def __str__(self) -> str:
        return (
            f"{self.published:,} published, {self.acknowledged:,} acknowledged by the broker, "
            f"{self.stored:,} stored, {self.doubled:,} doubled, {self.lost:,} lost"
        )

    @property
    def is_exact(self) -> bool:
        """True if all that was published is there, once, and in the order in which it came."""
        return (self.stored, self.doubled, self.lost) == (self.published, 0, 0) and self.in_order


def stored(database: Database) -> int:
    """How many values are in the store."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(HotReading)) or 0


def numbers(database: Database) -> list[Number]:
    """Every message of a load that is in the store, by device, in the order of its time."""
    with database.read() as session:
        rows = session.execute(
            select(Device.slug, HotReading.value)
            .join(Series, Series.device_id == Device.id)
            .join(HotReading, HotReading.series_id == Series.id)
            .where(Device.slug.startswith("load-"))
            .order_by(Device.slug, HotReading.at)
        ).all()
    return [(int(slug.removeprefix("load-")), int(value)) for slug, value in rows]


def sums(database: Database, load: Load) -> Sum:
    """Count what was said and what is there."""
    there = numbers(database)
    once = set(there)
    return Sum(
        published=sum(load.published),
        acknowledged=len(load.acknowledged),
        stored=len(there),
        doubled=len(there) - len(once),
        lost=len(load.acknowledged.keys() - once),
        in_order=there == sorted(there),
    )


def wait_for_the_rest(database: Database, load: Load, patience_s: float = 2 * PATIENCE_S) -> None:
    """Wait until as many values are stored as the broker has acknowledged, and a moment for one too many."""
    expected = len(load.acknowledged)
    wait_until(lambda: stored(database) >= expected, f"the rest of {expected:,} messages", patience_s)
    time.sleep(0.5)
