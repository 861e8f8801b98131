"""docs/adding-a-device.md, followed step by step."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from campus.database import Database
from tests.devices.recipe_steps import blocks, follow

HOUSE = Path(__file__).parents[2]
ROOMS = ("campus", "dashboards", "devices", "docs", "tools", "tests/devices")


@pytest.mark.parametrize("section", [1, 2])
def test_every_step_of_the_recipe_does_what_it_says(
    client: FlaskClient, database: Database, staff_token: str, section: int
) -> None:
    follow(client, database, staff_token, blocks(section))


def test_a_new_dialect_is_one_file(sqlite_database: Database, staff_token: str, tmp_path: Path) -> None:
    """In a copy of the house to which the page's file was added where the page says, and nothing else."""
    house = tmp_path / "house"
    for room in ROOMS:
        ignored = shutil.ignore_patterns("__pycache__", "static", "simulator", "images")
        shutil.copytree(HOUSE / room, house / room, ignore=ignored)
    shutil.copy(HOUSE / "app.py", house)
    shutil.copytree(HOUSE / "devices" / "simulator", house / "devices" / "simulator")
    (house / "campus" / "static").symlink_to(HOUSE / "campus" / "static")
    steps = blocks(3)
    ((_kind, path, source),) = [one for one in steps if one.kind == "python"]
    assert not (HOUSE / path).exists()
    assert {one.kind for one in steps} == {"python", "decode", "json", "mqtt", "row"}
    (house / path).write_text(source, encoding="utf-8")

    _run(house, "tests.devices.recipe_steps", "3", str(tmp_path), staff_token)

    _run(house, "tools.payload_table")
    ((_kind, page, row),) = [one for one in steps if one.kind == "row"]
    assert row not in (HOUSE / page).read_text("utf-8")
    assert row in (house / page).read_text("utf-8")


def _run(house: Path, module: str, *arguments: str) -> None:
    command = [sys.executable, "-W", "error", "-m", module, *arguments]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
