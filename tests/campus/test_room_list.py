"""A spreadsheet of rooms: read as people save it, refused by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.spaces.hours import read_hours
from campus.spaces.hours_text import read_week
from campus.spaces.room_list import MOST_ROWS, Fault, decode, read_list

WEEKDAYS = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def test_a_list_in_english() -> None:
    read = read_list(
        "name,kind,capacity,opening,slug\r\n"
        'Glass 1,room,8,"Mon-Fri 08:00-20:00; Sat 09:00-14:00",glass-1\r\n'
        '"The ""Patio"", south",amenity,,,\r\n'
    )
    glass, patio = read.rooms
    assert (glass.slug, glass.name, glass.kind, glass.capacity) == ("glass-1", "Glass 1", "room", 8)
    assert glass.opening == {**WEEKDAYS, "sat": [["09:00", "14:00"]]}
    assert (patio.slug, patio.name, patio.capacity, patio.opening) == (
        "the-patio-south",
        'The "Patio", south',
        None,
        None,
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_in_spanish_in_any_order(delimiter: str) -> None:
    rows = [
        ["Horario", "NOMBRE", "Piso", "Capacidad", "Tipo"],
        ['"Lunes a viernes 8:00 a 20:00"', "Peña", "2", "12", "Sala"],
        ["", "Impresora", "1", "", "Impresora 3D"],
    ]
    read = read_list("\n".join(delimiter.join(row) for row in rows))
    assert [(room.slug, room.kind, room.capacity) for room in read.rooms] == [
        ("pena", "room", 12),
        ("impresora", "printer", None),
    ]
    assert read.rooms[0].opening == WEEKDAYS
    assert read.unused == ("Piso",)
    assert read.rooms[0].told == {"opening", "name", "capacity", "kind"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_as_it_was_saved(encoding: str) -> None:
    text = decode("nombre\r\nSala Ñandú\r\n".encode(encoding))
    assert text is not None
    (room,) = read_list(text).rooms
    assert (room.name, room.slug) == ("Sala Ñandú", "sala-nandu")


def test_a_workbook_is_no_list() -> None:
    assert decode(b"PK\x03\x04 the beginning of a workbook") is None
    assert decode(b"name\0\n") is None


def test_names_that_are_alike_get_slugs_of_their_own_the_same_each_time() -> None:
    text = "name,slug\nAño,\nAno,\nano,ano-2\n会议室,\n???,\n"
    slugs = [room.slug for room in read_list(text).rooms]
    assert slugs == ["ano", "ano-3", "ano-2", "room", "room-2"]
    assert slugs == [room.slug for room in read_list(text).rooms]


def test_every_fault_is_told_with_its_line() -> None:
    read = read_list(
        "name,kind,capacity,opening,slug\n"
        "A,sofa,0,whenever,A!\n"
        "\n"
        '"two\nlines",room,1,,\n'
        ",room,1,,\n"
        "B,room,1.5,Mon 25-26,same\n"
        "C,room,1,,same\n"
        "D,room,1,,same\n"
        "E,room,1,,,extra\n"
    )
    assert read.rooms == ()
    assert read.faults == (
        Fault(2, "kind", "sofa"),
        Fault(2, "capacity", "0"),
        Fault(2, "opening", "whenever"),
        Fault(2, "slug", "A!"),
        Fault(4, "name", "two\nlines"),
        Fault(6, "name", ""),
        Fault(7, "capacity", "1.5"),
        Fault(7, "opening", "Mon 25-26"),
        Fault(9, "slug-twice", "same"),
        Fault(10, "more-cells", "extra"),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault(0, "empty")),
        (" \n\n", Fault(0, "empty")),
        ("name,kind\n", Fault(0, "empty")),
        ("kind,capacity\nroom,3\n", Fault(1, "no-name-column")),
        ("name,nombre\na,b\n", Fault(1, "column-twice", "nombre")),
        ('name\n"never closed\n', Fault(2, "unreadable")),
        ('name\n"a"b\n', Fault(2, "unreadable")),
        ("name\na\0b\n", Fault(0, "no-text")),
        ("name\n" + "a\n" * (MOST_ROWS + 1), Fault(0, "too-many", str(MOST_ROWS + 1))),
        ("name\n" + "ñ" * 500_000, Fault(0, "too-long")),
    ],
)
def test_a_list_that_is_none_is_refused_whole(text: str, fault: Fault) -> None:
    read = read_list(text)
    assert (read.rooms, read.faults) == ((), (fault,))


def test_a_name_may_not_be_longer_than_its_place() -> None:
    assert read_list("name\n" + "a" * 121).faults == (Fault(2, "name", "a" * 121),)
    (room,) = read_list("name\n" + "a" * 120).rooms
    assert len(room.slug) <= 64


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    read = read_list("name,kind,capacity,opening\n" + text)
    assert bool(read.rooms) != bool(read.faults)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("", None),
        ("Siempre abierto", None),
        ("Lun-Vie 8:00-20:00", WEEKDAYS),
        ("lunes a viernes de 8:00 a 20:00 h", WEEKDAYS),
        ("Mon–Fri 8am–8pm", WEEKDAYS),
        ("Mo, Tu, We, Th & Fr: 08:00 - 20:00", WEEKDAYS),
        ("lun a vie 8 a.m. a 8 p.m.; sáb y dom cerrado", WEEKDAYS),
        ("sáb 9-14", {"sat": [["09:00", "14:00"]]}),
        ("Fri-Mon 12-24", {day: [["12:00", "24:00"]] for day in ("mon", "fri", "sat", "sun")}),
        ("mié 8-12, 13-18", {"wed": [["08:00", "12:00"], ["13:00", "18:00"]]}),
        ("Tue 8-12; Tue 13-18", {"tue": [["08:00", "12:00"], ["13:00", "18:00"]]}),
        ("Sat 20:00-02:00", {"sat": [["20:00", "02:00"]]}),
        (
            "12am-12pm",
            {day: [["00:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
        ),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, sign: object) -> None:
    assert read_week(text) == sign


@pytest.mark.parametrize(
    "text",
    [
        "sometimes",
        "Mon",
        "Mon 8",
        "Xon 8-12",
        "m 8-12",
        "Mon 8-8",
        "Mon 25-26",
        "Mon 8-12, 11-13",
        "Mon 13pm-14pm",
        "Mon-Tue-Wed 8-9",
    ],
)
def test_hours_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_week(text)


@given(st.text(alphabet="MonTueFriSatlmvaáy -–,;:&/0123456789hpm. ", max_size=60))
def test_whatever_is_read_is_what_the_door_understands(text: str) -> None:
    try:
        sign = read_week(text)
    except ValueError:
        return
    read_hours(sign)
