"""Writes the table of dialects in docs/devices.md anew: `make device-table`.

Every line of the recorded payloads beside the project is decoded and held against what its collector
expects, by the very test that does so (tests/devices/formats/test_recorded_payloads.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from devices.formats import formats
from devices.readings import BadPayload
from tests.devices.formats import test_recorded_payloads as recorded

PAGE = Path(__file__).resolve().parent.parent / "docs" / "devices.md"
BEGIN, END = "<!-- made by `make device-table`, from here -->", "<!-- to here -->"
NO_DEVICES = ("counter-sequences",)
"""Files of the collection that hold no payloads."""


@dataclass(slots=True)
class Tally:
    """One file of the collection."""

    name: str
    lines: int = 0
    expected: int = 0
    refused: int = 0
    others: int = 0
    """Lines of a dialect that nobody reads yet, or that are not as expected."""
    dialects: set[str] = field(default_factory=set)


def table() -> str:
    """The table, its sum, and the exceptions, as they stand in docs/devices.md."""
    tallies = list(_tallies())
    rows = [
        f"| {_titles(one)} | `{one.name}` | {one.lines} | {one.expected} "
        f"| {one.refused or ''} | {one.others or ''} |"
        for one in tallies
    ]
    lines, good, refused, others = (
        sum(getattr(one, name) for one in tallies) for name in ("lines", "expected", "refused", "others")
    )
    return "\n".join(
        [
            "| dialect | recorded in | lines | as expected | refused with a reason | not read |",
            "|---|---|--:|--:|--:|--:|",
            *rows,
            f"| **all** | | **{lines}** | **{good}** | **{refused}** | **{others}** |",
            "",
            f"{100 * (good + refused) / lines:.1f} % of the lines are as expected: "
            f"{100 * good / lines:.1f} % read as their collector has it, "
            f"{100 * refused / lines:.1f} % refused as they should be.",
            "",
            "Refused, and why:",
            "",
            *(f"- `{topic}`{_piece(piece)}: {why}" for (topic, piece), why in recorded.REFUSED.items()),
            "",
            "Read, but one value of it is left out on purpose:",
            "",
            *(f"- `{topic}`, {metric}: {why}" for (topic, metric), why in recorded.NOT_KEPT.items()),
        ]
    )


def page(text: str) -> str:
    """`text` of docs/devices.md with the table of now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def main() -> int:
    if recorded.COLLECTION is None:
        sys.stderr.write("The recorded payloads (../shared/data/payloads) are not there.\n")
        return 1
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{PAGE.name} is as of now.\n")
    return 0


def _tallies() -> Iterator[Tally]:
    found: dict[str, Tally] = {}
    for case in recorded.lines():
        (line,) = case.values
        name = str(case.id).rpartition(":")[0]
        _count(found.setdefault(name, Tally(name)), line)
    collection = recorded.COLLECTION or Path()
    for path in sorted(collection.rglob("*.jsonl")) if recorded.COLLECTION else ():
        name = str(path.relative_to(collection).with_suffix(""))
        if name not in found and name not in NO_DEVICES:
            count = len(path.read_bytes().splitlines())
            found[name] = Tally(name, lines=count, others=count)
    yield from (found[name] for name in sorted(found))


def _count(tally: Tally, line: Any) -> None:
    topic, payload = line["topic"], line["payload"]
    tally.lines += 1
    tally.dialects.add(recorded.registered(topic)[0])
    try:
        recorded.test_a_recorded_line_says_what_its_collector_expects(line)
    except (AssertionError, BadPayload, KeyError):
        tally.others += 1
        return
    if any(topic == where and piece in payload for where, piece in recorded.REFUSED):
        tally.refused += 1
    else:
        tally.expected += 1


def _titles(tally: Tally) -> str:
    known = formats()
    return ", ".join(sorted(known[name].title for name in tally.dialects)) or "not read yet"


def _piece(piece: str) -> str:
    shown = orjson.dumps(piece).decode()[1:-1].replace("\\", "").replace("|", "\\|").replace("`", "")
    return f" with `{shown}`"


if __name__ == "__main__":
    sys.exit(main())
