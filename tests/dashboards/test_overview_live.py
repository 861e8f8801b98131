"""The overview in a real browser: it moves, it says when it does not, and it stays safe."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from campus import clock
from campus.database import Database
from campus.moments import to_micros
from campus.notes import write_note
from campus.people.models import Member
from campus.people.sessions import end_all
from dashboards.charts import Line, line_chart
from devices.intake.models import LiveBatch
from devices.models import Device, Series
from tests.dashboards.small_hub import HOSTILE, add
from tests.doors import walk_in

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
Say = Callable[[str, str, float], None]


@pytest.fixture
def hub(sqlite_database: Database) -> Database:
    """A demo hub: 6 kW from the grid, 4 kW of sun, a charger with a hostile name."""
    with sqlite_database.write() as session:
        write_note(session, "demo", "1")
    add(sqlite_database, "main", "meter", {"power": 6_000.0}, role="grid", seen=clock.now())
    add(sqlite_database, "roof", "solar", {"power": 4_000.0}, seen=clock.now())
    said = {"charger_status": "charging", "power": 1_000.0, "session_energy": 2.0}
    add(sqlite_database, "c1", "charger", said, name=HOSTILE, seen=clock.now())
    return sqlite_database


@pytest.fixture
def server(hub: Database, app: APIFlask) -> Iterator[BaseWSGIServer]:
    made = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join(5)


@pytest.fixture
def url(server: BaseWSGIServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/"


@pytest.fixture
def say(hub: Database) -> Say:
    """What the ingest does when a device speaks: say(slug, metric, value)."""

    def now(slug: str, metric: str, value: float) -> None:
        with hub.write() as session:
            query = select(Series.id).join(Device).where(Device.slug == slug, Series.metric == metric)
            moment = clock.now()
            body = json.dumps([[session.scalars(query).one(), to_micros(moment), value]])
            session.add(LiveBatch(at=moment, body=body.encode()))

    return now


def answer(text: str) -> str:
    """The headline, whose units are tied to their numbers by hard spaces."""
    return text.replace(" kW", "\u00a0kW").replace(" %", "\u00a0%")


def chart_points(page: Page) -> int:
    points: int = page.evaluate("document.getElementById('power-chart').data[0].x.length")
    return points


def test_a_reading_changes_its_number_in_place_and_the_chart_grows(page: Page, url: str, say: Say) -> None:
    page.goto(url)
    expect(page.locator("#live-word")).to_have_text("Live")
    before = chart_points(page)
    say("main", "power", 12_000.0)
    expect(page.locator("#answer")).to_have_text(answer("The hub draws 16.0 kW, 25 % of it sun"))
    expect(page.locator("[data-power=grid]")).to_have_text("12.0")
    assert chart_points(page) == before + 1


def test_time_alone_makes_a_card_late_and_then_offline(page: Page, url: str) -> None:
    page.clock.install()
    page.goto(url)
    expect(page.locator("#live-word")).to_have_text("Live")
    page.context.set_offline(True)  # nobody is asked
    card = page.locator("li[data-device=c1]")
    expect(card).to_have_attribute("data-state", "online")
    page.clock.fast_forward(1_000_000)  # it speaks every ten minutes
    expect(card).to_have_attribute("data-state", "stale")
    expect(card.locator(".silence")).to_contain_text("Late")
    expect(card.locator(".silence")).to_contain_text("last heard")
    page.clock.fast_forward(1_000_000)
    expect(card).to_have_attribute("data-state", "offline")
    expect(card.locator(".silence")).to_contain_text("Offline")


def test_what_came_between_snapshot_and_stream_is_not_lost(page: Page, url: str, say: Say) -> None:
    def slow(route: Any) -> None:
        reply = route.fetch()
        say("c1", "session_energy", 3.5)
        route.fulfill(response=reply)

    page.route(url, slow)
    page.goto(url)
    expect(page.locator('[data-live="c1 session_energy "]')).to_have_text("3.50")


def test_a_hidden_page_rests_and_catches_up(page: Page, url: str, say: Say) -> None:
    page.goto(url)
    expect(page.locator("#live-word")).to_have_text("Live")
    hide = "Object.defineProperty(document, 'hidden', { configurable: true, get: () => %s });"
    turn = "document.dispatchEvent(new Event('visibilitychange'));"
    page.evaluate(hide % "true" + turn)
    say("main", "power", 8_000.0)
    page.wait_for_timeout(700)
    expect(page.locator("[data-power=grid]")).to_have_text("6.00")
    page.evaluate(hide % "false" + turn)
    expect(page.locator("[data-power=grid]")).to_have_text("8.00")
    expect(page.locator("#live-word")).to_have_text("Live")


def test_a_hub_out_of_reach_is_said_to_be_offline_until_it_is_back(page: Page, url: str, say: Say) -> None:
    page.route("**/api/v1/live*", lambda route: route.abort())
    page.goto(url)
    expect(page.locator("#live-word")).to_contain_text("Offline since", timeout=10_000)
    say("roof", "power", 5_000.0)
    page.unroute("**/api/v1/live*")
    expect(page.locator("[data-power=sun]")).to_have_text("5.00", timeout=10_000)
    expect(page.locator("#live-word")).to_have_text("Live")


def test_a_page_whose_session_was_ended_elsewhere_says_so_and_rests(
    page: Page, url: str, app: APIFlask, hub: Database, member: Member
) -> None:
    browser = app.test_client()
    walk_in(browser, member)
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
    page.goto(url)
    expect(page.locator("#live-word")).to_have_text("Live")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with hub.write() as session:
        end_all(session, member.id, clock.now())
    expect(page.locator("#live-word")).to_have_text("You are signed out")
    expect(page.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(300)
    assert asked == []


def test_the_page_is_whole_without_javascript(chromium: Browser, url: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    assert page.inner_text("#answer") == answer("The hub draws 10.0 kW, 40 % of it sun")
    page.get_by_text("Show the numbers").click()
    assert page.get_by_role("row").count() == 13
    context.close()


def test_a_hostile_name_does_no_harm_in_a_chart(page: Page, url: str) -> None:
    page.goto(url)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    start = datetime(2026, 3, 3, tzinfo=UTC)
    line = Line(HOSTILE, "cars", [(start, 1.0), (start + timedelta(hours=1), 2.0)])
    figure = line_chart([line], unit="kW", zone=UTC, start=start, end=start + timedelta(hours=1))
    figure["layout"]["showlegend"] = True
    page.evaluate("figure => Plotly.newPlot('power-chart', figure.data, figure.layout)", figure)
    expect(page.locator("#power-chart .legendtext")).to_have_text(HOSTILE)
    assert page.locator("#power-chart img").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(page: Page, url: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(url)
    expect(page.locator("#power-chart .main-svg").first).to_be_visible()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 20
    assert [(fault["id"], fault["nodes"][0]["target"]) for fault in found["violations"]] == []
