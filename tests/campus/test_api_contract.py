"""Schemathesis against a real web process: no call of any kind breaks it or is answered as nobody said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from campus.database import Database
from campus.people.permissions import SCOPES
from campus.schema import upgrade
from tests.campus.people.town import settle
from tests.campus.web_process import WebProcess

pytestmark = pytest.mark.slow
LONGEST_S = 240
SEED = 20260303
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 429, "5xx"]
"""


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What tokens there are, by name; and `data_dir`."""
    place = tmp_path_factory.mktemp("web")
    database = Database(f"sqlite:///{place / 'campus.db'}")
    upgrade(database)
    with database.write() as store:
        made = settle(store)
    database.close()
    return {**made, "data_dir": str(place)}


@pytest.fixture(scope="module")
def web(secrets: dict[str, str]) -> Iterator[WebProcess]:
    process = WebProcess(Path(secrets["data_dir"]))
    yield process
    process.stop()


@pytest.mark.parametrize(
    ("who", "phases"),
    [
        ("admin", "coverage,fuzzing,stateful"),
        ("staff", "fuzzing"),
        ("member", "fuzzing"),
        ("analyst", "fuzzing"),
        (None, "coverage"),
    ],
)
def test_the_api_does_what_it_says(
    web: WebProcess, secrets: dict[str, str], tmp_path: Path, who: str | None, phases: str
) -> None:
    """No 5xx, no answer, header or type that is not described; nothing wrong accepted, nobody let in.

    That every well-formed call is accepted is not asked: that an end comes after its start stands in no
    schema. The stream never ends, and has tests of its own.
    """
    arguments = [
        *("--phases", phases, "--max-examples", "15", "--seed", str(SEED)),
        *("--exclude-operation-id", "live", "--exclude-checks", "positive_data_acceptance"),
        *("--continue-on-failure", "--no-color", "--suppress-health-check", "all", "--warnings", "off"),
    ]
    if who:
        token = secrets[f"{who} with a token to {' '.join(SCOPES)}"]
        arguments += ["--header", f"Authorization: Bearer {token}"]
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    program = Path(sys.executable).with_name("schemathesis")
    ran = subprocess.run(
        [program, "run", f"{web.url}/api/v1/openapi.json", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
    assert "Traceback" not in web.output()


def test_the_web_process_does_not_say_what_it_runs_on(web: WebProcess) -> None:
    assert requests.get(f"{web.url}/healthz", timeout=10).headers["Server"] == "campus"


def test_the_web_process_logs_no_address(web: WebProcess) -> None:
    """A link in a mail has its secret there."""
    for path in ("/join/a-secret-from-a-mail", "/nothing/a-secret-from-a-mail"):
        assert requests.get(web.url + path, timeout=10).status_code in (200, 302, 404, 410)
    assert "a-secret-from-a-mail" not in web.output()
