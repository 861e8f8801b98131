"""The line to an OpenID provider: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).

What the provider says about itself is read into a narrow model and nothing else of it is used: its
metadata cannot turn off what we check. Every call ends in seconds, follows no redirect and reads no
more than LARGEST bytes.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError
from requests import PreparedRequest, RequestException, Response
from urllib3.exceptions import HTTPError

from campus.people.connect.claims import ProviderFault
from campus.settings import LOOPBACK

CONNECT_S, READ_S, WHOLE_S = 5.0, 5.0, 10.0
LARGEST = 256 * 1024
LEEWAY_S = 60
"""How far the provider's clock may be from ours."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures by a key that only the provider has. Never none, and no shared secret."""
_RUBBISH = (JoseError, OAuthError, ValidationError, RequestException, HTTPError)
_MADE_UP = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


class Metadata(BaseModel):
    """What we believe a provider about itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False

    @property
    def algorithms(self) -> list[str]:
        return [name for name in ALGORITHMS if name in self.id_token_signing_alg_values_supported]

    @property
    def secret_goes_by(self) -> str:
        ways = self.token_endpoint_auth_methods_supported
        return "client_secret_basic" if "client_secret_basic" in ways or not ways else "client_secret_post"


class Line(OAuth2Session):  # type: ignore[misc]
    """Authlib's client, kept short: in time, in bytes, and at the address that was meant."""

    def send(self, request: PreparedRequest, **asked: Any) -> Response:
        ends = time.monotonic() + WHOLE_S
        asked |= {"timeout": (CONNECT_S, READ_S), "allow_redirects": False, "stream": True}
        answer: Response = super().send(request, **asked)
        if 300 <= answer.status_code < 400:
            raise ProviderFault("it sent us elsewhere")
        body = b""
        for piece in answer.raw.stream(16 * 1024, decode_content=True):
            body += piece
            if len(body) > LARGEST or time.monotonic() > ends:
                answer.close()
                raise ProviderFault("its answer does not end")
        answer.raw = io.BytesIO(body)
        return answer


class Provider:
    """One provider, as it describes itself now. Raises ProviderFault, here and below."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self._client = (client_id, client_secret)
        self._redirect_uri = redirect_uri
        self.metadata = _read_metadata(issuer)

    def address_to_ask(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser."""
        with self._line() as line:
            url, _state = line.create_authorization_url(
                self.metadata.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def claims(self, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """What the provider says of whoever came back with `code`: signed, for us, now, and asked by us."""
        try:
            with self._line() as line:
                token = line.fetch_token(
                    self.metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
                claims = self._read_id_token(token, nonce)
                return {**claims, **self._read_userinfo(line, claims)}
        except (*_RUBBISH, *_MADE_UP) as fault:
            raise ProviderFault(f"its answer was refused: {type(fault).__name__}") from None

    def _line(self) -> Line:
        client_id, client_secret = self._client
        return Line(
            client_id,
            client_secret,
            scope="openid email profile",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=self.metadata.secret_goes_by,
        )

    def _read_id_token(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        keys = _signing_keys(_get(self.metadata.jwks_uri))
        read = jwt.decode(token["id_token"], keys, algorithms=self.metadata.algorithms)
        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": self.metadata.issuer},
            "aud": {"essential": True, "value": self._client[0]},
            **{name: {"essential": True} for name in ("sub", "exp", "iat")},
        }
        told = {"nonce": nonce, "client_id": self._client[0], "access_token": token.get("access_token")}
        claims = CodeIDToken(read.claims, read.header, wanted, told)
        claims.validate(leeway=LEEWAY_S)
        return dict(claims)

    def _read_userinfo(self, line: Line, claims: Mapping[str, Any]) -> dict[str, Any]:
        """Mail and name, where the provider keeps them out of the id token: asked of it, on the same one."""
        if "email" in claims or not self.metadata.userinfo_endpoint:
            return {}
        answer = line.get(self.metadata.userinfo_endpoint)
        answer.raise_for_status()
        said = answer.json()
        if said["sub"] != claims["sub"]:
            raise ProviderFault("it speaks of somebody else")
        return {name: said[name] for name in ("email", "email_verified", "name") if name in said}


def new_secrets() -> tuple[str, str]:
    """A nonce and a code verifier for one journey to the provider and back."""
    return generate_token(32), generate_token(64)


def _read_metadata(issuer: str) -> Metadata:
    """Raises ProviderFault if it is another provider's, or leads where no TLS protects what is said."""
    try:
        read = Metadata.model_validate(_get(issuer.rstrip("/") + "/.well-known/openid-configuration"))
    except (*_RUBBISH, *_MADE_UP) as fault:
        raise ProviderFault(f"its description cannot be had: {type(fault).__name__}") from None
    if read.issuer.rstrip("/") != issuer.rstrip("/"):
        raise ProviderFault("its description is another issuer's")
    endpoints = [read.authorization_endpoint, read.token_endpoint, read.jwks_uri, read.userinfo_endpoint]
    if not all(_is_safe(url, issuer) for url in endpoints if url):
        raise ProviderFault("an address in its description is not https")
    if not read.algorithms:
        raise ProviderFault("it signs in no way that we accept")
    return read


def _signing_keys(said: Any) -> KeySet:
    """Those of a kind that we know and that are not kept for encryption."""
    fit = [key for key in said["keys"] if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use") != "enc"]
    return KeySet.import_key_set({"keys": fit})


def _is_safe(url: str, issuer: str) -> bool:
    """https; on this machine http too, if the issuer itself is here."""
    try:
        parts, home = urlsplit(url), urlsplit(issuer)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == home.scheme == "http" and parts.hostname in LOOPBACK


def _get(url: str) -> object:
    with Line() as line:
        answer = line.get(url, withhold_token=True)
        answer.raise_for_status()
        return answer.json()
