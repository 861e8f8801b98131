"""The templates of Home Assistant that can be read without running them.

    {{ value }}    {{ value_json.power }}    {{ value_json['a']["b"].c[0] | float / 1000 }}

Jinja is a programming language, and a configuration comes from whoever can publish. What is not of this
form is refused, for staff to map by hand. The default in `float(0)` is left out: it would turn a value that
is missing into a 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

from devices.formats._json import shown

Path = tuple[str | int, ...]
STEP = re.compile(r"""\.([A-Za-z_][A-Za-z0-9_]*)|\[\s*(?:'([^'\\]*)'|"([^"\\]*)"|([0-9]{1,6}))\s*\]""")
TEMPLATE = re.compile(
    r"""\{\{-?\s*(?P<root>value_json|value)(?P<steps>(?:\.[A-Za-z_][A-Za-z0-9_]*|\[[^\]]{1,100}\])*)"""
    r"""(?P<filters>(?:\s*\|\s*(?:float|int)(?:\(\s*(?:default\s*=\s*)?[-0-9.a-zA-Z]*\s*\))?)*)"""
    r"""(?:\s*/\s*(?P<per>[0-9]+(?:\.[0-9]+)?))?\s*-?\}\}"""
)
LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Template:
    """Where a value stands: at a path of the JSON payload, or the payload itself (None)."""

    path: Path | None = None
    per: float = 1.0


@lru_cache(maxsize=4096)
def read_template(text: str) -> Template:
    """A template's meaning. Raises ValueError with a text for the person who has to map it by hand."""
    plain = text.strip()
    if not plain:
        return Template()
    found = TEMPLATE.fullmatch(plain) if len(plain) <= LONGEST else None
    if found is None:
        raise ValueError(f"the template {shown(plain)} is not run: map it by hand")
    per = float(found["per"]) if found["per"] else 1.0
    if per == 0 or not isfinite(per):
        raise ValueError(f"the template {shown(plain)} divides by {found['per']}")
    if found["root"] == "value":
        if found["steps"]:
            raise ValueError(f"the template {shown(plain)} is not run: map it by hand")
        return Template(None, per)
    steps = found["steps"]
    path: list[str | int] = []
    place = 0
    for step in STEP.finditer(steps):
        if step.start() != place:
            break
        attribute, single, double, index = step.groups()
        path.append(
            int(index)
            if index is not None
            else next(name for name in (attribute, single, double) if name is not None)
        )
        place = step.end()
    if place != len(steps):
        raise ValueError(f"the template {shown(plain)} is not run: map it by hand")
    return Template(tuple(path), per)
