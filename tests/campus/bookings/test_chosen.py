"""What the address of the booking page says, and that it goes along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from campus.bookings.timeline.chosen import Chosen, words_of


@dataclass
class Thing:
    name: str = "Sala Jardín"
    kind: str = "room"
    capacity: int | None = 6
    equipment: list[str] = field(default_factory=lambda: ["screen", "whiteboard"])


def chosen(**said: str | list[str]) -> Chosen:
    return Chosen.of(MultiDict[str, Any](said))


def test_nothing_chosen_shows_everything() -> None:
    assert chosen().shows(Thing(capacity=None, equipment=[]))
    assert not chosen().filters
    assert chosen().link() == {}


@pytest.mark.parametrize(
    ("said", "is_shown"),
    [
        ({"kind": "room"}, True),
        ({"kind": "printer"}, False),
        ({"people": "6"}, True),
        ({"people": "7"}, False),
        ({"equipment": ["screen"]}, True),
        ({"equipment": ["screen", "whiteboard"]}, True),
        ({"equipment": "whiteboard, Screen"}, True),
        ({"equipment": ["screen", "oven"]}, False),
        ({"search": "jardin"}, True),
        ({"search": "SALA"}, True),
        ({"search": "vidrio"}, False),
        ({"search": "sala", "kind": "printer"}, False),
    ],
)
def test_a_resource_is_shown_if_it_is_all_that_was_asked_for(
    said: dict[str, str | list[str]], is_shown: bool
) -> None:
    assert chosen(**said).filters
    assert chosen(**said).shows(Thing()) == is_shown


def test_what_does_not_say_for_how_many_it_is_has_room_for_nobody_certain() -> None:
    assert not chosen(people="1").shows(Thing(capacity=None))


@pytest.mark.parametrize("people", ["0", "-3", "many", "²", "9" * 400, ""])
def test_a_number_that_is_none_is_left_out(people: str) -> None:
    assert chosen(people=people).people is None


def test_a_link_changes_one_thing_and_keeps_the_rest() -> None:
    there = chosen(kind="room", people="4", equipment=["screen"], view="week", search="vid")
    assert there.link(view=None, date="2026-03-03") == {
        "kind": "room",
        "people": 4,
        "equipment": ["screen"],
        "search": "vid",
        "date": "2026-03-03",
    }


@given(
    st.dictionaries(st.sampled_from(["view", "hours", "kind", "people", "equipment", "search"]), st.text())
)
def test_an_address_made_of_what_was_read_is_read_as_the_same(said: dict[str, str]) -> None:
    first = Chosen.of(MultiDict[str, Any](said))
    link = {name: value if isinstance(value, list) else str(value) for name, value in first.link().items()}
    assert Chosen.of(MultiDict[str, Any](link)) == first


def test_the_words_to_choose_from_are_those_that_some_resource_has() -> None:
    assert words_of([Thing(), Thing(equipment=["oven", "screen"])]) == ["oven", "screen", "whiteboard"]
