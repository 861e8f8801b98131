"""Choosing ports: what was asked for or nothing, a default or the next one that is free."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from campus.errors import BadSetting
from campus.ports import choose
from campus.settings import Settings

HOST = "127.0.0.1"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        yield other.getsockname()[1]


def by_default(port: int) -> Settings:
    """Settings whose port is `port` without anybody having asked for it."""
    return Settings.model_construct(set(), port=port, broker_port=port)


def test_a_free_port_is_taken_as_it_is(taken_port: int) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        free = probe.getsockname()[1]
    assert choose(Settings(port=free), "port", HOST) == free


def test_a_default_that_is_taken_gives_way_to_a_later_one(taken_port: int) -> None:
    assert choose(by_default(taken_port), "port", HOST) > taken_port


def test_a_port_that_was_asked_for_does_not_give_way(taken_port: int) -> None:
    with pytest.raises(BadSetting, match=f"CAMPUS_BROKER_PORT={taken_port}: it is taken"):
        choose(Settings(broker_port=taken_port), "broker_port", HOST)


def test_two_defaults_do_not_meet_on_one_port(taken_port: int) -> None:
    web = choose(by_default(taken_port), "port", HOST)
    assert choose(by_default(taken_port), "broker_port", HOST, not_this=web) not in (web, taken_port)


def test_a_host_that_is_not_ours_is_named() -> None:
    with pytest.raises(BadSetting, match=r"'192\.0\.2\.1' is no address of this machine"):
        choose(Settings(port=18000), "port", "192.0.2.1")
