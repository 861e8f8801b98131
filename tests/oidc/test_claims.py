"""Whose account a person at a provider opens: the decision alone."""

from __future__ import annotations

from typing import Any

import pytest

from campus.people.connect.claims import Person, Unreadable, read_person, verified_email, whose

ANA: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "7",
    "email": "ana@hub.example",
    "email_verified": True,
}


def test_a_person_is_read_from_claims() -> None:
    said = ANA | {"email": "Ana@HUB.example", "name": " Ana Robles "}
    assert read_person(said) == Person("https://id.example", "7", "ana@hub.example", "Ana Robles")


@pytest.mark.parametrize("name", [None, 7, "", " ", "two\nlines", "\u202e", ["Ana"]])
def test_a_name_that_cannot_be_taken_is_left_out(name: object) -> None:
    assert read_person(ANA | {"name": name}).name == ""


@pytest.mark.parametrize("claim", ["iss", "sub"])
@pytest.mark.parametrize("value", [None, "", 7, [], "x" * 256, "a\x00b"])
def test_who_is_nobody_is_not_read(claim: str, value: object) -> None:
    with pytest.raises(Unreadable):
        read_person(ANA | {claim: value})


@pytest.mark.parametrize("value", [False, None, "true", "True", 1, 1.0, [True], {}])
def test_only_true_is_verified(value: object) -> None:
    assert verified_email(ANA | {"email_verified": value}) is None


@pytest.mark.parametrize(
    ("email", "kept"),
    [
        ("ANA@hub.example", "ana@hub.example"),
        ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ("\u0430na@hub.example", None),
        ("ana@hub.ex\u0430mple", "ana@hub.xn--exmple-4nf"),
        ("ａｎａ@hub.example", None),
        ("ana@hub\uff0eexample", None),
        ("\u212aana@hub.example", None),
        ("ana@hub.example ", "ana@hub.example"),
        ("ana@@hub.example", None),
        ("", None),
    ],
)
def test_an_address_is_read_in_plain_letters_or_not_at_all(email: str, kept: str | None) -> None:
    assert verified_email(ANA | {"email": email}) == kept


@pytest.mark.parametrize(
    ("known", "same_mail", "email", "verdict"),
    [
        (True, None, None, "known"),
        (True, False, "ana@hub.example", "known"),
        (False, True, "ana@hub.example", "left"),
        (False, None, None, "left"),
        (None, True, "ana@hub.example", "same-mail"),
        (None, False, "ana@hub.example", "left"),
        (None, None, "ana@hub.example", "newcomer"),
        (None, None, None, "no-mail"),
        (None, True, None, "no-mail"),
    ],
)
def test_the_account_comes_first_then_the_verified_mail(
    known: bool | None, same_mail: bool | None, email: str | None, verdict: str
) -> None:
    assert whose(Person("i", "s", email, ""), known=known, same_mail=same_mail) == verdict
