"""Real servers for the tests: each on a free port or socket, with its own throw-away directory."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg

from campus.processes import die_with_parent

PATIENCE_S = 30.0
"""How long a server may take to start or to stop before the test gives up."""
PORTS = range(18_000, 32_000)
"""Below those that a system takes for connections that go out."""
SHARES = 8
_given: set[int] = set()
MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {directory}/
autosave_interval 1
max_inflight_messages 0
max_queued_messages 0
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information
log_type subscribe
{user}
"""


class Missing(Exception):
    """A program that a test needs is not on this machine."""


def program(name: str, *places: str) -> str:
    """The path of a program, on the PATH or else in one of `places` (globs from /). Raises Missing."""
    found = shutil.which(name)
    if found is None:
        there = [path for place in places for path in Path("/").glob(f"{place.lstrip('/')}/{name}")]
        found = str(max(there)) if there else None
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


def free_port() -> int:
    """A TCP port of the loopback address that nobody holds, and that is given out once.

    Tests that run side by side take from shares of their own, and connections that go out from
    elsewhere: between this call and the server's own nobody else comes.
    """
    while True:
        port = secrets.choice(PORTS[_share() :: SHARES])  # not `random`, which some tests seed
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _share() -> int:
    """Which of the processes that test side by side this is."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SHARES


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_until(true: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Return as soon as `true()`; after `patience_s` fail, naming `what` was awaited."""
    deadline = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s:g} s for {what}")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """True if somebody listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Postgres:
    """A PostgreSQL cluster on a socket of its own, in a hurry: nothing of it is to survive.

    A `durable` one waits for the disk, as PostgreSQL does where nobody says otherwise.
    """

    def __init__(self, directory: Path, *, durable: bool = False) -> None:
        self.directory = directory
        postgres = program("postgres", "/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin")
        # PostgreSQL refuses to run as root; its package made a user for it.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(directory, self._user)
        initdb = str(Path(postgres).with_name("initdb"))
        options = ["-D", str(directory / "data"), "-U", "campus", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(
            [initdb, *options, "--locale=C"], user=self._user, check=True, capture_output=True, cwd=directory
        )
        quick = [] if durable else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        with (directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [postgres, "-D", str(directory / "data"), "-k", str(directory)]
                + [
                    part
                    for option in [*quick, "listen_addresses=", "max_connections=200"]
                    for part in ("-c", option)
                ],
                user=self._user,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - this process has one thread when it starts servers
            )
        wait_until(self._is_up, "PostgreSQL to start")

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of one database of this cluster."""
        return f"postgresql+psycopg://campus@/{name}?host={self.directory}"

    def execute(self, statement: str) -> None:
        """Run one statement outside of any transaction, as CREATE DATABASE needs it."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(PATIENCE_S)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.directory), user="campus", dbname="postgres", autocommit=True)

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError((self.directory / "log").read_text())
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True


class Mosquitto:
    """A Mosquitto broker that keeps its sessions in `directory` and refuses no backlog.

    With a `port`, it is the one whose mosquitto.conf stands in `directory` already.
    """

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self._mosquitto = program("mosquitto", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
        self.directory = directory
        self.port = port or free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        if port is None:
            user = "user root" if os.geteuid() == 0 else ""
            conf = MOSQUITTO_CONF.format(port=self.port, directory=directory, user=user)
            (directory / "mosquitto.conf").write_text(conf)
        self.start()

    def start(self) -> None:
        """Start, on the same port and with the sessions kept from before."""
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._mosquitto, "-c", str(self.directory / "mosquitto.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - see above
            )
        wait_until(lambda: self._runs() and answers(self.port), "Mosquitto to start")

    def stop(self) -> None:
        """Stop in order: sessions and retained messages are on the disk afterwards."""
        self.resume()
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        """Stop as a power cut does."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def pause(self) -> None:
        """As a machine that hangs: connections stand, and nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def reload(self) -> None:
        """Read users and rights anew, as after `systemctl reload`."""
        self._process.send_signal(signal.SIGHUP)

    def _runs(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError((self.directory / "log").read_text())
        return True
