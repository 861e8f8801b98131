"""Mails through a real mail server: taken, refused, put off, cut off, encrypted."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from campus import clock, outbox
from campus.carriers import Away
from campus.database import Database
from campus.outbox import Mail
from campus.postman import Postman, carrier_for
from campus.settings import Settings
from tests.campus.mail_box import MailBox, certificate
from tests.servers import free_port

NOW = clock.now()
URL = "smtp://127.0.0.1:{port}"


def postman(
    database: Database, settings: Settings, url: str, context: ssl.SSLContext | None = None
) -> Postman:
    ours = settings.model_copy(update={"smtp_url": url, "public_url": "https://campus.example"})
    return Postman(database, ours, carrier_for(ours, context))


def post(database: Database, recipient: str = "ana@hub.example", text: str = "Hola,\n¡aquí!\n") -> None:
    with database.write() as session:
        outbox.post(session, recipient, "Sala Peña está lista", text, NOW)


def only_mail(database: Database) -> Mail:
    with database.read() as session:
        return session.query(Mail).one()


def test_a_mail_goes_out_whole_and_its_text_is_emptied(sqlite_database: Database, settings: Settings) -> None:
    post(sqlite_database)
    with MailBox() as box:
        assert postman(sqlite_database, settings, URL.format(port=box.port)).go_round(NOW) == 1
    (taken,) = box.taken
    assert taken["Subject"] == "Sala Peña está lista"
    assert taken.get_content() == "Hola,\n¡aquí!\n"
    assert (taken["To"], taken["From"]) == ("ana@hub.example", "Campus <campus@campus.example>")
    assert taken["Message-ID"].endswith("@campus.example>")
    assert taken["Auto-Submitted"] == "auto-generated"
    assert abs(taken["Date"].datetime - NOW) < timedelta(seconds=1)
    mail = only_mail(sqlite_database)
    assert (mail.sent_at, mail.due_at, mail.text, mail.fault) == (NOW, None, "", None)


@pytest.mark.parametrize("code", ["550 no such mailbox", "553 not here"])
def test_a_recipient_who_is_refused_for_good_is_given_up_at_once(
    sqlite_database: Database, settings: Settings, code: str
) -> None:
    post(sqlite_database, "gone@hub.example", "https://campus.example/a-door")
    post(sqlite_database, "ana@hub.example")
    with MailBox(answer_to={"gone@hub.example": code}) as box:
        assert postman(sqlite_database, settings, URL.format(port=box.port)).go_round(NOW) == 1
    with sqlite_database.read() as session:
        gone = session.query(Mail).filter_by(recipient="gone@hub.example").one()
    assert (gone.due_at, gone.sent_at, gone.fault, gone.text) == (None, None, code, "")
    assert [str(mail["To"]) for mail in box.taken] == ["ana@hub.example"], "the next one is not held up"


@pytest.mark.parametrize("where", ["recipient", "text"])
def test_a_passing_refusal_is_tried_again(sqlite_database: Database, settings: Settings, where: str) -> None:
    post(sqlite_database)
    box = MailBox()
    if where == "recipient":
        box.answer_to["ana@hub.example"] = "450 greylisted"
    else:
        box.after_data = "452 no room"
    with box:
        carrier = postman(sqlite_database, settings, URL.format(port=box.port))
        assert carrier.go_round(NOW) == 0
        mail = only_mail(sqlite_database)
        assert mail.due_at == NOW + timedelta(minutes=1)
        assert mail.fault == ("450 greylisted" if where == "recipient" else "452 no room")
        assert mail.text, "it is still needed"
        box.answer_to.clear()
        box.after_data = "250 taken"
        assert carrier.go_round(NOW + timedelta(seconds=30)) == 0
        assert carrier.go_round(NOW + timedelta(minutes=1)) == 1


def test_a_connection_that_drops_in_the_text_is_tried_again(
    sqlite_database: Database, settings: Settings
) -> None:
    post(sqlite_database)
    with MailBox(hangs_up=True, after_data="451 not now") as box:
        carrier = postman(sqlite_database, settings, URL.format(port=box.port))
        assert carrier.go_round(NOW) == 0
        assert only_mail(sqlite_database).due_at == NOW + timedelta(minutes=1)
        box.hangs_up, box.after_data = False, "250 taken"
        assert carrier.go_round(NOW + timedelta(minutes=1)) == 1


def test_while_nobody_is_there_the_others_are_not_tried(
    sqlite_database: Database, settings: Settings
) -> None:
    post(sqlite_database, "ana@hub.example")
    post(sqlite_database, "luis@hub.example")
    port = free_port()
    carrier = postman(sqlite_database, settings, URL.format(port=port))
    carrier.go_round(NOW)
    carrier.go_round(NOW + timedelta(seconds=59))
    with sqlite_database.read() as session:
        assert [mail.tries for mail in session.query(Mail).order_by(Mail.id)] == [1, 0]
    with MailBox(port=port):
        assert carrier.go_round(NOW + timedelta(seconds=60)) == 2


def test_starttls_and_a_password(sqlite_database: Database, settings: Settings, tmp_path: Path) -> None:
    serve, trusting = certificate(tmp_path)
    post(sqlite_database)
    with MailBox(context=serve(), wants_password=True) as box:
        url = f"smtp://campus%40hub.example:p%40ss%2Fw%3Ard@127.0.0.1:{box.port}?starttls=1"
        assert postman(sqlite_database, settings, url, trusting).go_round(NOW) == 1


def test_tls_from_the_start(sqlite_database: Database, settings: Settings, tmp_path: Path) -> None:
    serve, trusting = certificate(tmp_path)
    post(sqlite_database)
    with MailBox(context=serve(), is_tls_from_the_start=True) as box:
        url = f"smtps://127.0.0.1:{box.port}"
        assert postman(sqlite_database, settings, url).go_round(NOW) == 0, "nobody vouches for it"
        assert postman(sqlite_database, settings, url, trusting).go_round(NOW + timedelta(minutes=1)) == 1


@pytest.mark.parametrize("flaw", ["a certificate of nobody", "a wrong password", "no TLS at all"])
def test_what_is_wrong_with_the_connection_loses_no_mail(
    sqlite_database: Database, settings: Settings, tmp_path: Path, flaw: str
) -> None:
    serve, trusting = certificate(tmp_path)
    post(sqlite_database)
    context = None if flaw == "no TLS at all" else serve()
    with MailBox(context=context, wants_password=context is not None) as box:
        password = "wrong" if flaw == "a wrong password" else "p%40ss%2Fw%3Ard"
        url = f"smtp://campus%40hub.example:{password}@127.0.0.1:{box.port}?starttls=1"
        trusted = None if flaw == "a certificate of nobody" else trusting
        assert postman(sqlite_database, settings, url, trusted).go_round(NOW) == 0
    mail = only_mail(sqlite_database)
    assert (mail.tries, mail.due_at, box.taken) == (1, NOW + timedelta(minutes=1), [])
    assert mail.fault
    assert password not in mail.fault


def test_a_server_that_never_was_is_away(sqlite_database: Database, settings: Settings) -> None:
    ours = settings.model_copy(update={"smtp_url": f"smtps://127.0.0.1:{free_port()}"})
    from email.message import EmailMessage

    with pytest.raises(Away, match="refused"):
        carrier_for(ours).carry(EmailMessage(), "ana@hub.example")
