"""What a browser hands over when a passkey answered, as far as it can be read before anything is checked."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

import orjson
from flask_babel import gettext as _

from campus.errors import BadRequest

LONGEST_ID = 1023
"""Bytes of a credential's id, by the specification."""
WAYS = frozenset(("ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"))
"""How a key may be reached (WebAuthn's AuthenticatorTransport)."""

Credential = Mapping[str, Any]
"""What the browser hands over, as PublicKeyCredential.toJSON() writes it."""


def challenge_of(credential: Credential) -> str:
    """The challenge that the browser says it answered. Raises BadRequest if that cannot be read."""
    try:
        said = orjson.loads(_decoded(credential["response"]["clientDataJSON"]))
        challenge = said["challenge"]
    except (LookupError, TypeError, ValueError):
        raise BadRequest(_("The browser's answer cannot be read. Please try once more.")) from None
    if not isinstance(challenge, str) or said.get("crossOrigin"):
        raise BadRequest(_("The browser's answer cannot be read. Please try once more."))
    return challenge


def id_of(credential: Credential) -> bytes:
    """The id of the key that answered. Raises BadRequest if it cannot be read."""
    try:
        found = _decoded(credential["rawId"])
    except (LookupError, TypeError, ValueError):
        found = b""
    if not 0 < len(found) <= LONGEST_ID:
        raise BadRequest(_("The browser's answer cannot be read. Please try once more."))
    return found


def handle_of(credential: Credential) -> bytes | None:
    """Whom the key says it belongs to; None if it does not say. Raises BadRequest if it cannot be read."""
    said = credential["response"].get("userHandle")
    try:
        return None if said is None else _decoded(said)
    except (LookupError, TypeError, ValueError):
        raise BadRequest(_("The browser's answer cannot be read. Please try once more.")) from None


def transports_of(credential: Credential) -> list[str]:
    """By which ways the browser says that it reaches the key; what it makes up is left out."""
    said = credential["response"].get("transports")
    return sorted({way for way in said if isinstance(way, str)} & WAYS) if isinstance(said, list) else []


def _decoded(text: Any) -> bytes:
    """base64url without its padding. Raises ValueError, TypeError."""
    return urlsafe_b64decode(text + "===")
