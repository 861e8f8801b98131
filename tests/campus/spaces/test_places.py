"""Places on the floor plan: what fits, and the order of floors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.spaces.places import HEIGHT, LEAST, WIDTH, Place, faults_of, floors_of

numbers = st.floats(-20, 140, allow_nan=False)


@given(numbers, numbers, numbers, numbers)
def test_a_place_without_faults_lies_wholly_on_its_floor(
    x: float, y: float, width: float, height: float
) -> None:
    place = Place("1", x, y, width, height)
    lies = x >= 0 and y >= 0 and x + width <= WIDTH and y + height <= HEIGHT and min(width, height) >= LEAST
    if not faults_of(place):
        assert x >= 0 and y >= 0 and x + width <= WIDTH + 1e-9 and y + height <= HEIGHT + 1e-9
    if lies and x + width < WIDTH and y + height < HEIGHT:
        assert faults_of(place) == set()


@pytest.mark.parametrize(
    ("place", "faults"),
    [
        (Place("1", 0, 0, WIDTH, HEIGHT), set()),
        (Place("", 0, 0, 5, 5), {"floor"}),
        (Place("x" * 41, 0, 0, 5, 5), {"floor"}),
        (Place("1", -1, 0, 5, 5), {"x"}),
        (Place("1", 99, 0, 5, 5), {"x"}),
        (Place("1", 98, 58, 3, 1), {"width", "height"}),
        (Place("1", 0, 60, 5, 5), {"y"}),
    ],
)
def test_what_does_not_fit_is_named(place: Place, faults: set[str]) -> None:
    assert faults_of(place) == faults


def test_floors_come_in_the_order_of_a_lift() -> None:
    names = ["Roof", "10", "2", "-1", "0", "Floor 12", "Floor 3", "2"]
    places = [Place(name, 0, 0, 5, 5) for name in names]
    assert floors_of(places) == ["-1", "0", "2", "10", "Floor 3", "Floor 12", "Roof"]


def test_a_place_is_stored_as_short_as_it_is() -> None:
    assert Place("1", 2.0, 3.5, 10, 4.0).stored() == {
        "floor": "1",
        "x": 2,
        "y": 3.5,
        "width": 10,
        "height": 4,
    }
    assert Place.of(Place("1", 2.0, 3.5, 10, 4.0).stored()) == Place("1", 2, 3.5, 10, 4)


def test_places_overlap_where_they_share_some_ground() -> None:
    one = Place("1", 0, 0, 10, 10)
    assert one.overlaps(Place("1", 9, 9, 10, 10))
    assert not one.overlaps(Place("1", 10, 0, 10, 10))
    assert not one.overlaps(Place("2", 0, 0, 10, 10))
