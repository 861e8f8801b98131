"""The line to a provider that is away, hangs, drips, or says what it should not."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from app import create_app
from campus.people.connect import provider as openid
from campus.people.models import Member
from campus.settings import Settings
from tests.oidc.hostile import Hostile, come_back, is_in, set_out


@pytest.fixture
def issuer(hostile: Hostile) -> str:
    return hostile.issuer


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://accounts.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 7},
        {"token_endpoint": None},
        {"jwks_uri": "http://[::1"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    ],
    ids=str,
)
def test_a_description_that_leads_astray_is_not_followed(
    client: FlaskClient, hostile: Hostile, metadata: dict[str, Any]
) -> None:
    hostile.metadata = metadata
    answer = client.get("/sign-in/openid")
    assert answer.status_code == 424
    assert "Back to signing in" in answer.text


def test_a_description_cannot_change_how_we_ask(
    client: FlaskClient, member: Member, hostile: Hostile
) -> None:
    hostile.metadata = {
        "verify": False,
        "client_id": "x",
        "scope": "all",
        "response_type": "token",
        "nonce": "x",
    }
    sent = set_out(client)
    assert (sent["client_id"], sent["response_type"]) == ("campus", "code")
    assert sent["nonce"] != "x"


RUBBISH = {
    "nothing": lambda: Response(""),
    "words": lambda: Response("<html>sorry</html>"),
    "a list": lambda: Response("[]", mimetype="application/json"),
    "null": lambda: Response("null", mimetype="application/json"),
    "deep": lambda: Response("[" * 100_000, mimetype="application/json"),
    "a bad gateway": lambda: Response("{}", 502),
    "no": lambda: Response('{"error": "invalid_grant"}', 400, mimetype="application/json"),
    "elsewhere": lambda: Response("", 307, {"Location": "http://127.0.0.1:1/"}),
    "elsewhere with a token": lambda: Response('{"id_token": "x"}', 302, {"Location": "/token2"}),
    "too much": lambda: Response(b"x" * (openid.LARGEST + 1)),
    "squeezed": lambda: Response(_squeezed(), 200, {"Content-Encoding": "gzip"}),
    "not squeezed": lambda: Response("x", 200, {"Content-Encoding": "gzip"}),
}


def _squeezed() -> bytes:
    return gzip.compress(b" " * 50_000_000)


@pytest.mark.parametrize("what", RUBBISH)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_rubbish_becomes_a_kind_page(
    client: FlaskClient, member: Member, hostile: Hostile, path: str, what: str
) -> None:
    sent = set_out(client)
    hostile.nonce, hostile.instead = sent["nonce"], {path: RUBBISH[what]}
    answer = come_back(client, state=sent["state"], code="a-code")
    assert answer.status_code == 424
    assert not is_in(client)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token"])
def test_a_provider_that_hangs_is_left(
    client: FlaskClient, hostile: Hostile, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "READ_S", 0.3)
    over = threading.Event()
    sent = set_out(client)
    hostile.instead = {path: lambda: Response("late" if over.wait(20) else "never")}
    answer = come_back(client, state=sent["state"], code="a-code")
    over.set()
    assert answer.status_code == 424


def test_a_provider_that_drips_is_left(
    client: FlaskClient, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "WHOLE_S", 0.3)
    over = threading.Event()

    def drops() -> Iterator[bytes]:
        while not over.wait(0.05):
            yield b" "

    hostile.instead = {"/.well-known/openid-configuration": lambda: Response(drops())}
    assert client.get("/sign-in/openid").status_code == 424
    over.set()


def test_a_provider_that_is_away_becomes_a_kind_page(settings: Settings) -> None:
    gone = Hostile()
    gone.stop()
    app = create_app(settings.model_copy(update={"oidc_issuer": gone.issuer}))
    answer = app.test_client().get("/sign-in/openid")
    app.extensions["campus"].database.close()
    assert answer.status_code == 424
    assert "Try again in a moment" in answer.text
