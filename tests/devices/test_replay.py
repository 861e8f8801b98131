"""Captures are read strictly, and every message reaches the broker or the replay says why not."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from app import create_app
from campus.errors import BadRequest, Unavailable
from campus.settings import Settings
from devices.simulator.capture import Captured, parse_line, read_capture
from devices.simulator.message import Message
from devices.simulator.replay import in_rhythm, run
from tests.servers import Mosquitto, free_port, wait_until


def line(**said: Any) -> bytes:
    return json.dumps({"topic": "hub/x", "payload": "1", **said}).encode()


def lines(file: Path, count: int) -> Path:
    file.write_bytes(b"".join(line(topic=f"hub/{n % 7}", payload=f"{n}") + b"\n" for n in range(count)))
    return file


class Ear:
    """A subscriber that remembers everything."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        ready = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _client, _data, said: self.heard.append(
            (said.topic, bytes(said.payload), said.retain)
        )
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert ready.wait(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_a_line_holds_topic_payload_time_and_flag() -> None:
    captured = parse_line(line(at="2026-03-01T09:00:00-07:00", retained=True), 1)
    assert captured.message == Message("hub/x", b"1", retained=True)
    assert captured.at == datetime(2026, 3, 1, 16, tzinfo=UTC)


def test_a_time_may_be_in_unix_seconds() -> None:
    assert parse_line(line(at=1_772_380_800.5), 1).at == datetime(2026, 3, 1, 16, 0, 0, 500_000, UTC)


def test_a_payload_that_is_no_text_goes_out_as_its_json() -> None:
    assert parse_line(line(payload={"a": [1, None]}), 1).message.payload == b'{"a":[1,null]}'
    assert parse_line(line(payload=21.5), 1).message.payload == b"21.5"
    assert parse_line(line(payload=""), 1).message.payload == b""


def test_retained_null_is_not_retained() -> None:
    assert parse_line(line(retained=None), 1).message.retained is False


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"{", "not JSON"),
        (b"[]", "an object with topic and payload"),
        (b'{"topic": "a"}', "an object with topic and payload"),
        (line(topic=""), "not a topic"),
        (line(topic=7), "not a topic"),
        (line(topic="a/+/b"), "not a topic"),
        (line(topic="a\x00b"), "not a topic"),
        (line(topic="a" * 65_536), "not a topic"),
        (line(at="2026-03-01T09:00:00"), "needs an offset"),
        (line(at="yesterday"), "not a time"),
        (line(at=True), "not a time"),
        (line(at=1e300), "not a time"),
    ],
)
def test_a_bad_line_is_named_by_its_number(bad: bytes, why: str) -> None:
    with pytest.raises(BadRequest, match=r"^Line 17: ") as refused:
        parse_line(bad, 17)
    assert why in refused.value.message


def test_empty_lines_are_passed_over_and_gzip_is_read(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_bytes(line(payload="1") + b"\n\n  \n" + line(payload="2"))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert [one.message.payload for one in read_capture(plain)] == [b"1", b"2"]
    assert list(read_capture(packed)) == list(read_capture(plain))


def test_half_a_gzip_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "half.gz"
    file.write_bytes(gzip.compress(b"\n".join(line(payload=str(n)) for n in range(1000)))[:-20])
    with pytest.raises(BadRequest, match="gzip"):
        list(read_capture(file))


def test_at_a_speed_messages_keep_their_rhythm() -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    three = [Captured(Message("a", b""), begin + timedelta(seconds=10 * n)) for n in range(3)]
    naps: list[float] = []
    clock = iter([100.0, 100.0, 100.5, 101.5])
    said = list(in_rhythm(three, 10, sleep=naps.append, clock=lambda: next(clock)))
    assert said == three
    assert naps == [pytest.approx(0.5), pytest.approx(0.5)]


def test_without_a_speed_nothing_waits() -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    years = [Captured(Message("a", b""), begin + timedelta(days=400 * n)) for n in range(3)]
    naps: list[float] = []
    assert list(in_rhythm(years, 0, sleep=naps.append)) == years
    assert naps == []


@pytest.mark.broker
def test_every_message_arrives_in_order(mosquitto: Mosquitto, tmp_path: Path) -> None:
    ear = Ear(mosquitto.port)
    count = run(lines(tmp_path / "a.jsonl", 3_000), Settings(mqtt_url=mosquitto.url), speed=0)
    wait_until(lambda: len(ear.heard) >= 3_000, "3,000 messages")
    ear.close()
    assert count == 3_000
    assert [int(payload) for _topic, payload, _retained in ear.heard] == list(range(3_000))


@pytest.mark.broker
def test_what_was_retained_is_retained_again(mosquitto: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(line(topic="kept", retained=True) + b"\n" + line(topic="passing"))
    run(file, Settings(mqtt_url=mosquitto.url), speed=0)
    ear = Ear(mosquitto.port)
    wait_until(lambda: bool(ear.heard), "the retained message")
    ear.close()
    assert ear.heard == [("kept", b"1", True)]


@pytest.mark.broker
def test_a_bad_line_at_the_end_stops_the_replay_before_it_has_begun(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    file = lines(tmp_path / "a.jsonl", 10)
    file.write_bytes(file.read_bytes() + b"oops\n")
    ear = Ear(mosquitto.port)
    with pytest.raises(BadRequest, match="Line 11"):
        run(file, Settings(mqtt_url=mosquitto.url), speed=0)
    ear.close()
    assert ear.heard == []


@pytest.mark.broker
def test_a_broker_that_goes_and_comes_back_has_everything_in_the_end(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    count = 4_000
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\n".join(line(topic=f"hub/{n}", retained=True) for n in range(count)))
    ear = Ear(mosquitto.port)
    thread = threading.Thread(target=run, args=(file, Settings(mqtt_url=mosquitto.url)), kwargs={"speed": 0})
    thread.start()
    wait_until(lambda: len(ear.heard) > 100, "the first messages")
    ear.close()
    mosquitto.restart()
    thread.join(60)
    assert not thread.is_alive()
    late = Ear(mosquitto.port)
    wait_until(lambda: len({topic for topic, _payload, _retained in late.heard}) == count, "all topics")
    late.close()


def test_no_broker_is_said_in_one_line(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(Unavailable, match=f"No broker at 127.0.0.1:{port}"):
        run(lines(tmp_path / "a.jsonl", 1), Settings(mqtt_url=f"mqtt://127.0.0.1:{port}"), speed=0)


@pytest.mark.broker
@pytest.mark.usefixtures("sqlite_database")
def test_the_command_is_quiet_in_a_pipe_and_names_a_bad_line(
    mosquitto: Mosquitto, settings: Settings, tmp_path: Path
) -> None:
    app = create_app(settings.model_copy(update={"mqtt_url": mosquitto.url}))
    good = app.test_cli_runner().invoke(args=["replay", str(lines(tmp_path / "a.jsonl", 5))])
    assert (good.exit_code, good.output) == (0, ""), repr(good.exception)
    (tmp_path / "b.jsonl").write_text("nonsense\n")
    bad = app.test_cli_runner().invoke(args=["replay", str(tmp_path / "b.jsonl")])
    app.extensions["campus"].database.close()
    assert bad.exit_code == 1
    assert bad.output.startswith("Error: Line 1: not JSON")
