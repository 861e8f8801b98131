"""WebAuthn's relying party: the campus's own address, as browsers bind passkeys to it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from campus.settings import Settings

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Party:
    """`id` is a host's name, never an IP address; `origin` is what the browser says it was at."""

    id: str
    origin: str


def party_of(settings: Settings, host: str) -> Party | None:
    """The relying party for a request to `host` (its Host header); None where there can be no passkeys.

    It comes from the settings. A campus on loopback that has no public URL is also http://localhost
    with its own port, if that is where the request went: browsers take no IP address for a passkey.
    """
    site = urlsplit(settings.site_url)
    if site.hostname and not is_ip_address(site.hostname):
        return Party(site.hostname, _origin(site.scheme, site.hostname, site.port))
    asked = host.partition(":")[0].lower()
    if settings.on_loopback and not settings.public_url and asked == "localhost":
        return Party("localhost", _origin("http", "localhost", settings.port))
    return None


def local_name(settings: Settings) -> str | None:
    """The address to open instead, for who came to a campus on loopback by its IP address."""
    if settings.on_loopback and not settings.public_url:
        return _origin("http", "localhost", settings.port)
    return None


def is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _origin(scheme: str, host: str, port: int | None) -> str:
    """As a browser writes it: lower case, without the port that goes without saying."""
    name = host.lower()
    return f"{scheme}://{name}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{name}:{port}"
