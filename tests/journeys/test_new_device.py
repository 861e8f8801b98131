"""New sensors are hung: they announce themselves, are accepted, and are live; a strange one is mapped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

from campus.demo import DEMO_MEMBERS
from tests.running import Campus

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
PATIENCE_MS = 30_000
STAFF = next(name for _email, name, role, *_ in DEMO_MEMBERS if role == "staff")


class Publisher:
    """A device's own connection to the campus's broker."""

    def __init__(self, port: int) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def say(self, topic: str, said: object, *, retain: bool = False) -> None:
        self._client.publish(topic, json.dumps(said), 1, retain).wait_for_publish(30)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def tasmota(running_campus: Campus) -> Iterator[Publisher]:
    made = Publisher(running_campus.broker_port)
    yield made
    made.leave()


@pytest.fixture
def zigbee(running_campus: Campus) -> Iterator[Publisher]:
    made = Publisher(running_campus.broker_port)
    yield made
    made.leave()


def look_until(page: Page, path: str, text: str) -> None:
    """Open a page again until it shows something: devices take a moment to be heard."""
    for _ in range(30):
        page.goto(path)
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(500)
    expect(page.get_by_text(text).first).to_be_visible()


def has_no_fault(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document.querySelector('main')).then(r => r.violations.map(v => v.id))")
    assert found == []


def is_live(page: Page, plug: Publisher) -> None:
    """The page of the plug shows what it says next, in its place."""
    power = page.get_by_role("row", name=re.compile("Power"))
    expect(power).to_contain_text("91")
    expect(page.locator("#live-data[data-begun]")).to_be_attached()
    page.evaluate("window.sameDocument = true")
    plug.say("tele/coldstore/SENSOR", {"ENERGY": {"Total": 12.5, "Power": 2345}})
    expect(power).to_contain_text("2.345", timeout=PATIENCE_MS)
    assert page.evaluate("window.sameDocument") is True


def is_hung_by_a_click(page: Page) -> None:
    """It is put on the plan, and the plan shows it."""
    page.get_by_role("link", name="Put it on the plan").click()
    room = page.locator("[data-board] [data-space]").first
    name = (room.text_content() or "").strip()
    room.locator("rect").click(position={"x": 12, "y": 12})
    has_no_fault(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text(name)
    page.locator(".about").get_by_role("link", name=name).click()
    mark = page.locator(".floor-thing", has_text="Cold store plug")
    expect(mark).to_have_class(re.compile("is-online"))
    has_no_fault(page)


def test_new_devices_are_accepted_and_a_strange_one_is_mapped(
    running_campus: Campus, page: Page, tasmota: Publisher, zigbee: Publisher
) -> None:
    # Two devices come up and say who they are, as their firmware does.
    config = {"dn": "Cold store plug", "t": "coldstore", "ft": "%prefix%/%topic%/", "mac": "A4CF12000001"}
    tasmota.say("tasmota/discovery/A4CF12000001/config", config, retain=True)
    tasmota.say("tele/coldstore/SENSOR", {"ENERGY": {"Total": 12.5, "Power": 91}})
    network = [
        {
            "type": "EndDevice",
            "friendly_name": "Store door",
            "definition": {"exposes": [{"property": "contact"}]},
        }
    ]
    zigbee.say("zigbee2mqtt/bridge/devices", network, retain=True)
    zigbee.say("zigbee2mqtt/Store door", {"contact": True, "battery": 88})
    tasmota.say("yard/weather7", {"outside": {"t": 31.25}, "rain": {"tips": 40}, "gate": 1})

    # Staff find them in the inbox, named.
    page.goto(f"{running_campus.url}/sign-in?next=/devices/inbox")
    page.get_by_role("button", name=STAFF.split()[0]).first.click()
    for name in ("Cold store plug", "Store door", "weather7"):
        look_until(page, f"{running_campus.url}/devices/inbox", name)
    has_no_fault(page)

    # One click each; what had waited is there, and what comes next is seen live.
    page.get_by_role("button", name="Accept Cold store plug").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cold store plug")
    expect(page.locator("#toasts")).to_contain_text("is registered")
    is_live(page, tasmota)
    is_hung_by_a_click(page)
    page.goto(f"{running_campus.url}/devices/inbox")
    page.get_by_role("button", name="Accept Store door").click()
    expect(page.get_by_role("row", name=re.compile("Door"))).to_contain_text("closed")
    page.get_by_role("link", name="Its messages").click()
    expect(page.get_by_text("Nothing yet").or_(page.locator(".sample-payload").first)).to_be_visible()
    page.evaluate("window.sameDocument = true")
    zigbee.say("zigbee2mqtt/Store door", {"contact": False, "battery": 87})
    expect(page.locator("[data-messages]")).to_contain_text('"battery": 87', timeout=PATIENCE_MS)
    assert page.evaluate("window.sameDocument") is True
    has_no_fault(page)
    page.goto(f"{running_campus.url}/devices/store-door")
    expect(page.get_by_role("row", name=re.compile("Door"))).to_contain_text("open")

    # The strange one is mapped: click a value, name it, see the result, save.
    page.goto(f"{running_campus.url}/devices/inbox")
    page.locator("li", has_text="yard/weather7").get_by_role("link", name="Map its values").click()
    page.get_by_role("button", name="Keep outside.t").click()
    page.get_by_role("button", name="Keep rain.tips").click()
    metrics, scales = page.get_by_label("Is the"), page.get_by_label("Multiplied by")
    metrics.nth(0).fill("temperature")
    metrics.nth(1).fill("rain")
    scales.nth(1).fill("0.2")
    page.get_by_role("button", name="Show the result").last.click()
    result = page.get_by_role("region", name="What would be kept of this message")
    expect(result).to_contain_text("31.25")
    expect(result).to_contain_text("8")
    has_no_fault(page)
    page.get_by_label("Name", exact=True).fill("Yard weather")
    page.get_by_label("Short name").fill("yard-weather")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Yard weather")
    expect(page.get_by_role("row", name=re.compile("Temperature"))).to_contain_text("31.25")
    expect(page.get_by_role("row", name=re.compile("Rain"))).to_contain_text("8")
    page.goto(f"{running_campus.url}/devices/inbox")
    expect(page.get_by_text("yard/weather7")).to_have_count(0)
