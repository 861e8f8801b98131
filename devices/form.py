"""The form of a device: what was typed, kept as it is, and what it means."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from devices import flow_options
from devices.description import Description, Faults
from devices.models import Device

LONGEST = 100_000
"""Characters of a field that are kept."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's fields as text."""

    slug: str = ""
    name: str = ""
    kind: str = ""
    format: str = ""
    topic: str = ""
    space: str = ""
    expected_interval_s: str = ""
    rated_power_w: str = ""
    role: str = ""
    min_interval_s: str = ""
    dead_band: str = ""
    flood_limit: str = ""
    options: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> Typed:
        return cls(**{name: sent[name][:LONGEST] for name in cls.__dataclass_fields__ if name in sent})

    @classmethod
    def said(cls, slug: str, said: Description) -> Typed:
        """The form of a device that is proposed."""
        options = json.dumps(said.options, indent=2, ensure_ascii=False) if said.options else ""
        return cls(
            slug=slug, name=said.name, kind=said.kind, format=said.format, topic=said.topic, options=options
        )

    @classmethod
    def as_is(cls, device: Device, space: str | None) -> Typed:
        """The form of a device as it stands. Options that have a field of their own stand there."""
        options = {name: said for name, said in device.options.items() if name not in flow_options.NAMES}
        return cls(
            slug=device.slug,
            name=device.name,
            kind=device.kind,
            format=device.format,
            topic=device.topic,
            space=space or "",
            expected_interval_s=_plain(device.expected_interval_s),
            rated_power_w=_plain(device.rated_power_w),
            role=device.role or "",
            min_interval_s=flow_options.plain(device.options.get("min_interval_s")),
            dead_band=flow_options.band_text(device.options.get("dead_band")),
            flood_limit=flow_options.plain(device.options.get("flood_limit")),
            options=json.dumps(options, indent=2, ensure_ascii=False) if options else "",
        )

    def with_slug(self) -> Typed:
        """The same, with a slug made from the name where none was typed."""
        if self.slug.strip():
            return replace(self, slug=self.slug.strip())
        return replace(self, slug=slug_of(self.name))

    def unchosen(self) -> Faults:
        """The choices that were left open, in words that need no list of values."""
        return {name: _("choose one of the list") for name in ("kind", "format") if not getattr(self, name)}

    def description(self) -> tuple[Description, Faults]:
        """What it asks for, and which fields cannot be read."""
        faults: Faults = {}
        interval = _number("expected_interval_s", self.expected_interval_s, faults)
        power = _number("rated_power_w", self.rated_power_w, faults)
        options = _object(self.options, faults) | self._flow(faults)
        said = Description(
            name=self.name,
            kind=self.kind,
            format=self.format,
            topic=self.topic.strip(),
            space=self.space or None,
            expected_interval_s=interval,
            rated_power_w=power,
            role=self.role or None,
            options=options,
        )
        return said, faults

    def _flow(self, faults: Faults) -> dict[str, Any]:
        """The options that have a field of their own, as far as something was typed."""
        said: dict[str, Any] = {
            "min_interval_s": _number("min_interval_s", self.min_interval_s, faults),
            "flood_limit": _number("flood_limit", self.flood_limit, faults),
        }
        if self.dead_band.strip():
            said["dead_band"] = flow_options.read_band(self.dead_band)
            if said["dead_band"] is None:
                faults["dead_band"] = _("a number, or one for each metric: power=5, temperature=0.1")
        return {name: value for name, value in said.items() if value is not None}


def slug_of(name: str) -> str:
    """A slug made from a name: '' where nothing of it can stand in one."""
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:64].strip("-")


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if value < 1e6 else f"{value:.0f}"


def _number(name: str, text: str, faults: Faults) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        faults[name] = _("a number, or nothing")
        return None


def _object(text: str, faults: Faults) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        faults["options"] = _(
            "not JSON: line %(line)d, column %(column)d", line=error.lineno, column=error.colno
        )
        return {}
    except RecursionError:
        value = None
    if not isinstance(value, dict):
        faults["options"] = _('a JSON object, such as {"fields": {}}')
        return {}
    return value
