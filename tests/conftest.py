"""What the tests stand on: a store on both engines, an application, members, servers, a browser."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from playwright.sync_api import Browser, Page, sync_playwright

from app import create_app
from campus import clock
from campus.database import Database
from campus.people.members import add_member
from campus.people.models import Member
from campus.people.tokens import add_token
from campus.schema import upgrade
from campus.settings import PREFIX, Settings
from tests.running import Campus, StartCampus
from tests.servers import Missing, Mosquitto, Postgres, program

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
PASSWORD = "correct horse battery"
QUICK: dict[str, Any] = {"password_time_cost": 1, "password_memory_mib": 8, "password_parallelism": 1}
"""The cheapest hashes that the settings allow. What is set for real, test_passwords.py is about."""
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MEMORY = Path("/dev/shm")
"""Where this machine has a file system in its memory: a database is copied there in a tenth of the time."""
TOLD = "told"
_numbers = itertools.count(1)

for _name in [name for name in os.environ if name.startswith(PREFIX)]:
    del os.environ[_name]  # what this shell has set must not change what is tested


def leave_out(missing: Missing) -> None:
    """A test that cannot run here is named in the summary; with CI=true it fails."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(str(missing), pytrace=False)
    pytest.skip(f"left out: {missing}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever uses the store is tested on both engines, unless it asks for one of them."""
    if "engine" in metafunc.fixturenames:
        engines = ENGINES[:1] if "sqlite_database" in metafunc.fixturenames else ENGINES
        metafunc.parametrize(
            "engine", ENGINES[1:] if "postgres_database" in metafunc.fixturenames else engines
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: no core waits in the end for another that has begun one late."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says something that was counted or measured; it stands at the end of the run, whoever ran the test."""
    return lambda said: record_property(TOLD, said)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the tests have counted, each with its test."""
    told = [
        (report.nodeid.rpartition("::")[2], said)
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, said in report.user_properties
        if name == TOLD
    ]
    if told:
        terminalreporter.section("counted and measured")
    for test, said in told:
        terminalreporter.write_line(f"{test}: {said}")


# The store


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL cluster for the session, with a migrated `template` to copy from."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2**30
    directory = Path(tempfile.mkdtemp(prefix="campus-postgres-", dir=MEMORY if roomy else None))
    try:
        server = Postgres(directory)
        try:
            server.execute("CREATE DATABASE template")
            template = Database(server.url("template"))
            upgrade(template)
            template.close()
            yield server
        finally:
            server.stop()
    except Missing as missing:
        leave_out(missing)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "campus.db"
    template = Database(f"sqlite:///{path}")
    upgrade(template)
    template.close()
    return path


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The test's own store, empty and up to date; on SQLite, then on PostgreSQL."""
    if engine == "sqlite":
        path = request.getfixturevalue("tmp_path") / "campus.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        store = Database(f"sqlite:///{path}")
        yield store
        store.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"test_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE template")
    store = Database(server.url(name))
    yield store
    store.close()
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_database(database: Database) -> Database:
    """The same, for tests of what only SQLite does or where a second engine proves nothing."""
    return database


@pytest.fixture
def postgres_database(database: Database) -> Database:
    """The same, for tests of what only PostgreSQL is for: several workers."""
    return database


# The application


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings of a campus on `database`."""
    return Settings(
        data_dir=tmp_path, database_url=database.url, secret_key="only for the tests of Campus", **QUICK
    )


class CompiledTemplates(BytecodeCache):
    """Each template is compiled once for the session, not once for every test's application."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._kept[bucket.key, bucket.checksum] = bucket.code


_compiled_templates = CompiledTemplates()


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    made = create_app(settings)
    made.testing = True
    made.jinja_env.bytecode_cache = _compiled_templates
    yield made
    made.extensions["campus"].database.close()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """A caller who has not signed in. Tokens go into its `headers`, forms need their CSRF token."""
    return app.test_client()


@pytest.fixture
def member(database: Database) -> Member:
    """Ana, who has the password PASSWORD."""
    return _add(database, "ana@hub.example", "Ana Robles", "member")


@pytest.fixture
def staff(database: Database) -> Member:
    """Luis of facilities, who has the password PASSWORD."""
    return _add(database, "luis@hub.example", "Luis Ortega", "staff")


@pytest.fixture
def analyst(database: Database) -> Member:
    """Sara, who writes the reports."""
    return _add(database, "sara@hub.example", "Sara Kim", "analyst")


@pytest.fixture
def admin(database: Database) -> Member:
    """Iris, who runs the campus."""
    return _add(database, "iris@hub.example", "Iris Vega", "admin")


@pytest.fixture
def member_token(database: Database, member: Member) -> str:
    return _token(database, member)


@pytest.fixture
def staff_token(database: Database, staff: Member) -> str:
    return _token(database, staff)


def _add(database: Database, email: str, name: str, role: str) -> Member:
    with database.write() as session:
        added = add_member(session, email=email, name=name, role=role, password=None, now=clock.now())
        added.password_hash = _hash_of_password()
    return added


@cache
def _hash_of_password() -> str:
    """Made once: a store of their own does not ask for a hash of its own."""
    return PasswordHasher(
        time_cost=QUICK["password_time_cost"],
        memory_cost=QUICK["password_memory_mib"] * 1024,
        parallelism=QUICK["password_parallelism"],
    ).hash(PASSWORD)


def _token(database: Database, member: Member) -> str:
    with database.write() as session:
        return add_token(session, member, name="tests", now=clock.now())


# Servers and the browser


@pytest.fixture
def mosquitto() -> Iterator[Mosquitto]:
    """A real broker of the test's own: `.url`, `.port`, `.restart()`, `.kill()`, `.start()`."""
    with tempfile.TemporaryDirectory(prefix="campus-mosquitto-") as directory:
        try:
            server = Mosquitto(Path(directory))
        except Missing as missing:
            leave_out(missing)
            raise
        yield server
        server.stop()


@pytest.fixture
def start_campus(tmp_path: Path) -> Iterator[StartCampus]:
    """Starts a whole campus: `start_campus(CAMPUS_DEMO="0", …)`, on free ports and a new data dir."""
    started: list[Campus] = []

    def start(**environment: str) -> Campus:
        started.append(Campus(tmp_path / "var", environment))
        return started[-1]

    yield start
    for campus in started:
        campus.stop()


@pytest.fixture(scope="module")
def running_campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    """A whole campus with the demo hub, shared by the tests of one file; ready when it is handed over."""
    campus = Campus(tmp_path_factory.mktemp("campus") / "var", {})
    try:
        campus.wait_until_ready()
        yield campus
    finally:
        campus.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium. For one file only: while Playwright runs, no test can use asyncio."""
    try:
        path = _chromium_path()
    except Missing as missing:
        leave_out(missing)
        raise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A new window at 1440 × 900. An error of a script or of the content policy fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    # A refused form answers 422, which the browser's console counts as an error.
    assert [error for error in errors if "Failed to load resource" not in error] == []


def _chromium_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return program(name)
    return program("chromium", "/Applications/Chromium.app/Contents/MacOS")
