"""A campus with an OpenID provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campus.database import Database
from campus.settings import Settings
from tests.conftest import QUICK, leave_out
from tests.oidc.hostile import Hostile
from tests.oidc.real import CLIENT_ID, CLIENT_SECRET, RealProvider
from tests.servers import Missing

HOME = "http://localhost:8000"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProvider]:
    """A provider of its own for each file."""
    try:
        started = RealProvider(tmp_path_factory.mktemp("provider"), f"{HOME}/sign-in/openid/callback")
    except Missing as missing:
        leave_out(missing)
        raise
    yield started
    started.stop()


@pytest.fixture(scope="module")
def one() -> Iterator[Hostile]:
    started = Hostile()
    yield started
    started.stop()


@pytest.fixture
def hostile(one: Hostile) -> Hostile:
    """A provider that is honest until the test says otherwise."""
    one.behave()
    return one


@pytest.fixture
def issuer(provider: RealProvider) -> str:
    return provider.issuer


@pytest.fixture
def settings(sqlite_database: Database, tmp_path: Path, issuer: str) -> Settings:
    """Settings of a campus that knows the provider."""
    return Settings(
        data_dir=tmp_path,
        database_url=sqlite_database.url,
        secret_key="only for the tests of Campus",
        public_url=HOME,
        oidc_issuer=issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name="Hub ID",
        **QUICK,
    )
