"""What a broker says is written down whole, and a replay of it says the same again."""

from __future__ import annotations

import gzip
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import paho.mqtt.client as mqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from app import create_app
from campus.errors import BadRequest, Unavailable
from campus.moments import from_micros
from campus.settings import Settings
from devices.simulator import recording, replay
from devices.simulator.capture import Captured, as_line, parse_line, read_capture
from devices.simulator.message import Message
from tests.running import HOUSE
from tests.servers import Mosquitto, free_port, wait_until

NOON = datetime(2026, 6, 15, 18, 0, 0, 250_000, tzinfo=UTC)
SAID = [
    Message("hub/wall", b'{"t": 21.5}'),
    Message("hub/wall", "sótano 21 °C\n\t\"'".encode()),
    Message("spBv1.0/g/NDATA/node", b"\x08\xf2\x8a\xff\x00\x80"),
    Message("hub/empty", b""),
    Message("hub/nul", b"a\x00b"),
    Message("hub/wall", b"aGVsbG8="),  # base64 that means itself
    Message("hub/Große Pumpe", b"null"),
]

topics = st.text(min_size=1, max_size=30).filter(
    lambda text: not set(text) & set("+#\x00") and text.isprintable()
)
times = st.integers(0, 6_000_000_000_000_000).map(from_micros)


@given(topics, st.binary(max_size=60), st.booleans(), st.none() | times)
def test_a_line_says_what_was_heard(topic: str, payload: bytes, retained: bool, at: datetime | None) -> None:
    captured = Captured(Message(topic, payload, retained), at)
    line = as_line(captured)
    assert parse_line(line, 1) == captured
    assert line.count(b"\n") == 1


def test_what_is_no_text_is_base64_and_says_so() -> None:
    assert as_line(Captured(SAID[2], NOON)) == (
        b'{"topic":"spBv1.0/g/NDATA/node","payload":"CPKK/wCA","kind":"binary-base64",'
        b'"at":"2026-06-15T18:00:00.250000Z","retained":false}\n'
    )


@pytest.mark.parametrize("payload", ["no base64!", 7, None, ["YQ=="]])
def test_base64_that_is_none_is_refused(payload: Any) -> None:
    with pytest.raises(BadRequest, match="Line 3: its payload is not base64"):
        parse_line(orjson.dumps({"topic": "a", "payload": payload, "kind": "binary-base64"}), 3)


class Recorder:
    """A capture in a thread, which ends after `count` messages."""

    def __init__(
        self, broker: Mosquitto, file: Path, count: int | None, topics: tuple[str, ...] = ("#",)
    ) -> None:
        self.file, self._count = file, count
        self.fault: Exception | None = None
        self._settings, self._topics = Settings(mqtt_url=broker.url), topics
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            recording.run(self.file, self._settings, topics=self._topics, seconds=60, count=self._count)
        except (Unavailable, BadRequest) as error:
            self.fault = error

    def wait(self) -> list[Message]:
        self._thread.join(90)
        assert not self._thread.is_alive()
        return [one.message for one in read_capture(self.file)]


@pytest.fixture
def mouth(mosquitto: Mosquitto) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def say(client: mqtt.Client, message: Message) -> None:
    client.publish(message.topic, message.payload, 1, message.retained).wait_for_publish(30)


@pytest.mark.broker
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_replay_says_what_was_captured(
    mosquitto: Mosquitto, mouth: mqtt.Client, tmp_path: Path, name: str
) -> None:
    say(mouth, Message("hub/kept", b"21", retained=True))
    first = Recorder(mosquitto, tmp_path / name, 8)
    wait_until(lambda: is_heard(mosquitto, 1), "the capture to listen")
    for message in SAID:
        say(mouth, message)
    heard = first.wait()
    assert heard == [Message("hub/kept", b"21", retained=True), *SAID]
    assert stat.S_IMODE(first.file.stat().st_mode) == 0o600

    say(mouth, Message("hub/kept", b"", retained=True))  # forgotten
    second = Recorder(mosquitto, tmp_path / f"again-{name}", 8)
    wait_until(lambda: is_heard(mosquitto, 2), "the second capture to listen")
    replay.run(first.file, Settings(mqtt_url=mosquitto.url), speed=0)
    assert [(one.topic, one.payload) for one in second.wait()] == [(one.topic, one.payload) for one in heard]
    third = Recorder(mosquitto, tmp_path / f"third-{name}", 1)
    assert third.wait() == [Message("hub/kept", b"21", retained=True)]


