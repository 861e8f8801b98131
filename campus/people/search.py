"""Finding people by what they are called, on both engines: small letters, without Spanish accents."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from campus.people.models import Member

_PLAIN = dict(zip("áéíóúüñÁÉÍÓÚÜÑ", "aeiouunaeiouun", strict=True))
_MOST_WORDS = 8


def is_called(words: str) -> ColumnElement[bool]:
    """True of members in whose name or mail address each of the words stands."""
    return and_(
        true(),
        *(
            or_(
                plain(Member.name).contains(_plain_word(word), autoescape=True),
                Member.email.contains(word, autoescape=True),
            )
            for word in words.lower().split()[:_MOST_WORDS]
        ),
    )


def plain(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The column without its accents: “maria” finds María, Ángel stands among the As."""
    made: ColumnElement[str] = func.lower(column)
    for letter, without in _PLAIN.items():
        made = func.replace(made, letter, without)
    return made


def _plain_word(word: str) -> str:
    return "".join(_PLAIN.get(letter, letter) for letter in word)
