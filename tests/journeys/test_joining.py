"""One member's way in: asked by mail, a password, a second step, a recovery code, a passkey, and a
browser left behind that is signed out from afar."""

from __future__ import annotations

import email
import email.policy
import re

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.device import NO_AUTOFILL, Device
from tests.running import Campus
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOA, PASSWORD = "noa@nopal.example", "lantern gravel otter"


def mailed_link(campus: Campus, to: str, path: str) -> str:
    """The path of the link in the newest mail to `to`, "" if there is none yet."""
    found = ""
    for file in sorted((campus.data_dir / "outbox").glob("*.eml")):
        letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if to in str(letter["To"]) and (link := re.search(rf"{path}/\S+", letter.get_content())):
            found = link[0]
    return found


def sign_out(page: Page) -> None:
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("Mail address").fill(NOA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def invite(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in?next=/people/invitations/new")
    page.get_by_role("button", name="Iris Vega").click()
    page.get_by_label("Mail addresses, one a line").fill(NOA)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=NOA)).to_be_visible()
    sign_out(page)


def join(page: Page, site: str, link: str) -> None:
    page.goto(site + link)
    expect(page).to_have_url(f"{site}/join")
    page.get_by_label("Your name").fill("Noa Ibarra")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("details.account summary")).to_contain_text("Noa")


def turn_on_second_step(page: Page, site: str) -> tuple[pyotp.TOTP, list[str]]:
    page.goto(f"{site}/account/second-step")
    codes = pyotp.TOTP("".join(page.locator(".seed span").all_inner_texts()))
    page.get_by_label("2. Type the code that it shows").fill(codes.now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    return codes, page.locator(".recovery-codes code").all_inner_texts()


def use_recovery_code(page: Page, code: str) -> None:
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Go on").click()


def test_from_the_invitation_to_a_browser_signed_out_from_afar(
    running_campus: Campus, page: Page, chromium: Browser
) -> None:
    site = f"http://localhost:{running_campus.port}"
    invite(page, site)
    wait_until(lambda: bool(mailed_link(running_campus, NOA, "/join")), "the invitation's mail")
    join(page, site, mailed_link(running_campus, NOA, "/join"))
    _codes, recovery = turn_on_second_step(page, site)
    sign_out(page)

    sign_in(page, site)
    use_recovery_code(page, recovery[0])
    expect(page).to_have_url(f"{site}/")
    sign_out(page)
    sign_in(page, site)
    use_recovery_code(page, recovery[0])
    expect(page.get_by_label("Recovery code")).to_have_attribute("aria-invalid", "true")  # each is good once
    page.get_by_label("Recovery code").fill(recovery[1])
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(f"{site}/")

    elsewhere = chromium.new_context(locale="en-US").new_page()  # a browser left behind, its stream open
    sign_in(elsewhere, site)
    use_recovery_code(elsewhere, recovery[2])
    expect(elsewhere.locator("#live-word")).to_have_text("Live")

    page.add_init_script(NO_AUTOFILL)
    device = Device(page.context.new_cdp_session(page))
    device.touch(there=True)
    page.goto(f"{site}/account/security")
    page.get_by_label("Name of the new passkey").fill("Noa's laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#passkeys li")).to_contain_text("Noa's laptop")
    sign_out(page)
    page.goto(f"{site}/sign-in?next=/account/security")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{site}/account/security")
    expect(page.locator("#sessions li")).to_have_count(2)

    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator("#sessions li")).to_have_count(1)
    expect(elsewhere.locator("#live-word")).not_to_have_text("Live")
    expect(elsewhere.get_by_text("signed out").first).to_be_visible()
    elsewhere.goto(f"{site}/account")
    expect(elsewhere).to_have_url(f"{site}/sign-in?next=/account")
    elsewhere.context.close()
