"""Where mails go and whom they are from, pure: read from the settings, refused with a ValueError."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Protection = Literal["none", "starttls", "tls"]
PORTS = {"smtp": 587, "smtps": 465}
_ADDRESS = re.compile(r"[^@\s<>\x00-\x20]+@[^@\s<>\x00-\x20]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes mail (SMTP)."""

    host: str
    port: int
    protection: Protection
    user: str | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom mails are from. No name: the campus's own."""

    address: str
    name: str = ""


def read_mail_server(url: str) -> MailServer:
    """The server of `smtp://user:password@host:587?starttls=1` or `smtps://…:465`; %40 stands for @.

    Raises ValueError. A password that would travel in the clear to another machine is refused.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise ValueError("not an SMTP URL")
    wishes = dict(parse_qsl(parts.query, keep_blank_values=True))
    starttls = wishes.pop("starttls", "0")
    if wishes or starttls not in ("0", "1"):
        raise ValueError("only ?starttls=1 is known")
    protection: Protection = "tls" if parts.scheme == "smtps" else "starttls" if starttls == "1" else "none"
    if parts.username and protection == "none" and not _is_this_machine(parts.hostname):
        raise ValueError("a password goes only over TLS: smtps://, or ?starttls=1")
    return MailServer(
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        protection,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password or ""),
    )


def read_sender(text: str) -> Sender:
    """The sender of `address` or `Name <address>`. Raises ValueError."""
    name, address = parseaddr(text.strip())
    if not text.isprintable() or not _ADDRESS.fullmatch(address) or not text.strip().endswith((address, ">")):
        raise ValueError("not a mail address")
    return Sender(address, name)


def mail_host(site_host: str | None) -> str:
    """The host that mails are from: the site's, or localhost where it has no name."""
    if not site_host:
        return "localhost"
    try:
        ip_address(site_host)
    except ValueError:
        return site_host
    return "localhost"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def sender_of(mail_from: str | None, site_url: str) -> Sender:
    """Whom mails are from, and who asks to the bookings in them, by the settings of these names."""
    if mail_from:
        return read_sender(mail_from)
    return Sender(f"campus@{mail_host(urlsplit(site_url).hostname)}")
