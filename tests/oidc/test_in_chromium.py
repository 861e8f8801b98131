"""The provider in a browser that asks the content policy about every redirect after a form."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from app import create_app
from campus.database import Database
from campus.people.keychain import Identity
from campus.people.models import Member
from campus.settings import Settings
from tests.conftest import PASSWORD, QUICK
from tests.oidc.real import CLIENT_ID, CLIENT_SECRET, RealProvider
from tests.servers import free_port

pytestmark = pytest.mark.browser


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def provider(tmp_path: Path, port: int) -> Iterator[RealProvider]:
    started = RealProvider(tmp_path, f"http://localhost:{port}/sign-in/openid/callback")
    yield started
    started.stop()


@pytest.fixture
def site(sqlite_database: Database, tmp_path: Path, port: int, provider: RealProvider) -> Iterator[str]:
    """A campus with the provider, at an address that a browser can open."""
    home = f"http://localhost:{port}"
    app = create_app(
        Settings(
            data_dir=tmp_path,
            database_url=sqlite_database.url,
            secret_key="only for the tests of Campus",
            port=port,
            public_url=home,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            oidc_name="Hub ID",
            **QUICK,
        )
    )
    server = make_server("localhost", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield home
    server.shutdown()
    thread.join()
    app.extensions["campus"].database.close()


def test_who_is_asked_to_sign_in_on_the_way_to_a_link_gets_there(
    sqlite_database: Database, page: Page, site: str, member: Member, provider: RealProvider
) -> None:
    """Their session ended meanwhile: the form of the sign-in page leads by redirects to the provider."""
    provider.says("ana-9", email="other@elsewhere.example", email_verified=True)
    page.goto(f"{site}/account/identities/new")
    page.get_by_label("Mail address").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/sign-in/openid/callback"))
    page.get_by_role("button", name=re.compile("Yes|Link")).first.click()
    expect(page).to_have_url(f"{site}/account/security#identities")
    with sqlite_database.read() as store:
        assert store.scalars(select(Identity.subject)).all() == ["ana-9"]


def test_a_sign_in_goes_there_and_back(page: Page, site: str, member: Member, provider: RealProvider) -> None:
    provider.says("ana-8", email=member.email, email_verified=True)
    page.goto(f"{site}/sign-in?next=/account")
    page.get_by_role("link", name="Sign in with Hub ID").click()
    expect(page).to_have_url(f"{site}/account")
