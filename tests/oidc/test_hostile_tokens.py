"""Id tokens: whatever is not exactly right opens nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus.database import Database
from campus.people.keychain import Identity
from campus.people.models import Member
from tests.oidc.hostile import EC_KEY, GONE, KEY, OTHER_KEY, Hostile, is_in, travel
from tests.oidc.real import CLIENT_SECRET


@pytest.fixture
def issuer(hostile: Hostile) -> str:
    return hostile.issuer


def linked(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Identity.subject)))


def test_an_honest_answer_lets_in(
    database: Database, client: FlaskClient, member: Member, hostile: Hostile
) -> None:
    answer = travel(client, hostile)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/book")
    assert is_in(client)


def test_an_elliptic_key_will_do(client: FlaskClient, member: Member, hostile: Hostile) -> None:
    hostile.key, hostile.header = EC_KEY, {"alg": "ES256", "kid": "two"}
    travel(client, hostile)
    assert is_in(client)


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "of somebody else"},
    "no nonce": {"nonce": GONE},
    "nonce of another kind": {"nonce": ["x"]},
    "another audience": {"aud": "another"},
    "another audience, though we asked": {"aud": "another", "azp": "campus"},
    "no audience": {"aud": GONE},
    "two audiences and nobody who asked": {"aud": ["campus", "another"]},
    "asked by another": {"aud": ["campus", "another"], "azp": "another"},
    "another asked": {"azp": "another"},
    "another issuer": {"iss": "https://accounts.example"},
    "no issuer": {"iss": GONE},
    "expired": {"exp": int(time.time()) - 300},
    "no end": {"exp": GONE},
    "an end that is a word": {"exp": "tomorrow"},
    "from the future": {"iat": int(time.time()) + 86_400},
    "not yet": {"nbf": int(time.time()) + 86_400},
    "no subject": {"sub": GONE},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject of two lines": {"sub": "a\nb"},
    "a long subject": {"sub": "x" * 256},
    "huge": {"groups": ["x" * 100] * 1000},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("wrong", WRONG_CLAIMS)
def test_an_id_token_that_is_wrong_in_one_thing_opens_nothing(
    database: Database, client: FlaskClient, member: Member, hostile: Hostile, wrong: str
) -> None:
    hostile.claims = WRONG_CLAIMS[wrong]
    answer = travel(client, hostile)
    assert answer.status_code == 424
    assert "did not answer as it should" in answer.text
    assert not is_in(client)
    assert linked(database) == []


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({"alg": "none"}, None),
        ({"alg": "none", "kid": "one"}, None),
        ({"alg": "RS256", "kid": "one"}, OTHER_KEY),
        ({"alg": "RS256"}, OTHER_KEY),
        ({"alg": "RS256", "kid": "unknown"}, OTHER_KEY),
        ({"alg": "HS256", "kid": "one"}, KEY.as_pem(private=False)),
        ({"alg": "HS256"}, CLIENT_SECRET.encode()),
        ({"alg": "RS256", "kid": "one", "jwk": OTHER_KEY.as_dict(private=False)}, OTHER_KEY),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_signature_that_only_the_provider_could_make_is_wanted(
    client: FlaskClient, member: Member, hostile: Hostile, header: dict[str, Any], key: Any
) -> None:
    hostile.header, hostile.key = header, key
    hostile.metadata = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
    assert travel(client, hostile).status_code == 424
    assert not is_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email_verified": GONE},
        {"email_verified": False},
        {"email": GONE},
        {"email": ["ana@hub.example"]},
        {"email": "\u0430na@hub.example"},
        {"email": "ａｎａ@hub.example"},
        {"email": "ana@hub\uff0eexample"},
        {"email": "ana@hub.example\n"},
        {"email": "ana@hub.example, eve@evil.example"},
        {"email": "Ana <ana@hub.example>"},
        {"email": "x" * 5000 + "@hub.example"},
    ],
    ids=lambda claims: str(claims)[:40],
)
def test_no_mail_but_a_verified_one_in_plain_letters_links(
    database: Database, client: FlaskClient, member: Member, hostile: Hostile, claims: dict[str, Any]
) -> None:
    hostile.claims = claims
    assert travel(client, hostile).status_code == 403
    assert not is_in(client)
    assert linked(database) == []


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": [7]}, {"keys": [{"kty": "RSA"}]}, []], ids=str)
def test_keys_that_are_none_open_nothing(
    client: FlaskClient, member: Member, hostile: Hostile, keys: Any
) -> None:
    hostile.keys = keys
    assert travel(client, hostile).status_code == 424


@pytest.mark.parametrize(
    "token", [{"id_token": 7}, {"id_token": None}, {"id_token": "a.b.c"}, {"id_token": "é"}], ids=str
)
def test_tokens_that_are_none_open_nothing(
    client: FlaskClient, member: Member, hostile: Hostile, token: dict[str, Any]
) -> None:
    hostile.token = token
    assert travel(client, hostile).status_code == 424
