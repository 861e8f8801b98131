"""The Spanish catalogue, read from messages.po at the first Spanish page: no compiled file to forget."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Domain, get_babel, get_locale

TRANSLATIONS = Path(__file__).parent / "translations"


class Catalogues(Domain):  # type: ignore[misc]
    """Flask-Babel's source of messages, without .mo files on the disk."""

    def get_translations(self) -> NullTranslations:
        return catalogue(str(get_locale()))


@cache
def catalogue(locale: str) -> NullTranslations:
    """The messages of `locale`; the source's own words where there is no catalogue."""
    path = TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def read_catalogues(app: Flask) -> None:
    """Give `app` these catalogues. Call after Flask-Babel is there."""
    get_babel(app).instance.domain_instance = Catalogues()
