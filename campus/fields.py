"""Fields that the API's bodies and queries share, each refusing with a sentence."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from campus.moments import rfc3339

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 2199
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""Names in addresses: of resources and devices."""

_NOT_IN_A_LINE = ("Cc", "Cs", "Zl", "Zp")
"""Unicode classes: control characters, halves of characters, ends of lines."""
_TURNS_TEXT_AROUND = frozenset(
    map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
"""Unicode's bidirectional controls: with them a text can be shown as another one."""


def read_instant(text: Any) -> datetime:
    """An RFC 3339 time with its offset. PydanticCustomError (a ValueError) says what is wrong."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise PydanticCustomError(
            "instant", "a time as in RFC 3339 is wanted, such as 2026-03-03T14:30:00-07:00"
        )
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise PydanticCustomError("instant", "there is no such time") from None
    if moment.tzinfo is None:
        raise PydanticCustomError("instant", "a time needs its offset, such as Z or -07:00")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PydanticCustomError("instant", f"times lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def one_line(text: str) -> str:
    """`text` without spaces around it, if it is one line that can be shown. Raises PydanticCustomError."""
    if not text.strip():
        raise PydanticCustomError("line", "this may not be empty")
    if any(unicodedata.category(letter) in _NOT_IN_A_LINE or letter in _TURNS_TEXT_AROUND for letter in text):
        raise PydanticCustomError("line", "this is one line of text, without control characters")
    if all(unicodedata.category(letter)[0] in "ZC" for letter in text):
        raise PydanticCustomError("line", "there is nothing in this that can be seen")
    return text.strip()


def several_lines(text: str) -> str:
    """`text` without spaces around it, if each of its lines can be shown. Raises PydanticCustomError."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    for line in lines:
        if line.strip():
            one_line(line)
    return "\n".join(line.rstrip() for line in lines)


def row_number(text: str) -> int | None:
    """The number of a row as an address or a form has it, None where it is none that the store could have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


Instant = Annotated[
    datetime,
    BeforeValidator(read_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time that came in: aware."""

InstantOut = Annotated[
    datetime, PlainSerializer(rfc3339), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time that goes out: UTC with a Z."""

OneLine = AfterValidator(one_line)
"""Goes behind the length: Annotated[str, Field(max_length=120), OneLine]."""

Whole = Annotated[int, Field(strict=True)]
"""A whole number; neither text nor true passes for one."""
