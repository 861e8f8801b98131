"""The form of the first page: what was typed, and what it means. The password is never shown again."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Request
from flask_babel import get_locale
from flask_babel import gettext as _
from pydantic_core import PydanticCustomError

from campus.demo import DEMO_MEMBERS
from campus.errors import BadRequest
from campus.fields import one_line
from campus.naming import LONGEST
from campus.people.addresses import read_address, read_name
from campus.people.door.passwords import new_hash, own_words
from campus.spaces.list_form import TypedList, typed_list
from campus.welcome.first_run import Founding, Start

Faults = dict[str, str]
STARTS: tuple[Start, ...] = ("empty", "demo", "rooms")


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as text."""

    campus: str = ""
    name: str = ""
    email: str = ""
    start: str = "empty"
    list: TypedList = field(default_factory=TypedList)

    @classmethod
    def of(cls, incoming: Request) -> Typed:
        form, start = incoming.form, incoming.form.get("start", "")
        return cls(
            form.get("campus", "")[:400],
            form.get("name", "")[:400],
            form.get("email", "")[:400],
            start[:20],
            typed_list(incoming) if start == "rooms" else TypedList(form.get("list", "")),
        )


def read(typed: Typed, password: str, *, may_load_demo: bool) -> tuple[Founding | None, Faults]:
    """What the form asks for; or None and what is wrong with which field."""
    faults: Faults = {}
    campus, name, email = typed.campus.strip(), typed.name, typed.email
    try:
        campus = one_line(typed.campus)
    except PydanticCustomError:
        faults["campus"] = _("Give the campus a name, on one line.")
    if len(campus) > LONGEST:
        faults["campus"] = _("The name has %(most)s letters at most.", most=LONGEST)
    try:
        name = read_name(typed.name)
    except BadRequest as error:
        faults["name"] = error.message
    try:
        email = read_address(typed.email)
    except BadRequest as error:
        faults["email"] = error.message
    starts = [start for start in STARTS if start == typed.start and (start != "demo" or may_load_demo)]
    if not starts:
        faults["start"] = _("Choose how to begin.")
    elif starts == ["demo"] and email in {demo for demo, *_rest in DEMO_MEMBERS}:
        faults["email"] = _("This address belongs to somebody of the demo hub. Take your own.")
    if starts == ["rooms"] and typed.list.read.faults:
        faults["list"] = _("Mend these lines of the list.")
    password_hash = ""
    try:
        password_hash = new_hash(password, own_words(campus, name=name, email=email))
    except BadRequest as error:
        faults["password"] = error.message
    if faults:
        return None, faults
    rooms = typed.list.read.rooms if starts == ["rooms"] else ()
    return Founding(campus, name, email, password_hash, str(get_locale() or "en"), starts[0], rooms), {}
