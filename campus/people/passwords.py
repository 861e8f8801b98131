"""Passwords: argon2id, and the same time spent whether or not the member exists."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from campus.errors import BadRequest

MIN_LENGTH, MAX_LENGTH = 10, 128
_hasher = PasswordHasher()


@cache
def _decoy() -> str:
    return _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """The argon2id hash, parameters included. Raises BadRequest if too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise BadRequest(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.")
    return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """True if `password` made `password_hash`. None, for no such member, takes as long to refuse."""
    try:
        right = _hasher.verify(password_hash or _decoy(), password[: MAX_LENGTH + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return right and password_hash is not None
