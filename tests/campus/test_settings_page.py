"""docs/settings.md says what campus/settings.py says, and nothing else."""

from __future__ import annotations

import re

from campus.settings import PREFIX, Settings
from tests.running import HOUSE

TABLE_ROW = re.compile(r"^\| `(CAMPUS_\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def default(name: str) -> str:
    value = Settings.model_fields[name].default
    return "not set" if value is None else f"`{value}`"


def test_every_setting_stands_on_its_page_with_its_default_and_what_is_accepted() -> None:
    page = (HOUSE / "docs" / "settings.md").read_text(encoding="utf-8")
    told = [(name, default, accepted) for name, default, accepted in TABLE_ROW.findall(page)]
    assert told == [
        (f"{PREFIX}{name.upper()}", default(name), field.description)
        for name, field in Settings.model_fields.items()
    ]
