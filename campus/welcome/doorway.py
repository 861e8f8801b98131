"""Whether a visitor sits at the machine itself, pure: nothing between them and us, no name but its own."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from campus.settings import LOOPBACK

SIGNS_OF_A_PROXY = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")


def is_at_the_machine(address: str | None, host: str, header_names: Iterable[str]) -> bool:
    """True if a request from `address`, asking for `host`, was made on this machine by its own browser.

    A proxy beside us has a loopback address too, and gives itself away by what it adds. A page elsewhere
    whose name leads here (DNS rebinding) gives itself away by that name.
    """
    names = {name.lower() for name in header_names}
    if any(name in SIGNS_OF_A_PROXY or name.startswith("x-forwarded") for name in names):
        return False
    try:
        here = ip_address(address or "").is_loopback
        return here and "@" not in host and urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False
