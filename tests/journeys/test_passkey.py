"""A passkey in a real browser: added, used to sign in by button and by autofill, a proof, removed."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.device import NO_AUTOFILL, Device
from tests.running import Campus

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(running_campus: Campus) -> str:
    """The campus by its name: browsers take no IP address for a passkey."""
    return f"http://localhost:{running_campus.port}"


@pytest.fixture
def device(page: Page) -> Iterator[Device]:
    yield Device(page.context.new_cdp_session(page))


def walk_in_as_ana(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in?next=/account/security")
    page.get_by_role("button", name="Ana Robles").click()
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()


def sign_out(page: Page, site: str) -> None:
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{site}/sign-in?next=/account")


def add(page: Page, device: Device, name: str) -> None:
    device.touch(there=True)
    page.get_by_label("Name of the new passkey").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#toasts")).to_contain_text("opens your account from now on")
    expect(page.locator("#passkeys li")).to_contain_text(name)
    device.touch(there=False)


def test_a_passkey_from_its_first_day_to_its_last(
    page: Page, site: str, device: Device, running_campus: Campus
) -> None:
    page.add_init_script(NO_AUTOFILL)
    walk_in_as_ana(page, site)
    add(page, device, "Laptop")
    assert [key["isResidentCredential"] for key in device.held()] == [True]

    sign_out(page, site)
    device.touch(there=True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/account")
    assert device.held()[0]["signCount"] > 1

    _age_the_proof(running_campus)
    page.goto(f"{site}/account/security")
    page.get_by_role("link", name="Change: Laptop").click()
    page.get_by_role("button", name="Remove this passkey").click()
    page.wait_for_url(re.compile("/confirm"))
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile("/account/passkeys/"))
    page.get_by_role("button", name="Remove this passkey").click()
    expect(page.locator("#toasts")).to_contain_text("opens nothing any more")

    sign_out(page, site)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("That passkey opens nothing here.")


def test_the_address_field_offers_the_passkey(page: Page, site: str, device: Device) -> None:
    walk_in_as_ana(page, site)
    add(page, device, "Phone")
    sign_out(page, site)
    expect(page.get_by_label("Mail address")).to_have_attribute("autocomplete", "username webauthn")
    device.touch(there=True)  # it answers a request that comes from now on
    page.reload()
    page.wait_for_url(f"{site}/account")


SAYS_WHEN_OVER = """
    const get = CredentialsContainer.prototype.get;
    CredentialsContainer.prototype.get = function (asked) {
      const over = () => setTimeout(() => { document.documentElement.dataset.over = "yes"; }, 100);
      return get.call(this, asked).finally(over);
    };
"""


def test_nobody_is_told_of_a_key_that_they_did_not_choose(page: Page, site: str, device: Device) -> None:
    page.add_init_script(f"if (window.CredentialsContainer) {{ {SAYS_WHEN_OVER} }}")
    device.touch(there=True)
    page.goto(f"{site}/sign-in")
    expect(page.locator("html")).to_have_attribute("data-over", "yes")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_who_is_not_its_owner_adds_nothing(page: Page, site: str, device: Device) -> None:
    walk_in_as_ana(page, site)
    device.knows(its_owner=False)
    device.touch(there=True)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("form[data-passkey] [role=alert]")).to_be_visible()
    assert device.held() == []


def test_a_browser_without_passkeys_shows_no_button(page: Page, site: str) -> None:
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto(f"{site}/sign-in")
    expect(page.get_by_label("Mail address")).to_be_visible()
    expect(page.get_by_text("Sign in with a passkey")).to_be_hidden()


def _age_the_proof(campus: Campus) -> None:
    """As if the quarter of an hour were over."""
    before = int((time.time() - 3600) * 1_000_000)
    with sqlite3.connect(campus.data_dir / "campus.db", timeout=10) as store:
        store.execute("UPDATE browser_session SET proved_at = ?", (before,))
    store.close()
