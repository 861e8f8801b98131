"""Where passkeys belong to: from the settings, never from a header alone."""

from __future__ import annotations

import pytest

from campus.people.webauthn.relying_party import Party, local_name, party_of
from campus.settings import Settings


@pytest.mark.parametrize(
    ("public_url", "party"),
    [
        ("https://campus.example", Party("campus.example", "https://campus.example")),
        ("https://Campus.Example:443/", Party("campus.example", "https://campus.example")),
        ("https://campus.example:8443", Party("campus.example", "https://campus.example:8443")),
        ("http://localhost:8000", Party("localhost", "http://localhost:8000")),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::7]", None),
    ],
)
@pytest.mark.parametrize("host", ["campus.example", "evil.example", "localhost", ""])
def test_a_public_address_is_the_party_whatever_the_request_says(
    public_url: str, party: Party | None, host: str
) -> None:
    assert party_of(Settings(public_url=public_url), host) == party


@pytest.mark.parametrize(
    ("host", "party"),
    [
        ("localhost:8000", Party("localhost", "http://localhost:8000")),
        ("localhost:9", Party("localhost", "http://localhost:8000")),
        ("LOCALHOST", Party("localhost", "http://localhost:8000")),
        ("127.0.0.1:8000", None),
        ("[::1]:8000", None),
        ("localhost.evil.example", None),
        ("evil.example", None),
    ],
)
def test_on_loopback_it_is_localhost_if_one_came_by_that_name(host: str, party: Party | None) -> None:
    assert party_of(Settings(port=8000), host) == party


def test_behind_a_proxy_nothing_is_localhost() -> None:
    assert party_of(Settings(port=8000, proxies=1), "localhost") is None


def test_who_came_by_number_is_told_the_name() -> None:
    assert local_name(Settings(port=8123)) == "http://localhost:8123"
    assert local_name(Settings(public_url="https://192.0.2.7")) is None
