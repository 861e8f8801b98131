"""The embedded broker: whom it lets in; what fails is told, what is expected to fail is not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from campus.errors import BadSetting
from campus.settings import Settings, load
from devices.intake.broker import Door, PatientBroker, _tell_of, configuration
from devices.intake.broker_passwords import seal, write_passwords
from tests.servers import free_port

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens there in these tests


@pytest.mark.parametrize(
    ("error", "told"), [(TimeoutError("no PUBACK"), False), (ValueError("broken"), True)]
)
def test_a_missing_acknowledgement_is_no_news_and_any_other_fault_is(
    caplog: pytest.LogCaptureFixture, error: Exception, told: bool
) -> None:
    loop = asyncio.new_event_loop()
    _tell_of(loop, {"message": "Task exception was never retrieved", "exception": error})
    loop.close()
    assert bool(caplog.records) is told


def test_a_broker_that_others_reach_needs_users(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in (EVERYWHERE, "192.0.2.7", "::", "hub.example"):
        monkeypatch.setenv("CAMPUS_BROKER_HOST", address)
        with pytest.raises(BadSetting) as refused:
            load()
        told = refused.value.message
        assert told.startswith(f"CAMPUS_BROKER_HOST='{address}': others would reach a broker")
        assert "CAMPUS_BROKER_USERS" in told
        assert "\n" not in told


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_on_this_machine_it_needs_none(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CAMPUS_BROKER_HOST", address)
    assert load().broker_host == address


def test_with_users_it_may_listen_anywhere(monkeypatch: pytest.MonkeyPatch, users: Path) -> None:
    monkeypatch.setenv("CAMPUS_BROKER_HOST", EVERYWHERE)
    monkeypatch.setenv("CAMPUS_BROKER_USERS", str(users))
    assert configuration(load())["listeners"]["default"]["bind"] == f"{EVERYWHERE}:1883"


def test_a_file_of_users_that_is_none_stops_it_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("lamp:secret\n")
    with pytest.raises(
        BadSetting, match=r"^CAMPUS_BROKER_USERS='.*users': line 1 is no user with a \$7\$ hash"
    ):
        configuration(Settings(broker_users=tmp_path / "users"))


def test_strangers_are_let_in_by_password_alone() -> None:
    door = Door("192.0.2.1", {"lamp": seal("right", bytes(12))})
    assert door.opens_to("192.0.2.7", "lamp", "right")
    assert not door.opens_to("192.0.2.7", "lamp", "wrong")
    assert not door.opens_to("192.0.2.7", "lamp", None)
    assert not door.opens_to("192.0.2.7", None, None)
    assert not door.opens_to("192.0.2.7", "other", "right")
    assert not door.opens_to(None, None, None)


def test_the_machine_itself_is_let_in() -> None:
    door = Door("192.0.2.1", {})
    assert door.opens_to("127.0.0.1", None, None)
    assert door.opens_to("192.0.2.1", "campus", None)


def test_the_running_broker_asks_strangers_for_their_password(users: Path) -> None:
    settings = Settings(broker_users=users, broker_port=free_port())
    said = asyncio.run(_who_is_let_in(settings, stranger="192.0.2.7"))
    assert said == {"right": True, "wrong": False, "nobody": False}


async def _who_is_let_in(settings: Settings, stranger: str) -> dict[str, bool]:
    """Callers on this machine, whom the broker takes for one at `stranger`."""

    class FarBroker(PatientBroker):
        async def _initialize_client_session(self, reader: Any, writer: Any, _address: str, port: int) -> Any:
            return await super()._initialize_client_session(reader, writer, stranger, port)

    broker = FarBroker(configuration(settings))
    await broker.start()
    try:
        return {
            word: await asyncio.to_thread(_is_let_in, settings.broker_port, user, password)
            for word, user, password in (
                ("right", "lamp", "right"),
                ("wrong", "lamp", "wrong"),
                ("nobody", None, None),
            )
        }
    finally:
        await broker.shutdown()


def _is_let_in(port: int, user: str | None, password: str | None) -> bool:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    if user:
        client.username_pw_set(user, password)
    answers: list[bool] = []
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(
        not reason.is_failure
    )
    client.connect("127.0.0.1", port)
    deadline = time.monotonic() + 30
    while not answers and time.monotonic() < deadline:
        client.loop(0.1)
    client.disconnect()
    client.loop(0.1)
    return answers[0]


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A password file with one user, lamp, whose password is `right`."""
    path = tmp_path / "users"
    path.write_text(write_passwords({"lamp": seal("right", b"salt of lamp")}))
    return path
