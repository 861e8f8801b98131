"""Sealing: what has to be read again is kept so that the database alone does not tell it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def seal(text: str, purpose: str) -> str:
    """`text`, to be opened for the same `purpose` with the same secret key only (Fernet: AES and HMAC)."""
    return Fernet(urlsafe_b64encode(_key(purpose))).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str, within: timedelta | None = None) -> str | None:
    """What was sealed; None if it is not ours, was sealed with another key, or longer ago than `within`."""
    ttl = int(within.total_seconds()) if within else None
    try:
        return Fernet(urlsafe_b64encode(_key(purpose))).decrypt(sealed, ttl).decode()
    except InvalidToken:
        return None


def keyed_digest(text: str, purpose: str) -> str:
    """A digest that nobody makes without the secret key: for what is short enough to be guessed."""
    return hmac.new(_key(purpose), text.encode(), hashlib.sha256).hexdigest()


def _key(purpose: str) -> bytes:
    return _derived(str(current_app.secret_key), purpose)


@cache
def _derived(secret_key: str, purpose: str) -> bytes:
    """A key for one purpose, from the campus's one secret (HKDF, RFC 5869)."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"campus {purpose}".encode())
    return kdf.derive(secret_key.encode())
