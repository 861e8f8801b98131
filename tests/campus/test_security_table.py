"""docs/security.md names tests: they exist, and its numbers look like what they are."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
PAGE = (HOUSE / "docs" / "security.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"V(1[0-7]|[1-9])\.[0-9]{1,2}\.[0-9]{1,2}")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    part = PAGE.partition(f"### {heading}\n")[2].partition("\n### ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| V")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def numbers(heading: str) -> list[str]:
    return [number for row in rows(heading) for number in row[0].split(", ")]


def test_every_promise_names_tests_that_exist() -> None:
    missing = []
    for row in rows("Met"):
        named = re.findall(r"`(tests/[^`:]+)::(test_[a-z0-9_]+)`", row[2])
        assert named, f"{row[0]} names no test"
        for path, name in named:
            file = HOUSE / path
            if not file.is_file() or not re.search(rf"^def {name}\(", file.read_text("utf-8"), re.MULTILINE):
                missing.append(f"{row[0]}: {path}::{name}")
    assert missing == []


def test_every_number_is_one_of_the_standard_and_stands_once() -> None:
    met, missed = numbers("Met"), numbers("Not met, or not by Campus alone")
    assert len(met) > 80
    assert [number for number in met + missed if not NUMBER.fullmatch(number)] == []
    assert [number for number, count in Counter(met).items() if count > 1] == []
    # partly met: what is missing is said beside it
    assert set(met) & set(missed) == {"V7.2.4", "V14.2.1"}
