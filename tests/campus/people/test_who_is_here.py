"""What a stranger learns of who is a member, where anybody may type an address: nothing, by the work done."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from campus.database import Database
from campus.people.models import MailDomain, Member
from tests.campus.people.letter_box import letters_to
from tests.doors import csrf_token

NOBODY = "nobody@elsewhere.example"


def letters_begun(client: FlaskClient, path: str, email: str) -> int:
    """How many mails the store is given while the form is answered, kept or not."""
    engine, given = client.application.extensions["campus"].database.engine, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        given.extend([statement] * statement.startswith("INSERT INTO mail "))

    form = {"csrf_token": csrf_token(client, path), "email": email}
    event.listen(engine, "before_cursor_execute", note)
    answer = client.post(path, data=form)
    event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 303
    return len(given)


@pytest.mark.parametrize("path", ["/forgot", "/register"])
def test_the_same_is_done_for_a_member_and_for_nobody(
    database: Database, client: FlaskClient, member: Member, path: str
) -> None:
    with database.write() as store:
        store.add(MailDomain(domain="nopal.example"))
    assert letters_begun(client, path, member.email) == 1
    assert letters_begun(client, path, NOBODY) == 1
    assert len(letters_to(database, member.email)) == 1
    assert letters_to(database, NOBODY) == letters_to(database, "nobody") == []
