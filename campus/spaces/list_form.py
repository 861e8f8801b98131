"""The form of a list of rooms: pasted or a file; and its faults in words. Also part of the first page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Request
from flask_babel import gettext as _
from flask_babel import ngettext

from campus.spaces.room_list import (
    LONGEST_NAME,
    MOST_PEOPLE,
    MOST_ROWS,
    Code,
    Fault,
    RoomList,
    decode,
    read_list,
)

SHOWN_FAULTS = 12


@dataclass(frozen=True, slots=True)
class TypedList:
    """What was sent, as text, and what it means."""

    text: str = ""
    read: RoomList = field(default_factory=RoomList)

    @property
    def faults(self) -> list[str]:
        """What is wrong, a sentence each, the first few lines of it."""
        told = [sentence(fault) for fault in self.read.faults[:SHOWN_FAULTS]]
        more = len(self.read.faults) - len(told)
        if more > 0:
            told.append(ngettext("and %(num)s more", "and %(num)s more", more))
        return told


def typed_list(incoming: Request) -> TypedList:
    """The list that a request brings: its file, else what was pasted. A file's text is shown from then on."""
    file = incoming.files.get("list_file")
    data = file.read() if file and file.filename else b""
    if not data:
        text = incoming.form.get("list", "")
        return TypedList(text, read_list(text))
    decoded = decode(data)
    if decoded is None:
        return TypedList(incoming.form.get("list", ""), RoomList(faults=(Fault(0, "no-text"),)))
    return TypedList(decoded, read_list(decoded))


def sentence(fault: Fault) -> str:
    """A fault as people read it, with its line."""
    shown = fault.shown if len(fault.shown) <= 40 else fault.shown[:39] + "…"
    said = str(_sentences(shown)[fault.code])
    return str(_("Line %(line)s: %(fault)s", line=fault.line, fault=said)) if fault.line else said


def _sentences(shown: str) -> Mapping[Code, str]:
    return {
        "empty": _(
            "There is no room in the list. The first line names the columns, each room has one below."
        ),
        "no-text": _("This file is no CSV. In a spreadsheet: File, Save as, CSV."),
        "too-long": _("The list is too long: 1 MB at most."),
        "too-many": _("%(count)s rooms are too many at once: %(most)s at most.", count=shown, most=MOST_ROWS),
        "unreadable": _("a quotation mark is opened and not closed, or stands in the middle of a cell"),
        "no-name-column": _("no column is called “name”. The first line names the columns."),
        "column-twice": _("the column “%(text)s” comes twice", text=shown),
        "more-cells": _(
            "“%(text)s” stands behind the last column. A cell with a comma in it needs quotation marks.",
            text=shown,
        ),
        "name": _(
            "the name “%(text)s” has to be one line of 1 to %(most)s letters", text=shown, most=LONGEST_NAME
        )
        if shown.strip()
        else _("the name is missing"),
        "kind": _("the kind “%(text)s” is none of room, printer, charger, amenity", text=shown),
        "capacity": _(
            "the capacity “%(text)s” is no whole number from 1 to %(most)s", text=shown, most=MOST_PEOPLE
        ),
        "opening": _(
            "the opening hours “%(text)s” are not understood; write Mon-Fri 08:00-20:00; Sat 09:00-14:00",
            text=shown,
        ),
        "slug": _("the short name “%(text)s” has to be of a-z, 0-9 and -, 64 at most", text=shown),
        "slug-twice": _("the short name “%(text)s” comes twice", text=shown),
    }
