"""The mails that a test's campus has written, read from the outbox."""

from __future__ import annotations

import re

from sqlalchemy import select

from campus.database import Database
from campus.outbox import Mail


def letters_to(database: Database, recipient: str) -> list[Mail]:
    """The mails to an address, the oldest first."""
    with database.read() as store:
        return list(store.scalars(select(Mail).where(Mail.recipient == recipient).order_by(Mail.id)))


def link_in(mail: Mail) -> str:
    """The path of the link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.text)
    assert found, mail.text
    return found[1]
