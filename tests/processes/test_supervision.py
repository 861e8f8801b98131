"""The supervisor keeps every process alive, ends all of them, and leaves none behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from functools import partial
from urllib.request import urlopen

import psutil
import pytest

from campus.calling import SIGNAL
from campus.database import Database
from campus.notes import read_note, write_note
from campus.welcome.first_run import DEMO_WANTED
from tests.running import READY, Campus, StartCampus
from tests.servers import wait_until

PARTS = ("broker", "worker", "web", "simulator")
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")


def is_ready(campus: Campus) -> bool:
    try:
        with urlopen(f"{campus.url}/readyz", timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except OSError:
        return False


def gone(processes: list[psutil.Process]) -> bool:
    """True if none of them runs; an ended one that nobody has asked about yet counts as gone."""
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    """A first start without the demo, where the default ports are taken and a setting is misspelt."""
    with socket.socket() as web, socket.socket() as broker:
        for other, port in ((web, 8000), (broker, 1883)):
            if other.connect_ex(("127.0.0.1", port)) != 0:  # else somebody holds it already
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("127.0.0.1", port))
                other.listen()
        wishes = {"CAMPUS_DEMO": "0", "CAMPUS_PORT": "", "CAMPUS_BROKER_PORT": "", "CAMPUS_PROT": "80"}
        campus = Campus(tmp_path_factory.mktemp("newcomer") / "var", wishes)
        try:
            campus.wait_until_ready()
            wait_until(lambda: campus.says("Nobody is a member yet."), "the hint to add somebody")
            yield campus
        finally:
            campus.stop()


def test_default_ports_that_are_taken_give_way(newcomer: Campus) -> None:
    said = r"port (\d+) is taken: (?:the web server|the broker) listens on (\d+)"
    moved = re.findall(said, newcomer.output)
    assert [wanted for wanted, _got in moved] == ["8000", "1883"]
    assert f"{READY}http://127.0.0.1:{moved[0][1]}" in newcomer.lines


def test_a_name_that_is_no_setting_is_warned_about(newcomer: Campus) -> None:
    assert "campus: not a setting, so without effect: CAMPUS_PROT. See docs/settings.md." in newcomer.lines


def test_an_empty_campus_has_neither_demo_sign_ins_nor_a_simulator(newcomer: Campus) -> None:
    assert not newcomer.says("Sign in to the demo hub")
    assert not newcomer.says("simulator")


@pytest.fixture
def campus(start_campus: StartCampus) -> Campus:
    """An empty campus with all four processes."""
    started = start_campus(CAMPUS_DEMO="0", CAMPUS_SIMULATOR="1")
    started.wait_until_ready()
    return started


@pytest.mark.slow
def test_a_process_that_is_killed_is_started_again_and_said_so(campus: Campus) -> None:
    for name in PARTS:
        before = campus.pid(name)
        os.kill(before, signal.SIGKILL)
        wait_until(partial(campus.has_restarted, name, before), f"{name} to start again")
        label = f"{name:<9} | "
        assert f"{label}was killed by SIGKILL; starting again in 0.5 s" in campus.lines
        wait_until(lambda: is_ready(campus), f"the campus to be ready after the death of {name}")
    assert sum(READY in line for line in campus.lines) == 1, "the start is announced once"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process(campus: Campus, how: signal.Signals) -> None:
    everybody = campus.processes()
    assert len(everybody) == 6, "the supervisor, four processes and gunicorn's worker"
    with socket.create_connection(("127.0.0.1", campus.port)) as half_asked:
        half_asked.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert campus.stop(how) == 0
    assert gone(everybody)


def test_a_signal_during_the_start_ends_every_process(start_campus: StartCampus) -> None:
    campus = start_campus(CAMPUS_DEMO="0")
    wait_until(lambda: campus.says("broker"), "the first process")
    everybody = campus.processes()
    campus.stop()
    assert gone(everybody)


@LINUX_ONLY
def test_nothing_outlives_a_supervisor_that_is_killed(campus: Campus) -> None:
    everybody = campus.processes()
    campus.stop(signal.SIGKILL)
    wait_until(lambda: gone(everybody), "the orphans to end")


@pytest.mark.slow
def test_the_demo_hub_keeps_its_simulator_on_later_starts(start_campus: StartCampus) -> None:
    first = start_campus()
    first.wait_until_ready()
    wait_until(lambda: first.says("sara@hub.example"), "the demo sign-ins")
    first.stop()
    second = start_campus()
    second.wait_until_ready()
    assert second.says("simulator")
    assert second.says("luis@hub.example")


def test_a_call_starts_the_demo_only_where_the_first_page_asked_for_it(start_campus: StartCampus) -> None:
    campus = start_campus(CAMPUS_DEMO="0")
    campus.wait_until_ready()
    campus.process.send_signal(SIGNAL)
    os.kill(campus.pid("broker"), signal.SIGKILL)  # once this is seen to, the call has been heard too
    wait_until(lambda: campus.says("broker    | was killed"), "the supervisor to look")
    assert not campus.says("simulator")
    database = Database(f"sqlite:///{campus.data_dir / 'campus.db'}")
    with database.write() as session:
        write_note(session, DEMO_WANTED, "now")
    campus.process.send_signal(SIGNAL)
    wait_until(lambda: campus.says("simulator"), "the simulator")

    def is_loaded() -> bool:
        with database.read() as session:
            return read_note(session, "demo") is not None

    wait_until(is_loaded, "the demo hub", 60.0)
    database.close()


def test_a_simulator_that_runs_already_begins_anew_with_the_demo(campus: Campus) -> None:
    before = campus.pid("simulator")
    database = Database(f"sqlite:///{campus.data_dir / 'campus.db'}")
    with database.write() as session:
        write_note(session, DEMO_WANTED, "now")
    database.close()
    campus.process.send_signal(SIGNAL)
    wait_until(partial(campus.has_restarted, "simulator", before), "the simulator to begin anew")