def is_heard(broker: Mosquitto, times: int) -> bool:
    """True when so many captures have subscribed."""
    log = (broker.directory / "log").read_text()
    return len(re.findall(r": capture-\w+ 1 #$", log, re.MULTILINE)) >= times


@pytest.mark.broker
def test_only_what_was_asked_for_is_written(mosquitto: Mosquitto, mouth: mqtt.Client, tmp_path: Path) -> None:
    for topic in ("hub/a", "hub/b/c", "other"):
        say(mouth, Message(topic, b"1", retained=True))
    heard = Recorder(mosquitto, tmp_path / "a.jsonl", 2, ("hub/+", "other")).wait()
    assert sorted(one.topic for one in heard) == ["hub/a", "other"]


@pytest.mark.broker
def test_a_broker_that_goes_leaves_what_was_heard(
    mosquitto: Mosquitto, mouth: mqtt.Client, tmp_path: Path
) -> None:
    say(mouth, Message("hub/a", b"1", retained=True))
    recorder = Recorder(mosquitto, tmp_path / "a.jsonl", None)
    wait_until(lambda: recorder.file.exists() and recorder.file.stat().st_size > 0, "it to be kept")
    mosquitto.kill()
    assert [one.topic for one in recorder.wait()] == ["hub/a"]
    assert "has gone away" in str(recorder.fault)
    mosquitto.start()


@pytest.mark.broker
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_capture_that_is_ended_is_whole(
    mosquitto: Mosquitto, mouth: mqtt.Client, tmp_path: Path, how: signal.Signals
) -> None:
    say(mouth, Message("hub/a", b"1", retained=True))
    file = tmp_path / "a.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "capture", str(file)],
        cwd=HOUSE,
        env={**os.environ, "CAMPUS_DATA_DIR": str(tmp_path / "var"), "CAMPUS_MQTT_URL": mosquitto.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until(lambda: file.exists() and file.stat().st_size > 0, "a message on the disk")
        process.send_signal(how)
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait(30)
    assert (process.returncode, said) == (0, b"")
    assert [one.message.topic for one in read_capture(file)] == ["hub/a"]


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("mine")
    with pytest.raises(BadRequest, match="is there already"):
        recording.run(file, Settings(), topics=["#"], seconds=1)
    assert file.read_text() == "mine"


@pytest.mark.parametrize("topic", ["", "a/#/b", "a+", "a\nb"])
def test_a_filter_that_is_none_is_refused(tmp_path: Path, topic: str) -> None:
    with pytest.raises(BadRequest, match="no topic filter"):
        recording.run(tmp_path / "a", Settings(), topics=[topic], seconds=1)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["a.jsonl", "a.gz"])
def test_without_a_broker_there_is_no_file(tmp_path: Path, name: str) -> None:
    port = free_port()
    with pytest.raises(Unavailable, match=f"No broker at 127.0.0.1:{port}"):
        recording.run(tmp_path / name, Settings(mqtt_url=f"mqtt://127.0.0.1:{port}"), topics=["#"], seconds=1)
    assert not (tmp_path / name).exists()


@pytest.mark.broker
@pytest.mark.usefixtures("sqlite_database")
def test_the_command_is_quiet_in_a_pipe(
    mosquitto: Mosquitto, mouth: mqtt.Client, settings: Settings, tmp_path: Path
) -> None:
    say(mouth, Message("hub/a", b"1", retained=True))
    app = create_app(settings.model_copy(update={"mqtt_url": mosquitto.url}))
    file = str(tmp_path / "a.gz")
    done = app.test_cli_runner().invoke(args=["capture", file, "--seconds", "0.5", "--topic", "hub/#"])
    again = app.test_cli_runner().invoke(args=["capture", file, "--seconds", "0.5"])
    app.extensions["campus"].database.close()
    assert (done.exit_code, done.output) == (0, ""), repr(done.exception)
    assert gzip.decompress(Path(file).read_bytes()).startswith(b'{"topic":"hub/a","payload":"1","at":"')
    assert again.exit_code == 1
    assert "is there already" in again.output
