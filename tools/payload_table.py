"""Writes the tables of dialects in docs/devices.md anew: `make device-table`.

The first lists them, as their files name themselves. For the second every line of the recorded payloads
beside the project is decoded and held against what its collector expects, by the very test that does so
(tests/devices/formats/test_recorded_payloads.py).
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
LIST_BEGIN, LIST_END = "<!-- the list of `make device-table`, from here -->", "<!-- the list to here -->"
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


def dialects() -> str:
    """Every dialect by its title: the name of its format, and examples of its root topic."""
    known = sorted(formats().values(), key=lambda one: one.title.casefold())
    rows = [
        f"| {one.title} | `{one.name}` | {', '.join(f'`{root}`' for root in one.roots) or 'any'} |"
        for one in known
    ]
    return "\n".join(["| dialect | `format` | root topic, such as |", "|---|---|---|", *rows])


def page(text: str) -> str:
    """`text` of docs/devices.md with the table of now."""
    return _put(text, BEGIN, END, table())


def page_with_list(text: str) -> str:
    """`text` of docs/devices.md with the list of now."""
    return _put(text, LIST_BEGIN, LIST_END, dialects())


def _put(text: str, begin: str, end: str, made: str) -> str:
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


def main() -> int:
    text = page_with_list(PAGE.read_text("utf-8"))
    if recorded.COLLECTION is None:
        sys.stderr.write("The recorded payloads (../shared/data/payloads) are not there.\n")
    else:
        text = page(text)
    PAGE.write_text(text, "utf-8")
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
