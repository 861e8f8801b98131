"""A campus that cannot start says why in one line, and ends with code 2."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import HOUSE, StartCampus
from tests.servers import PATIENCE_S, free_port


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def refusal(data_dir: Path, **environment: str) -> str:
    """The one line that a start with these settings ends with."""
    ours = {
        "CAMPUS_DATA_DIR": str(data_dir),
        "CAMPUS_PORT": str(free_port()),
        "CAMPUS_BROKER_PORT": str(free_port()),
        "CAMPUS_DEMO": "0",
    }
    ended = subprocess.run(
        [sys.executable, "app.py"],
        check=False,
        cwd=HOUSE,
        env={**os.environ, **ours, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    lines = ended.stderr.splitlines()
    assert (ended.returncode, len(lines)) == (2, 1), ended
    assert "ready" not in ended.stdout
    return lines[0]


@pytest.mark.parametrize("name", ["CAMPUS_PORT", "CAMPUS_BROKER_PORT"])
def test_a_port_that_was_asked_for_and_is_taken(tmp_path: Path, taken_port: int, name: str) -> None:
    said = refusal(tmp_path, **{name: str(taken_port)})
    assert said == f"campus: {name}={taken_port}: it is taken. Accepted: a port that is free on 127.0.0.1."


def test_web_and_broker_on_one_port(tmp_path: Path) -> None:
    port = str(free_port())
    said = refusal(tmp_path, CAMPUS_PORT=port, CAMPUS_BROKER_PORT=port)
    assert said.startswith(f"campus: CAMPUS_BROKER_PORT={port}: it is taken.")


def test_a_data_dir_where_a_file_stands(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal(tmp_path / "file" / "var")
    assert said.startswith("campus: CAMPUS_DATA_DIR=")
    assert "not a directory" in said
    assert said.endswith("Accepted: a folder that can be written to.")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is the one place where not even root may write")
def test_a_data_dir_that_nobody_may_write_to() -> None:
    assert refusal(Path("/proc/campus")).startswith("campus: CAMPUS_DATA_DIR='/proc/campus': ")


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("CAMPUS_PORT", "eighty", "Accepted: a port from 1 to 65535."),
        ("CAMPUS_PORT", "0", "Accepted: a port from 1 to 65535."),
        ("CAMPUS_DEMO", "maybe", "Accepted: 1 or 0"),
        ("CAMPUS_TIMEZONE", "America/Juarez", "no such zone"),
        ("CAMPUS_LOCALE", "fr", "Accepted: en or es_MX."),
        ("CAMPUS_MQTT_URL", "broker.example:1883", "not an MQTT URL"),
        ("CAMPUS_MQTT_CA", "no/such/file.pem", "no such file"),
        ("CAMPUS_DATABASE_URL", "mysql://localhost/campus", "not a SQLite or PostgreSQL URL"),
        ("CAMPUS_SMTP_URL", "mail.example:587", "not an SMTP URL"),
        ("CAMPUS_MAIL_FROM", "the campus", "not a mail address"),
        ("CAMPUS_SECRET_KEY", "short", "Accepted: at least 16 characters."),
    ],
)
def test_a_bad_setting(tmp_path: Path, name: str, value: str, fault: str) -> None:
    said = refusal(tmp_path / "var", **{name: value})
    assert name in said
    assert fault in said
    assert not (tmp_path / "var").exists(), "nothing was made before the settings were known to be good"


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://somebody:secret-word@127.0.0.1:{free_port()}/campus"
    said = refusal(tmp_path, CAMPUS_DATABASE_URL=url)
    assert said.startswith("campus: CAMPUS_DATABASE_URL: ")
    assert "secret-word" not in said


def test_a_database_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "campus.db").write_text("a shopping list" * 100)
    assert "CAMPUS_DATABASE_URL: file is not a database" in refusal(tmp_path)


def test_a_host_that_is_no_address_of_this_machine(tmp_path: Path) -> None:
    assert "'192.0.2.1' is no address of this machine" in refusal(tmp_path, CAMPUS_HOST="192.0.2.1")


def test_a_data_dir_that_another_campus_uses(tmp_path: Path, start_campus: StartCampus) -> None:
    first = start_campus(CAMPUS_DEMO="0")
    first.wait_until_ready()
    assert "a campus is running on it" in refusal(first.data_dir)
