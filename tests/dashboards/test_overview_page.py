"""The start page: who may look, what it says, and that nothing a device says can harm it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from campus.database import Database
from campus.notes import write_note
from devices.intake.models import LiveBatch
from devices.models import Presence
from tests.dashboards.small_hub import HOSTILE, NOW, add


@pytest.fixture
def demo(database: Database) -> Database:
    """A demo hub with a grid meter and a roof: 6 kW in, 4 kW of sun."""
    with database.write() as session:
        write_note(session, "demo", "1")
    add(database, "main", "meter", {"power": 6_000.0}, role="grid")
    add(database, "roof", "solar", {"power": 4_000.0})
    return database


def answer(html: str) -> str:
    found = re.search(r'id="answer">([^<]*)<', html)
    assert found
    return found[1].replace("\u00a0", " ")


def live_data(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="overview-data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.usefixtures("member")
def test_a_stranger_is_sent_to_the_sign_in_of_a_real_hub(client: FlaskClient) -> None:
    reply = client.get("/")
    assert reply.status_code == 302
    assert reply.headers["Location"].startswith("/sign-in")


@pytest.mark.usefixtures("demo")
def test_everybody_may_look_at_a_demo_hub(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200


@pytest.mark.usefixtures("demo")
def test_the_answer_comes_first(client: FlaskClient) -> None:
    assert answer(client.get("/").text) == "The hub draws 10.0 kW, 40 % of it sun"


@pytest.mark.usefixtures("demo")
def test_the_answer_is_told_in_spanish_to_who_reads_spanish(client: FlaskClient) -> None:
    html = client.get("/", headers={"Accept-Language": "es-MX,es;q=0.9"}).text
    assert '<html lang="es-MX"' in html


def test_a_silent_meter_is_said_to_be_silent(demo: Database, client: FlaskClient) -> None:
    with demo.write() as session:
        session.query(Presence).update({"last_seen": NOW - timedelta(hours=2)})
    assert answer(client.get("/").text) == "The grid meter is silent"


def test_an_empty_hub_says_what_to_do_next(database: Database, client: FlaskClient) -> None:
    with database.write() as session:
        write_note(session, "demo", "1")
    html = client.get("/").text
    assert "No device is known yet" in html
    assert "plotly" not in html


def test_what_devices_say_is_shown_and_never_run(demo: Database, client: FlaskClient) -> None:
    add(demo, "evil", "charger", {"charger_status": "charging", "power": 1.0}, name=HOSTILE)
    add(demo, "evil-p", "printer", {"printer_status": "printing", "print_job": HOSTILE}, name=HOSTILE)
    add(demo, "evil-g", "garden", {"soil_moisture": 3.0}, name=HOSTILE)
    html = client.get("/").text
    assert HOSTILE not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 4


def test_who_is_charging_is_shown_to_staff_only(
    demo: Database, client: FlaskClient, staff_token: str, member_token: str
) -> None:
    add(demo, "c1", "charger", {"charger_status": "charging", "vehicle": "Carla's Leaf", "power": 7.0})
    for token, shown in ((staff_token, True), (member_token, False)):
        html = client.get("/", headers={"Authorization": f"Bearer {token}"}).text
        assert ("Carla" in html) is shown


def test_the_page_tells_where_the_stream_goes_on(demo: Database, client: FlaskClient) -> None:
    with demo.write() as session:
        session.add(LiveBatch(at=NOW, body=b"[]"))
    data = live_data(client.get("/").text)
    assert data["after"] == 1
    assert data["values"] == {"main power ": 6_000.0, "roof power ": 4_000.0}
    assert client.get("/overview.json").json["after"] == 1  # type: ignore[index]


@pytest.mark.usefixtures("demo")
def test_the_chart_has_a_table_behind_it(client: FlaskClient) -> None:
    html = client.get("/").text
    assert html.count('<th scope="row">') == 12
    assert '<th scope="col" class="number">Sun, kW</th>' in html


def test_a_card_of_a_device_without_a_word_says_since_when(demo: Database, client: FlaskClient) -> None:
    add(demo, "c1", "charger", {"charger_status": "available"}, seen=NOW - timedelta(days=2))
    html = client.get("/overview/cards").text
    assert 'data-device="c1" data-state="offline"' in html
    assert "last heard" in html
    assert "No word from c1" in html


def test_attention_names_faults_before_dry_panels(demo: Database, client: FlaskClient) -> None:
    add(demo, "p", "garden", {"soil_moisture": 9.0}, name="Panel C4")
    add(demo, "c1", "charger", {"charger_status": "faulted"}, name="Charger 1")
    html = client.get("/overview/cards").text
    assert html.index("Charger 1 has a fault") < html.index("C4 is dry")


@pytest.mark.usefixtures("demo")
def test_no_style_or_script_is_written_into_the_page(client: FlaskClient) -> None:
    html = client.get("/").text
    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in script or "application/json" in script for script in scripts)
