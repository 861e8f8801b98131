"""Signing in with what the start-up printed, and being refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.running import Campus
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sign_in(page: Page, campus: Campus, email: str, password: str) -> None:
    page.goto(f"{campus.url}/sign-in")
    page.get_by_label("Mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_what_the_start_printed_opens_the_door(running_campus: Campus, page: Page) -> None:
    wait_until(lambda: running_campus.says("(member)"), "the demo sign-ins")
    email, password, _role = next(line for line in running_campus.lines if "(member)" in line).split()
    sign_in(page, running_campus, email, password)
    expect(page).to_have_url(f"{running_campus.url}/")
    expect(page.get_by_text("Ana Robles").first).to_be_attached()


def test_a_wrong_password_is_refused_without_saying_which_half_was_wrong(
    running_campus: Campus, page: Page
) -> None:
    sign_in(page, running_campus, "ana@hub.example", "not this one")
    expect(page.get_by_text("Mail address and password do not match.")).to_be_visible()
