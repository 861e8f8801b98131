"""A browser in two words, from what it says of itself."""

from __future__ import annotations

import pytest

from campus.people.account.browsers import browser_and_system

WINDOWS = "Windows NT 10.0; Win64; x64"
MAC = "Macintosh; Intel Mac OS X 10_15_7"
IPHONE = "iPhone; CPU iPhone OS 18_5 like Mac OS X"
IPAD = "iPad; CPU OS 18_5 like Mac OS X"
PHONE = "Linux; Android 10; K"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("system", "rest", "words"),
    [
        (WINDOWS, "Gecko/20100101 Firefox/140.0", ("Firefox", "Windows")),
        (WINDOWS, f"{CHROME} Edg/137.0", ("Edge", "Windows")),
        (WINDOWS, CHROME, ("Chrome", "Windows")),
        (MAC, f"{WEBKIT} Version/18.5 Safari/605.1.15", ("Safari", "macOS")),
        (IPHONE, f"{WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1", ("Safari", "iPhone")),
        (IPHONE, f"{WEBKIT} CriOS/137.0 Mobile/15E148 Safari/604.1", ("Chrome", "iPhone")),
        (IPAD, f"{WEBKIT} FxiOS/139.0 Mobile/15E148 Safari/605.1.15", ("Firefox", "iPad")),
        (PHONE, CHROME, ("Chrome", "Android")),
        (PHONE, f"SamsungBrowser/28.0 {CHROME}", ("Samsung Internet", "Android")),
        ("X11; CrOS x86_64 14541.0.0", CHROME, ("Chrome", "ChromeOS")),
        ("X11; Linux x86_64", f"{CHROME} OPR/122.0", ("Opera", "Linux")),
    ],
)
def test_a_browser_is_told_with_its_system(system: str, rest: str, words: tuple[str, str]) -> None:
    assert browser_and_system(f"Mozilla/5.0 ({system}) {rest}") == words


@pytest.mark.parametrize("agent", ["", "curl/8.5.0", "\xff\ufffd"])
def test_what_is_not_known_is_not_guessed(agent: str) -> None:
    assert browser_and_system(agent) == (None, None)
