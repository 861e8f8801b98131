"""An OpenID provider that says whatever a test wants it to: right by default, wrong in one thing."""

from __future__ import annotations

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from werkzeug.serving import make_server
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request, Response

from tests.oidc.real import CLIENT_ID

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
EC_KEY = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})


class _Gone:
    """A claim that is left out. Tests are named by it, so it has one name in every process."""

    def __repr__(self) -> str:
        return "GONE"


GONE = _Gone()
"""In `claims`: the claim is left out."""


class Hostile:
    """A provider on loopback. Whatever a test sets goes over what an honest one would say."""

    def __init__(self) -> None:
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.hang = threading.Event()
        self.behave()

    def behave(self) -> None:
        """Honest again."""
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.key: Any = KEY
        self.keys: Any = None
        self.token: dict[str, Any] = {}
        self.instead: dict[str, Callable[[], Response]] = {}
        """Answers by path, instead of what belongs there."""
        self.nonce = ""
        self.asked: list[tuple[str, dict[str, str], str]] = []
        """Path, form and Authorization header of each request."""

    def stop(self) -> None:
        self.hang.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "ana-9",
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "email": "ana@hub.example",
            "email_verified": True,
        } | self.claims
        said = {name: value for name, value in claims.items() if value is not GONE}
        if self.header["alg"] in ("none", "HS256"):
            signed = f"{_b64(json.dumps(self.header).encode())}.{_b64(json.dumps(said).encode())}"
            shared = isinstance(self.key, bytes) and hmac.digest(self.key, signed.encode(), "sha256")
            return f"{signed}.{_b64(shared or b'')}"
        return jwt.encode(self.header, said, self.key, algorithms=[self.header["alg"]])

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append((request.path, request.form.to_dict(), request.headers.get("Authorization", "")))
        instead = self.instead.get(request.path)
        return (instead() if instead else self._honest(request.path))(environ, start)

    def _honest(self, path: str) -> Response:
        if path == "/.well-known/openid-configuration":
            return _json(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
                }
                | self.metadata
            )
        if path == "/keys":
            keys = KeySet([KEY, EC_KEY]).as_dict(private=False) if self.keys is None else self.keys
            return _json(keys)
        if path == "/token":
            told = {"access_token": "x", "token_type": "Bearer", "expires_in": 60}
            return _json(told | {"id_token": self.id_token()} | self.token)
        return Response("nothing here", 404)


def set_out(client: FlaskClient, start: str = "/sign-in/openid?next=/book") -> dict[str, str]:
    """What the campus sends along to the provider."""
    answer = client.get(start)
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def is_in(client: FlaskClient) -> bool:
    """True if somebody has signed in in this browser."""
    return client.get("/book").status_code == 200


def come_back(client: FlaskClient, **said: str) -> TestResponse:
    return client.get("/sign-in/openid/callback", query_string=said)


def travel(client: FlaskClient, provider: Hostile) -> TestResponse:
    """There and back, with the provider's answer as it is set."""
    sent = set_out(client)
    if not provider.nonce:
        provider.nonce = sent["nonce"]
    return come_back(client, state=sent["state"], code="a-code")


def _json(said: Any) -> Response:
    return Response(json.dumps(said), mimetype="application/json")


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
