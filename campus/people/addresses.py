"""Mail addresses and names, read in one way, whoever sends them."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from pydantic_core import PydanticCustomError

from campus.errors import BadRequest
from campus.fields import one_line

LONGEST_ADDRESS, LONGEST_NAME, LONGEST_DOMAIN = 254, 120, 253


def read_address(text: str) -> str:
    """The address as it is kept: lower case, its domain as DNS has it (xn--…). Raises BadRequest.

    What looks alike is one address or none: compatibility forms (ａｎａ@…) become plain letters, and
    before the @ nothing but ASCII is taken, so that no Cyrillic а passes for a Latin a.
    """
    typed = unicodedata.normalize("NFKC", text.strip(" "))
    if not typed:
        raise BadRequest(_("Write a mail address."))
    if len(typed) > LONGEST_ADDRESS:
        raise BadRequest(_("A mail address has %(most)s characters at most.", most=LONGEST_ADDRESS))
    if not typed.isprintable() or any(letter.isspace() for letter in typed):
        raise BadRequest(_("A mail address is one word, without spaces or line breaks."))
    local, _at, domain = typed.rpartition("@")
    if not local or not domain or "@" in local:
        raise BadRequest(_("A mail address has a name, one @ and a domain, as in ana@hub.example."))
    if not local.isascii():
        odd = next(letter for letter in local if not letter.isascii())
        raise BadRequest(
            _(
                "“%(letter)s” is a letter that only looks like a plain one, or that mail cannot carry.",
                letter=odd,
            )
        )
    try:  # whether mail arrives is found out by mailing, not by asking DNS while a page waits
        read = validate_email(typed, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise BadRequest(_("“%(text)s” is not a mail address.", text=typed)) from None
    whole = (read.ascii_email or "").lower()
    if not whole or len(whole) > LONGEST_ADDRESS:
        raise BadRequest(_("A mail address has %(most)s characters at most.", most=LONGEST_ADDRESS))
    return whole


def read_domain(text: str) -> str:
    """The domain of mail addresses, as read_address would keep it. Raises BadRequest."""
    typed = text.strip(" ").removeprefix("@")
    try:
        return read_address(f"somebody@{typed}").partition("@")[2]
    except BadRequest:
        raise BadRequest(
            _("“%(text)s” is not a mail domain, such as company.example.", text=typed[:LONGEST_DOMAIN])
        ) from None


def read_name(text: str) -> str:
    """A name as it was typed, on one line. Raises BadRequest."""
    try:
        name = one_line(text)
    except PydanticCustomError:
        name = ""
    if not name or len(name) > LONGEST_NAME:
        raise BadRequest(
            _("A name has 1 to %(most)s letters on one line, without control characters.", most=LONGEST_NAME)
        )
    return name
