"""Every message of the source has its Spanish, and the Spanish keeps the placeholders."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from apiflask import APIFlask
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext

from campus.catalogue import TRANSLATIONS, catalogue
from campus.database import Database
from campus.notes import write_note
from campus.people.models import Member

HOUSE = Path(__file__).resolve().parents[2]
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/mail/**.txt", "jinja2")]
MessageId = str | tuple[str, ...]


@cache
def messages_of_the_source() -> frozenset[MessageId]:
    """Every text that goes through gettext or ngettext, as babel.cfg would extract it."""
    found: set[MessageId] = set()
    for room in ("campus", "devices", "dashboards"):
        extracted = extract_from_dir(HOUSE / room, METHODS, keywords=KEYWORDS, strip_comment_tags=True)
        found |= {message for _file, _line, message, _comments, _context in extracted if message}
    return frozenset(found)


KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    path = TRANSLATIONS / "es_MX" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        return read_po(source, locale="es_MX")


def test_every_message_of_the_source_is_translated(spanish: Catalog) -> None:
    translated = {message.id for message in spanish if message.id and all(_forms(message.string))}
    assert sorted(map(str, messages_of_the_source() - translated)) == []


def test_no_translation_is_fuzzy_or_left_over(spanish: Catalog) -> None:
    assert [message.id for message in spanish if message.id and message.fuzzy] == []
    assert sorted(str(m.id) for m in spanish if m.id and m.id not in messages_of_the_source()) == []


def test_translations_keep_the_placeholders(spanish: Catalog) -> None:
    for message in spanish:
        if message.id:
            wanted = {place for form in _forms(message.id) for place in _places(form)}
            for form in _forms(message.string):
                assert _places(form) == wanted, message.id


def test_the_catalogue_is_read_once() -> None:
    assert catalogue("es_MX") is catalogue("es_MX")


def test_a_language_without_a_catalogue_shows_the_source(sqlite_database: Database, app: APIFlask) -> None:
    with app.test_request_context("/"), force_locale("fr"):
        assert gettext("Sign out") == "Sign out"


@pytest.mark.parametrize(
    ("header", "language"),
    [("es-MX,es;q=0.9", "es-MX"), ("es-AR", "es-MX"), ("de,fr", "en"), ("en-GB,es;q=0.5", "en"), ("", "en")],
)
def test_the_browser_s_language_is_spoken(
    sqlite_database: Database, client: FlaskClient, header: str, language: str
) -> None:
    html = client.get("/sign-in", headers={"Accept-Language": header}).text
    assert f'<html lang="{language}"' in html
    assert ("Contraseña" in html) is (language == "es-MX")


def test_who_chose_a_language_gets_it(sqlite_database: Database, app: APIFlask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    reply = client.post("/look", data={"language": "es_MX", "next": "/sign-in"})
    assert reply.headers["Location"] == "/sign-in"
    assert "Contraseña" in client.get("/sign-in").text


def test_who_chose_a_theme_gets_it_from_the_server(sqlite_database: Database, app: APIFlask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/look", data={"theme": "dark", "next": "https://elsewhere.example/"})
    assert 'data-theme="dark"' in client.get("/sign-in").text
    client.post("/look", data={"theme": "<b>"})
    assert "data-theme" not in client.get("/sign-in").text


def test_the_sign_in_page_of_a_demo_hub_lets_one_in_with_one_click(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    assert "Ana Robles" not in client.get("/sign-in").text
    with sqlite_database.write() as session:
        write_note(session, "demo", "1")
    page = client.get("/sign-in").text
    assert member.name in page
    assert "Iris Vega" not in page  # who is not there has no password to show


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w+\}|%%", text))
