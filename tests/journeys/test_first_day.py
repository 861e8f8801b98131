"""A newcomer's first minutes with a whole campus: somebody's room booked by drag, a reading that arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

from campus import clock
from campus.demo import DEMO_MEMBERS
from devices.simulator.hub import things
from tests.running import Campus

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANA = DEMO_MEMBERS[0]
IN_A_WEEK = (clock.now().astimezone(ZoneInfo("America/Ciudad_Juarez")) + timedelta(days=7)).date()


@pytest.fixture
def sensor(running_campus: Campus) -> Iterator[mqtt.Client]:
    """A connection of a sensor's own to the campus's broker."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", running_campus.broker_port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def test_a_room_is_booked_by_drag_and_a_reading_arrives_on_the_page(
    running_campus: Campus, page: Page, sensor: mqtt.Client
) -> None:
    # The hub is alive for a stranger, too.
    page.goto(running_campus.url)
    expect(page.locator("h1")).to_contain_text("The hub draws")

    # Ana signs in with one click and goes to book.
    page.goto(f"{running_campus.url}/sign-in?next=/book?date={IN_A_WEEK}")
    page.get_by_role("button", name=ANA[1].split()[0]).first.click()
    lane = page.locator("[data-lane].is-live").first
    expect(lane).to_be_visible()

    # She draws an hour on the first lane, in its first free time.
    first_free = json.loads(lane.get_attribute("data-free") or "[]")[0][0]
    box, minutes = (
        lane.bounding_box(),
        page.evaluate("JSON.parse(document.getElementById('day-data').textContent).minutes"),
    )
    assert box
    start = -(-first_free // 15) * 15
    left, right = (box["x"] + box["width"] * minute / minutes for minute in (start, start + 60))
    y = box["y"] + box["height"] / 2
    page.mouse.move(left + 1, y)
    page.mouse.down()
    page.mouse.move(right - 2, y, steps=8)
    page.mouse.up()
    page.keyboard.type("First day at the hub")
    page.get_by_role("dialog").get_by_role("button", name="Book").click()
    expect(page.locator(".toast")).to_contain_text("Booked")
    expect(page.get_by_role("button", name="First day at the hub")).to_be_visible()

    # On the live page a panel of the green wall says something, and it is there without a reload.
    page.goto(running_campus.url)
    panel = next(thing for thing in things() if thing.slug == "panel-b2")
    moisture = page.locator(f"[data-live='{panel.slug} soil_moisture ']")
    expect(moisture).to_be_visible()
    page.evaluate("window.sameDocument = true")
    uplink = {
        "time": clock.now().isoformat(),
        "deviceInfo": {"devEui": panel.topic.rpartition("/")[2]},
        "object": {"moisture": 88},
    }
    sensor.publish(f"{panel.topic}/event/up", json.dumps(uplink), 1).wait_for_publish(30)
    expect(moisture).to_have_text("88", timeout=30_000)
    assert page.evaluate("window.sameDocument") is True
