"""A mail with more than text: the same words in HTML, and an appointment; nobody's words are markup."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from apiflask import APIFlask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from campus import clock, letters, outbox
from campus.carriers import Refused
from campus.database import Database
from campus.letter_blocks import Block, read_blocks
from campus.outbox import CalendarPart, Mail
from campus.postman import Postman
from campus.settings import Settings
from tests.campus.mail_box import read_mail

NOW = clock.now()
CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Reunión 🌵\r\nEND:VCALENDAR\r\n"
SITE = "https://hub.example"


class Pigeon:
    def __init__(self, mood: Exception | None = None) -> None:
        self.mood = mood
        self.carried: list[bytes] = []

    def carry(self, message: EmailMessage, recipient: str) -> None:
        self.carried.append(message.as_bytes())
        if self.mood:
            raise self.mood

    def close(self) -> None:
        pass


def post(database: Database) -> None:
    with database.write() as session:
        part = CalendarPart("REQUEST", CALENDAR.encode())
        outbox.post(
            session, "ana@hub.example", "Hola", "Señal\n--=_1\n", NOW, html="<p>Señal</p>", calendar=part
        )


def kept(database: Database) -> Mail:
    with database.read() as session:
        return session.query(Mail).one()


def test_a_mail_carries_the_same_as_text_as_html_and_for_calendars(
    database: Database, settings: Settings
) -> None:
    post(database)
    pigeon = Pigeon()
    assert Postman(database, settings, pigeon).go_round(NOW) == 1
    message = read_mail(pigeon.carried[0])
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/calendar",
    ]
    text, html, calendar, file = [part for part in message.walk() if not part.is_multipart()]
    assert text.get_content() == "Señal\n--=_1\n"
    assert html.get_content() == "<p>Señal</p>\n"
    for part in (calendar, file):
        assert part["Content-Type"].params == {
            **part["Content-Type"].params,
            "method": "REQUEST",
            "charset": "utf-8",
        }
        assert part.get_payload(decode=True) == CALENDAR.encode()
    assert calendar.get_filename() is None
    assert (file.get_filename(), file.get_content_disposition()) == ("invite.ics", "attachment")


def test_the_same_row_makes_the_same_message(sqlite_database: Database, settings: Settings) -> None:
    post(sqlite_database)
    pigeon = Pigeon(KeyboardInterrupt())  # type: ignore[arg-type]
    for _kill in range(2):
        with pytest.raises(KeyboardInterrupt):
            Postman(sqlite_database, settings, pigeon).go_round(NOW + _kill * outbox.KEPT)
    first, second = pigeon.carried
    assert first == second


@pytest.mark.parametrize("mood", [None, Refused("550 no")])
def test_what_is_done_with_is_emptied(database: Database, settings: Settings, mood: Exception | None) -> None:
    post(database)
    Postman(database, settings, Pigeon(mood)).go_round(NOW)
    mail = kept(database)
    assert (mail.text, mail.html, mail.calendar, mail.due_at) == ("", None, None, None)


def test_blocks_are_paragraphs_lists_and_links_to_ourselves() -> None:
    text = f"Hola\ndos\n\n- uno\n- dos\n\n{SITE}/book\nhttps://evil.example/x\n{SITE}.evil.example/\n"
    assert read_blocks(text, SITE) == [
        Block("text", ("Hola", "dos")),
        Block("list", ("uno", "dos")),
        Block("link", (f"{SITE}/book",)),
        Block("text", ("https://evil.example/x", f"{SITE}.evil.example/")),
    ]


@given(st.text())
def test_no_word_is_lost_in_blocks(text: str) -> None:
    said = [line for block in read_blocks(text, SITE) for line in block.lines]
    assert said == [line.removeprefix("- ") for line in text.splitlines() if line.strip()]


def test_a_dressed_letter_says_the_same_and_is_text_whatever_it_holds(
    app: APIFlask, sqlite_database: Database
) -> None:
    nasty = "<img src=x onerror=alert(1)> \"quoted\" & 'so' {{ 7 * 7 }}"
    with app.app_context(), sqlite_database.write() as session:
        letters.write(
            session,
            "ana@hub.example",
            "booking_cancelled",
            NOW,
            locale="es_MX",
            dressed=True,
            name=nasty,
            resource="Glass",
            title=nasty,
            when=lambda: "hoy",
            day=letters.link("bookings.day_page"),
        )
    mail = kept(sqlite_database)
    assert mail.html is not None
    assert nasty in mail.text
    assert "<img" not in mail.html
    assert "&lt;img src=x onerror=alert(1)&gt; &#34;quoted&#34; &amp; &#39;so&#39; {{ 7 * 7 }}" in mail.html
    assert mail.html.startswith("<!doctype html>")
    assert '<html lang="es-MX">' in mail.html
    assert f'<a href="{letters_site(app)}/book"' in mail.html
    for block in read_blocks(mail.text, letters_site(app)):
        for line in block.lines:
            assert str(escape(line)) in mail.html


def letters_site(app: APIFlask) -> str:
    settings: Settings = app.extensions["campus"].settings
    return settings.site_url
