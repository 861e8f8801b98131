"""What staff may say about a device, and what is wrong with it, field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from flask_babel import gettext as _
from pydantic_core import PydanticCustomError

from campus.fields import SLUG, one_line
from devices import flow_options
from devices.formats import formats
from devices.history import retention
from devices.models import KINDS, METER_ROLES

LONGEST_NAME, LONGEST_TOPIC, LARGEST_OPTIONS, DEEPEST_OPTIONS = 120, 512, 65_536, 32
LONGEST_INTERVAL_S = 31 * 86_400
LARGEST_POWER_W = 1e9
WITH_PLUS = ("chirpstack", "ttn", "sparkplug", "homeassistant", "openmqttgateway")
"""Dialects whose root may hold a + (an application that may change, the kind of message, the gateway)."""
PAGES = frozenset({"inbox", "mapping"})
"""Slugs that no device has: pages stand there."""

Faults = dict[str, str]
"""What is wrong, by field."""


@dataclass(frozen=True, slots=True)
class Description:
    """What staff say about a device. `space` is the slug of the resource where it hangs."""

    name: str
    kind: str
    format: str
    topic: str
    space: str | None = None
    expected_interval_s: float | None = None
    rated_power_w: float | None = None
    role: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def check(slug: str, said: Description) -> Faults:
    """What is wrong with a description, as far as it can be told without the store."""
    faults: Faults = {}
    if not SLUG.fullmatch(slug):
        faults["slug"] = _("1 to 64 of a-z, 0-9 and -, beginning with a letter or a number")
    elif slug in PAGES:
        faults["slug"] = _("this name is taken; choose another")
    faults |= _about_name(said.name)
    if said.kind not in KINDS:
        faults["kind"] = _("one of %(names)s", names=", ".join(KINDS))
    if said.role is not None and said.role not in METER_ROLES:
        faults["role"] = _("one of %(names)s, or none", names=", ".join(METER_ROLES))
    for name, value, most in (
        ("expected_interval_s", said.expected_interval_s, LONGEST_INTERVAL_S),
        ("rated_power_w", said.rated_power_w, LARGEST_POWER_W),
    ):
        if value is not None and not 0 < value <= most:
            faults[name] = _("a number above 0, at most %(most)s", most=f"{most:,.0f}")
    if said.format not in formats():
        faults["format"] = _("one of %(names)s", names=", ".join(sorted(formats())))
    else:
        faults |= _about_topic(said)
        faults |= _about_options(said)
    return faults


def _about_name(name: str) -> Faults:
    try:
        fits = len(one_line(name)) <= LONGEST_NAME
    except PydanticCustomError as error:
        return {"name": error.message()}
    return {} if fits else {"name": _("%(most)d characters at most", most=LONGEST_NAME)}


def _about_topic(said: Description) -> Faults:
    topic = said.topic
    if not topic or topic != topic.strip() or len(topic) > LONGEST_TOPIC or not topic.isprintable():
        return {"topic": _("1 to %(most)d printable characters, no space at either end", most=LONGEST_TOPIC)}
    if "#" in topic or ("+" in topic and said.format not in WITH_PLUS):
        return {"topic": _("%(format)s takes a topic without + and #", format=said.format)}
    return {}


def _about_json(options: Mapping[str, Any]) -> Faults:
    if not _is_shallow(options, DEEPEST_OPTIONS):
        return {"options": _("%(most)d levels at most", most=DEEPEST_OPTIONS)}
    try:
        written = json.dumps(options, allow_nan=False)
        orjson.loads(written)  # refuses halves of characters, and numbers beyond a float
    except (TypeError, ValueError, RecursionError):
        return {"options": _("a JSON object of finite numbers, texts, lists and objects")}
    if len(written) > LARGEST_OPTIONS:
        return {"options": _("%(most)d bytes at most", most=LARGEST_OPTIONS)}
    return {}


def _about_options(said: Description) -> Faults:
    faults = _about_json(said.options)
    if faults:
        return faults
    wrong = _about_own(said.options) or flow_options.fault(said.options, said.expected_interval_s)
    if wrong:
        return {"options": wrong}
    check_options = getattr(_dialect(said.format), "check_options", None)
    if check_options is not None:
        try:
            check_options(said.options)
        except ValueError as error:
            return {"options": str(error)}
    return {}


def _about_own(options: Mapping[str, Any]) -> str | None:
    """What is wrong with the options that every dialect has."""
    zone = options.get("timezone")
    if zone is not None and not _is_zone(zone):
        return str(_("timezone: a zone of the IANA time zone database"))
    if not isinstance(options.get("history", False), bool):
        return str(_("history: true or false"))
    if not _is_sleep(options.get("sleeps", False)):
        return str(_("sleeps: true, or the seconds from one check-in to the next"))
    if not retention.is_good(options):
        days = {"least": retention.LEAST_DAYS, "most": retention.MOST_DAYS}
        return str(_("keep_raw_days: whole days from %(least)d to %(most)d, or so many by metric", **days))
    return None


def _is_shallow(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return levels >= 0 and all(_is_shallow(one, levels - 1) for one in inner)


def _dialect(name: str) -> object:
    return import_module(f"devices.formats.{name}")


def _is_sleep(told: object) -> bool:
    if told is None or isinstance(told, bool):
        return True
    return isinstance(told, int | float) and 0 < told <= LONGEST_INTERVAL_S


def _is_zone(name: object) -> bool:
    try:
        return isinstance(name, str) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
