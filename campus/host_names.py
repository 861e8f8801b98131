"""Which names this campus answers to: what a browser is made to believe about DNS must not lead it here."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from campus.settings import LOOPBACK, Settings

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared


def is_ours(host: str, settings: Settings) -> bool:
    """True if `host`, as a request's Host header has it, is a name of this campus. Ports do not matter.

    Its public name, this machine's loopback names, the address that it listens on. Where it listens on
    all addresses and has no public name, also any address and any name that no stranger's DNS can hand
    out: plain words (`campus`, in a network of containers) and this machine's own.
    """
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if not name or "@" in host or "/" in host or "?" in host or "#" in host:
        return False
    if name in LOOPBACK or name == urlsplit(settings.site_url).hostname or name == settings.host:
        return True
    if settings.public_url or settings.host not in EVERYWHERE:
        return False
    return _is_address(name) or "." not in name or name in (socket.getfqdn(), f"{socket.gethostname()}.local")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
