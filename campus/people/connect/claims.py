"""What an OpenID provider says of somebody, and whose account that opens. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from campus.errors import BadRequest
from campus.people.addresses import LONGEST_NAME, read_address, read_name

LONGEST = 255
"""Characters of an issuer and of a subject that the store keeps; OpenID itself ends a subject there."""

Verdict = Literal["known", "same-mail", "newcomer", "left", "no-mail"]


class ProviderFault(Exception):
    """The provider is away, or says what it should not. The text is for the log: no secret is in it."""


class Unreadable(Exception):
    """A provider that does not say who it is about."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a provider. `email` is None unless the provider has verified it, and as we keep it;
    `name` is empty if it cannot be taken."""

    issuer: str
    subject: str
    email: str | None
    name: str


def read_person(claims: Mapping[str, Any]) -> Person:
    """The person of an id token that was checked. Raises Unreadable."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not _is_short(issuer) or not _is_short(subject):
        raise Unreadable
    email = verified_email(claims)
    return Person(str(issuer), str(subject), email, _name(claims.get("name")))


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """The address, if `email_verified` is true: the boolean, nothing that only reads like it.

    It has to be written in plain letters: one that becomes somebody's address only once compatibility
    forms are folded (ａｎａ@…) was verified for another mailbox.
    """
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    if unicodedata.normalize("NFKC", email) != email:
        return None
    try:
        return read_address(email)
    except BadRequest:
        return None


def whose(person: Person, *, known: bool | None, same_mail: bool | None) -> Verdict:
    """Whose account this person opens, or why none.

    `known`: is the member to whom this very account is linked active; `same_mail`: is the one with the
    verified address; None where there is none. Who has left does not come in again by another way.
    """
    if known is not None:
        return "known" if known else "left"
    if person.email is None:
        return "no-mail"
    if same_mail is not None:
        return "same-mail" if same_mail else "left"
    return "newcomer"


def _is_short(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def _name(said: object) -> str:
    try:
        return read_name(said[:LONGEST_NAME]) if isinstance(said, str) else ""
    except BadRequest:
        return ""
