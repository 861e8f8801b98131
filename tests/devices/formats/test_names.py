"""How dialects name themselves to people, and what they show as the topic to register."""

from __future__ import annotations

import pytest

from devices.description import WITH_PLUS, Description, check
from devices.formats import formats

NAMED = {name: dialect for name, dialect in formats().items() if dialect.roots}


@pytest.mark.parametrize("name", NAMED)
def test_an_example_of_a_topic_can_be_registered(name: str) -> None:
    for root in NAMED[name].roots:
        said = Description("Bay", "charger", name, root.replace("…", "+" if name in WITH_PLUS else "x"))
        assert check("bay", said) == {}


@pytest.mark.parametrize("name", NAMED)
def test_the_messages_below_an_example_are_the_devices(name: str) -> None:
    dialect = NAMED[name]
    for root in dialect.roots:
        if name in ("tasmota", "chirpstack", "ttn", "sparkplug"):  # levels of theirs stand before the root
            continue
        assert dialect.suffix(root, f"{root}/anything") is not None
        assert dialect.suffix(root, f"other/{root}") is None


def test_two_dialects_never_have_one_name() -> None:
    titles = [dialect.title for dialect in formats().values()]
    assert len(set(titles)) == len(titles)
