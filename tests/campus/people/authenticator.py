"""A passkey's keeper in software: makes keys (ES256) and signs what a browser would have it sign."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from tests.doors import csrf_token

HERE = "http://localhost:8000"
PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


@dataclass
class Authenticator:
    """One device with one key. What it says wrongly, it says by these fields."""

    origin: str = HERE
    flags: int = PRESENT | VERIFIED
    count: int = 0
    steps: int = 1
    """By how much the counter grows at each use; 0 as on devices that do not count."""
    said: dict[str, Any] = field(default_factory=dict)
    """Put over what the browser writes into clientDataJSON."""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    handle: bytes = b""

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """What navigator.credentials.create() answers."""
        self.handle = unb64(options["user"]["id"])
        data = self._data(options["rp"]["id"], HAS_KEY)
        data += bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.cose_key()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": b64(self._client_data("webauthn.create", options)),
                "attestationObject": b64(attestation),
                "transports": ["internal", "made-up", 7],
            }
        )

    def show(self, options: dict[str, Any]) -> dict[str, Any]:
        """What navigator.credentials.get() answers."""
        self.count += self.steps
        data = self._data(options["rpId"])
        client_data = self._client_data("webauthn.get", options)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(data),
                "signature": b64(signed),
                "userHandle": b64(self.handle),
            }
        )

    def cose_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _data(self, place: str, more: int = 0) -> bytes:
        flags = bytes([self.flags | more])
        return hashlib.sha256(place.encode()).digest() + flags + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told | self.said).encode()

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = b64(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


class Browser:
    """What passkeys.js does with a page's CSRF token, on a test client."""

    def __init__(self, client: FlaskClient, page: str = "/sign-in") -> None:
        self.client, self.page = client, page

    def call(self, path: str, body: Any = None, status: int = 200) -> Any:
        headers = {"X-CSRFToken": csrf_token(self.client, self.page)}
        answer = self.client.post(f"/passkeys/{path}", json={} if body is None else body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.get_json()

    def add(self, device: Authenticator, name: str = "", status: int = 200) -> Any:
        options = self.call("add/begin")
        return self.call("add/finish", {"credential": device.make(options), "name": name}, status)

    def sign_in(self, device: Authenticator, then: str = "", status: int = 200) -> Any:
        options = self.call("sign-in/begin")
        return self.call("sign-in/finish", {"credential": device.show(options), "next": then}, status)
