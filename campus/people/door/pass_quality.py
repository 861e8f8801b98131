"""How good a password is: the commonest are refused, and those made of the campus's own words.

What is common is known to zxcvbn (Wheeler, USENIX Security 2016): thirty thousand passwords that people
chose, names, words, keyboard rows, dates, repetitions, letters as digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from threading import Lock
from typing import Literal

Fault = Literal["short", "long", "common", "own"]
MIN_LENGTH, MAX_LENGTH = 10, 128
JUDGED = 40
"""So many characters are judged: the time for it grows fast with the length, and longer is better."""
LOWEST_SCORE = 2
"""Of zxcvbn's 0 to 4: at least a million guesses. Its first 3,000 passwords, dressed up, have less."""
SHORTEST_WORD = 4
PLACE = ("campus", "juarez", "chihuahua", "mexico", "contrasena", "bienvenido", "clave", "acceso")
"""Words that everybody here would try."""

_plain_letters = str.maketrans("@430$517", "aaeossit")
_one_at_a_time = Lock()
"""zxcvbn keeps the own words of a call in a dictionary of all calls."""


def read(password: str) -> str:
    """The password as it is judged and hashed: NFKC, so that every keyboard's ñ is one; cut where it is
    longer than any may be."""
    return unicodedata.normalize("NFKC", password[: 8 * MAX_LENGTH])[: MAX_LENGTH + 1]


def own_words(said: Iterable[str]) -> list[str]:
    """The words in names, addresses and domains, and each of those as a whole, with and without what
    stands between its words: plain small letters, SHORTEST_WORD at least."""
    words = list(PLACE)
    for text in map(_plain, said):
        parts = re.findall(r"[^\W_]+", text)
        words += [*parts, "".join(parts), text.strip()]
    return list(dict.fromkeys(word for word in words if len(word) >= SHORTEST_WORD))


def fault(password: str, own: Iterable[str]) -> Fault | None:
    """What is wrong with a new password, None if it may be taken. `own` are words as of own_words."""
    if len(password) < MIN_LENGTH:
        return "short"
    if len(password) > MAX_LENGTH:
        return "long"
    own = list(own)
    if _score(password, own) < LOWEST_SCORE:
        return "common"
    rest = _without(password, own)
    if rest is not None and _score(rest, own) < LOWEST_SCORE:
        return "own"
    return None


def _without(password: str, own: list[str]) -> str | None:
    """What is left of a password without the own words in it, None if there is none in it."""
    plain = _plain(password)
    dressed = plain.translate(_plain_letters)
    pattern = "|".join(re.escape(word) for word in sorted(own, key=len, reverse=True))
    if not pattern:
        return None
    spellings = (plain, dressed, dressed.replace("i", "l"))
    places = [found.span() for text in spellings for found in re.finditer(pattern, text)]
    if not places:
        return None
    return "".join(letter for at, letter in enumerate(plain) if not any(a <= at < b for a, b in places))


def _score(password: str, own: list[str]) -> int:
    if not password:
        return 0
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take 14 MiB: only where passwords are chosen

    with _one_at_a_time:
        return int(zxcvbn(password[:JUDGED], own)["score"])


def _plain(text: str) -> str:
    """Small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
