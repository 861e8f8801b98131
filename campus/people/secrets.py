"""Secrets that are shown once: random, recognisable, and kept only as their digest."""

from __future__ import annotations

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """256 random bits in letters that fit into a header, a cookie or an address."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept. Plain SHA-256 does: nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_handle() -> bytes:
    """32 random bytes that stand for a member at whoever keeps their passkeys, and say nothing about them."""
    return secrets.token_bytes(32)
