"""What may be said about a device."""

from __future__ import annotations

from typing import Any

import pytest

from devices.description import Description, check

GOOD = {"name": "Main meter", "kind": "meter", "format": "tasmota", "topic": "main"}


def faults(slug: str = "main", **other: Any) -> set[str]:
    return set(check(slug, Description(**(GOOD | other))))


def test_a_plain_description_has_no_faults() -> None:
    assert faults() == set()
    assert faults(name="<img src=x onerror=alert(1)>", topic="hub/a b/ñ", role="grid") == set()


@pytest.mark.parametrize("slug", ["", "Main", "-main", "a b", "x" * 65, "a_b", "ñ", "a/b", "a\n"])
def test_a_slug_is_short_and_plain(slug: str) -> None:
    assert faults(slug) == {"slug"}


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "two\nlines", "a\x00b", "half \ud800"])
def test_a_name_is_one_short_line(name: str) -> None:
    assert faults(name=name) == {"name"}


@pytest.mark.parametrize(
    "topic", ["", " ", " main", "x" * 513, "tele/#", "+/main", "te\x00le", "\ud800", "two\nlines"]
)
def test_a_topic_is_a_root_without_wildcards(topic: str) -> None:
    assert faults(topic=topic) == {"topic"}


def test_an_application_of_chirpstack_may_change() -> None:
    assert faults(format="chirpstack", topic="application/+/device/a84041d0b1b2c3d4") == set()
    assert faults(format="chirpstack", topic="application/#") == {"topic"}


@pytest.mark.parametrize("number", [0, -1, float("nan"), float("inf"), 1e12])
def test_an_interval_and_a_power_are_above_zero_and_believable(number: float) -> None:
    assert faults(expected_interval_s=number, rated_power_w=number) == {
        "expected_interval_s",
        "rated_power_w",
    }


@pytest.mark.parametrize(
    "options",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": 5},
        {"history": "yes"},
        {"sleeps": "yes"},
        {"sleeps": 0},
        {"sleeps": -3600},
        {"sleeps": 1e9},
        {"keep_raw_days": 3},
        {"keep_raw_days": {"power": "90"}},
        {"x": float("nan")},
        {"x": "y" * 70_000},
    ],
)
def test_options_are_json_with_a_real_zone(options: dict[str, Any]) -> None:
    assert faults(options=options) == {"options"}


def test_a_mapping_is_checked_before_it_is_believed() -> None:
    good = {"fields": {"power": {"path": "a.b[0].c", "scale": 0.001}}}
    assert faults(format="mapping", options=good) == set()
    assert faults(format="mapping", options={"fields": {"power": {"path": 5}}}) == {"options"}


def test_every_fault_is_named_at_once() -> None:
    assert faults(name="", kind="spaceship", role="boss", format="morse") == {
        "name",
        "kind",
        "role",
        "format",
    }
