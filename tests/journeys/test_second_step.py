"""A forgotten password and a phone: the link from the mail, the second step turned on, and through it."""

from __future__ import annotations

import email
import email.policy
import re
import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.running import Campus
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ANA, NEW = "ana@hub.example", "sundial gravel otter"


def mailed_links(campus: Campus) -> list[str]:
    """The paths of the links to a new password that were mailed so far."""
    texts = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default).get_content()
        for file in (campus.data_dir / "outbox").glob("*.eml")
    ]
    return [found[0] for text in texts if (found := re.search(r"/reset/\S+", text))]


def sign_in(page: Page, campus: Campus) -> None:
    page.goto(f"{campus.url}/sign-in")
    page.get_by_label("Mail address").fill(ANA)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_forgotten_password_and_a_second_step(running_campus: Campus, page: Page) -> None:
    page.goto(f"{running_campus.url}/sign-in")
    page.get_by_role("link", name="Forgot it?").click()
    page.get_by_label("Mail address").fill(ANA)
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    wait_until(lambda: bool(mailed_links(running_campus)), "the mail with the link")

    page.goto(running_campus.url + mailed_links(running_campus)[0])
    expect(page).to_have_url(f"{running_campus.url}/reset")
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("New password")).to_have_attribute("type", "text")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()

    sign_in(page, running_campus)
    page.goto(f"{running_campus.url}/account/second-step")
    codes = pyotp.TOTP("".join(page.locator(".seed span").all_inner_texts()))
    typed = codes.now()
    page.get_by_label("2. Type the code that it shows").fill(typed)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    recovery = page.locator(".recovery-codes code").first.inner_text()

    page.context.clear_cookies()
    sign_in(page, running_campus)
    page.get_by_label("Code").fill(typed)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("it was used already")).to_be_visible()
    page.get_by_label("Code").fill(codes.at(int(time.time()) + 30))
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(f"{running_campus.url}/")

    page.context.clear_cookies()
    sign_in(page, running_campus)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(recovery)
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(f"{running_campus.url}/")
