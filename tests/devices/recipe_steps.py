"""docs/adding-a-device.md as steps: its blocks in order, each done as it says.

Also a program, for a tree in which a file of the page was written: `python -m tests.devices.recipe_steps
SECTION DATA_DIR TOKEN` does the steps of one section there.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from campus.database import Database
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.readings import BadPayload, Source

RECIPE = Path(__file__).parents[2] / "docs" / "adding-a-device.md"
ARRIVAL = datetime(2026, 3, 3, 19, 0, 5, tzinfo=UTC)
ZONE = ZoneInfo("America/Ciudad_Juarez")
SECRET = "only for the tests of Campus"


class Block(NamedTuple):
    """A fenced block: what it is, what stands beside that, and its text."""

    kind: str
    title: str
    text: str


def blocks(section: int) -> list[Block]:
    """The fenced blocks of a numbered section, in order."""
    parts = re.split(r"^## (?=\d)", RECIPE.read_text(encoding="utf-8"), flags=re.M)
    (text,) = [part for part in parts if part.startswith(f"{section}. ")]
    return [Block(*found) for found in re.findall(r"^```(\S+) (.+?)\n(.*?)^```$", text, re.M | re.S)]


def follow(client: FlaskClient, database: Database, token: str, steps: Sequence[Block]) -> None:
    """Do each step; an answer has to be what the page shows. Its day is past: by now its values are old."""
    ingest, headers = Ingest(database, ZONE), {"Authorization": f"Bearer {token}"}
    for kind, title, text in steps:
        if kind == "mqtt":
            ingest.store([Arrival(title, text.encode(), ARRIVAL)])
        elif kind == "json" and title.startswith("PUT"):
            answer = client.put(title.split()[1], json=json.loads(text), headers=headers)
            assert answer.status_code == 201, answer.text
            _try_again_what_waits(client, headers)
        elif kind == "json":
            said = client.get(title.split()[1], headers=headers).json
            assert said is not None
            assert all(one.pop("stale") is True for one in said.values())
            assert said == json.loads(text)
        elif kind == "decode":
            _decode(title, text)


def _decode(title: str, samples: str) -> None:
    from devices.formats import formats

    name, suffix = title.split()
    for sample in samples.splitlines():
        payload, expected = sample.split(" -> ")
        try:
            said = str(formats()[name].decode(suffix, payload.encode(), Source(ZONE)))
        except BadPayload as reason:
            said = f"BadPayload: {reason}"
        assert said == expected, said


def _try_again_what_waits(client: FlaskClient, headers: dict[str, str]) -> None:
    """What came before a device was registered."""
    waiting = client.get("/api/v1/quarantine", headers=headers).json
    assert waiting is not None
    for message in waiting["items"]:
        again = client.post(f"/api/v1/quarantine/{message['id']}/retry", headers=headers)
        assert again.json == {"stored": True, "detail": None}


def main(section: str, data_dir: str, token: str) -> None:
    from app import create_app
    from campus.settings import Settings

    url = f"sqlite:///{data_dir}/campus.db"
    made = create_app(Settings(data_dir=Path(data_dir), database_url=url, secret_key=SECRET))
    follow(made.test_client(), made.extensions["campus"].database, token, blocks(int(section)))


if __name__ == "__main__":
    main(*sys.argv[1:])
