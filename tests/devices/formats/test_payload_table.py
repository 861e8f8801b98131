"""The table of dialects in docs/devices.md is what the tool would write now."""

from __future__ import annotations

import pytest

from tests.devices.formats.test_recorded_payloads import COLLECTION
from tools import payload_table


@pytest.mark.skipif(COLLECTION is None, reason="left out: the recorded payloads in ../shared/data/payloads")
def test_the_table_of_dialects_is_as_of_now() -> None:
    text = payload_table.PAGE.read_text("utf-8")
    assert payload_table.BEGIN in text
    assert payload_table.END in text
    assert payload_table.page(text) == text, "run `make device-table`"


def test_the_list_of_dialects_is_as_of_now() -> None:
    text = payload_table.PAGE.read_text("utf-8")
    assert payload_table.LIST_BEGIN in text
    assert payload_table.LIST_END in text
    assert payload_table.page_with_list(text) == text, "run `make device-table`"


def test_the_page_keeps_what_stands_around_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload_table, "table", lambda: "| new |")
    before = f"above\n{payload_table.BEGIN}\n\n| old |\n\n{payload_table.END}\nbelow\n"
    assert payload_table.page(before) == before.replace("old", "new")
