"""The journey of a browser to the OpenID provider and back: one ticket, good once, in this browser alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request, session
from flask_babel import gettext as _

from campus import letters
from campus.errors import NotAllowed, NotFound
from campus.hub import hub
from campus.people import tickets
from campus.people.connect.claims import Person, ProviderFault, read_person
from campus.people.keychain import Ticket
from campus.people.secrets import digest, new_secret

if TYPE_CHECKING:
    from campus.people.connect.provider import Provider

LASTS = timedelta(minutes=10)
BROWSER_KEY = "openid_browser"
"""Where Flask's signed cookie holds the secret that binds a journey to the browser that set out."""
TRAVELS, LINKS = "openid", "openid.link"
LONGEST_CODE = 4096


@dataclass(frozen=True, slots=True)
class Back:
    """Who came back, the page that was wanted, and the member who wants to link; None: to sign in."""

    person: Person
    email: str
    then: str
    member_id: int | None


def set_out(then: str, member_id: int | None, now: datetime) -> str:
    """The provider's address to send this browser to. Raises NotFound where none is set, ProviderFault."""
    from campus.people.connect.provider import new_secrets  # noqa: PLC0415 - its libraries are large

    nonce, verifier = new_secrets()
    provider = _provider()
    told = {"browser": digest(_browser()), "nonce": nonce, "verifier": verifier, "next": then[:2000]}
    with hub().database.write() as store:
        state = tickets.issue(store, TRAVELS, LASTS, now, member_id=member_id, data=told)
    return provider.address_to_ask(state, nonce, verifier)


def come_back(said: Mapping[str, str], now: datetime) -> Back:
    """What the provider says of whoever came back with the query `said`.

    Raises NotAllowed for a journey that this browser did not begin, that is over, or that ended in a no;
    ProviderFault, Unreadable.
    """
    ticket = _used(said.get("state", ""), now)
    if "error" in said:
        if said["error"] == "access_denied":
            raise NotAllowed(_("You did not sign in there. Nothing happened; choose another way."))
        raise ProviderFault("it answered with an error")
    provider, code = _provider(), said.get("code", "")
    wants_issuer = provider.metadata.authorization_response_iss_parameter_supported
    if said.get("iss", None if wants_issuer else provider.metadata.issuer) != provider.metadata.issuer:
        raise ProviderFault("somebody else answered (RFC 9207)")
    if not 0 < len(code) <= LONGEST_CODE:
        raise ProviderFault("it sent no code")
    claims = provider.claims(code, ticket.data["nonce"], ticket.data["verifier"])
    email = claims.get("email")
    shown = email[:254] if isinstance(email, str) and email.isprintable() else ""
    return Back(read_person(claims), shown, ticket.data["next"], ticket.member_id)


def keep_link(person: Person, member_id: int, now: datetime) -> str:
    """A ticket for a link that waits for a yes."""
    told = {"issuer": person.issuer, "subject": person.subject}
    with hub().database.write() as store:
        return tickets.issue(store, LINKS, LASTS, now, member_id=member_id, data=told)


def waiting_link(secret: str, member_id: int, now: datetime) -> Person | None:
    """The person whom this member wanted to link; good once, None if it is too late."""
    with hub().database.write() as store:
        ticket = tickets.redeem(store, LINKS, secret, now)
    if ticket is None or ticket.member_id != member_id:
        return None
    return Person(ticket.data["issuer"], ticket.data["subject"], None, "")


def page_at_home(host: str) -> str | None:
    """On loopback, this page at the address to which the provider will send the browser back, if that is
    another name of this machine: its cookie would not be there."""
    settings = hub().settings
    home = urlsplit(settings.site_url)
    if not settings.on_loopback or host.rpartition(":")[0] in ("", home.hostname, f"[{home.hostname}]"):
        return None
    return settings.site_url + request.full_path.rstrip("?")


def _used(state: str, now: datetime) -> Ticket:
    with hub().database.write() as store:
        ticket = tickets.redeem(store, TRAVELS, state, now)
    if ticket is None or not compare_digest(ticket.data["browser"], digest(_browser())):
        raise NotAllowed(_("That took too long, or began in another browser. Please try once more."))
    return ticket


def _provider() -> Provider:
    from campus.people.connect.provider import Provider  # noqa: PLC0415

    settings = hub().settings
    if not (settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret):
        raise NotFound(_("No OpenID provider is set here."))
    home = letters.link("oidc.callback")
    return Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, home)


def _browser() -> str:
    if not isinstance(session.get(BROWSER_KEY), str):
        session[BROWSER_KEY] = new_secret()
    secret: str = session[BROWSER_KEY]
    return secret
