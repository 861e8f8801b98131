"""docs/adding-a-device.md, followed step by step."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from campus.database import Database
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.readings import BadPayload, Source

RECIPE = Path(__file__).parents[2] / "docs" / "adding-a-device.md"
ARRIVAL = datetime(2026, 3, 3, 19, 0, 5, tzinfo=UTC)
ZONE = ZoneInfo("America/Ciudad_Juarez")


def blocks(*kinds: str) -> list[tuple[str, str, str]]:
    """(kind, what stands beside it, text) of the fenced blocks of these kinds, in order."""
    found = re.findall(r"^```(\S+) (.+?)\n(.*?)^```$", RECIPE.read_text(encoding="utf-8"), re.M | re.S)
    return [block for block in found if block[0] in kinds]


def test_every_step_of_the_recipe_does_what_it_says(
    client: FlaskClient, database: Database, staff_token: str
) -> None:
    ingest, headers = Ingest(database, ZONE), {"Authorization": f"Bearer {staff_token}"}
    for kind, title, text in blocks("json", "mqtt"):
        if kind == "mqtt":
            ingest.store([Arrival(title, text.encode(), ARRIVAL)])
            continue
        method, path = title.split()
        if method == "PUT":
            assert client.put(path, json=json.loads(text), headers=headers).status_code == 201
            _try_again_what_waits(client, headers)
        else:
            assert client.get(path, headers=headers).json == json.loads(text)


def test_the_dialect_of_the_recipe_decodes_its_samples() -> None:
    ((_python, _path, source),) = blocks("python")
    acme = ModuleType("acme")
    exec(source, acme.__dict__)  # noqa: S102 - our own documentation
    assert acme.suffix("acme/77", "acme/77/level") == "level"
    ((_decode, title, samples),) = blocks("decode")
    for sample in samples.splitlines():
        payload, expected = sample.split(" -> ")
        try:
            said = str(acme.decode(title.split()[1], payload.encode(), Source(ZONE)))
        except BadPayload as reason:
            said = f"BadPayload: {reason}"
        assert said == expected


def _try_again_what_waits(client: FlaskClient, headers: dict[str, str]) -> None:
    """What came before a device was registered."""
    waiting = client.get("/api/v1/quarantine", headers=headers).json
    assert waiting is not None
    for message in waiting["items"]:
        again = client.post(f"/api/v1/quarantine/{message['id']}/retry", headers=headers)
        assert again.json == {"stored": True, "detail": None}
