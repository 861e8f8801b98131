"""Mail addresses and names: what is one and the same, and what is refused with a sentence."""

from __future__ import annotations

import pytest

from campus import clock
from campus.database import Database
from campus.errors import BadRequest, NotFound
from campus.people.addresses import read_address, read_domain, read_name
from campus.people.members import add_member, find_member, with_address
from campus.people.models import Member

CYRILLIC_A = "\u0430"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ana.Robles@Hub.Example", "ana.robles@hub.example"),
        ("  ana@hub.example ", "ana@hub.example"),
        ("ａｎａ＠hub.example", "ana@hub.example"),
        ("ana+hub@hub.example", "ana+hub@hub.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@XN--BCHER-KVA.example", "ana@xn--bcher-kva.example"),
        (f"ana@hub.ex{CYRILLIC_A}mple", "ana@hub.xn--exmple-4nf"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert read_address(typed) == kept
    assert read_address(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ana",
        "ana@",
        "@hub.example",
        "ana@hub",
        "ana@robles@hub.example",
        "ana@hub.example\nBcc: everybody@hub.example",
        "ana@hub.example\r\n",
        "ana\x00@hub.example",
        "ana@hub.example,luis@hub.example",
        "Ana <ana@hub.example>",
        '"ana robles"@hub.example',
        "ana@[127.0.0.1]",
        "ana..robles@hub.example",
        "ana\u200b@hub.example",
        "ana\u202e@hub.example",
        "ana﹫hub@hub.example",
        f"{CYRILLIC_A}na@hub.example",
        "ána@hub.example",
        "a" * 65 + "@hub.example",
        "ana@" + "hub." * 70 + "example",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadRequest):
        read_address(typed)


def test_a_look_alike_is_refused_by_the_letter_that_gives_it_away() -> None:
    with pytest.raises(BadRequest, match=CYRILLIC_A):
        read_address(f"{CYRILLIC_A}na@hub.example")


def test_a_domain_is_read_as_its_addresses_are() -> None:
    assert read_domain(" @Bücher.Example") == "xn--bcher-kva.example"
    for typed in ("", "com", "a@b.example", "hub.example/x", "hub.example\n"):
        with pytest.raises(BadRequest):
            read_domain(typed)


@pytest.mark.parametrize("name", ["María-José Núñez", "李小龙", "O'Brien, Tom (Ltd.)", "👩‍🔧 Ana", "x" * 120])
def test_a_name_is_kept_as_it_was_typed(name: str) -> None:
    assert read_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "x" * 121,
        "Ana\r\nBcc: all@hub.example",
        "Ana\x00",
        "Ana\u202enimda",
        "Ana\u2066",
        "\u200b\u200d",
    ],
)
def test_a_name_that_hides_something_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        read_name(name)


def test_one_address_is_one_member(database: Database, member: Member) -> None:
    for twin in ("ANA@hub.example", "ａna@hub.example"):
        with database.write() as session, pytest.raises(BadRequest, match="already"):
            add_member(session, email=twin, name="Twin", role="member", password=None, now=clock.now())
    with database.read() as session:
        assert find_member(session, " Ana@HUB.example ").id == member.id


def test_a_look_alike_finds_nobody(sqlite_database: Database, member: Member) -> None:
    twin = f"{CYRILLIC_A}na@hub.example"
    with sqlite_database.read() as session:
        assert with_address(session, twin) is None
        assert with_address(session, " Ana@hub.example") is not None
        with pytest.raises(BadRequest):
            find_member(session, twin)
        with pytest.raises(NotFound):
            find_member(session, "nobody@hub.example")
