"""Every page of people, registered at once."""

from __future__ import annotations

from flask import Flask

import campus.people.access
import campus.people.account.pages
import campus.people.arrivals.invitation_pages
import campus.people.arrivals.joining
import campus.people.connect.pages
import campus.people.door.proof
import campus.people.door.reset
import campus.people.door.second_step
import campus.people.door.second_step_pages
import campus.people.door.sign_in
import campus.people.people_pages
import campus.people.tenants.company_pages
import campus.people.tenants.domain_pages
import campus.people.trail.pages
import campus.people.webauthn.calls
import campus.people.webauthn.pages

PARTS = (
    campus.people.access,
    campus.people.door.sign_in,
    campus.people.door.reset,
    campus.people.door.second_step,
    campus.people.door.second_step_pages,
    campus.people.people_pages,
    campus.people.trail.pages,
    campus.people.arrivals.joining,
    campus.people.tenants.domain_pages,
    campus.people.tenants.company_pages,
    campus.people.arrivals.invitation_pages,
    campus.people.door.proof,
    campus.people.account.pages,
    campus.people.connect.pages,
    campus.people.webauthn.calls,
    campus.people.webauthn.pages,
)


def register(app: Flask) -> None:
    """The gate first, then the pages behind it."""
    for part in PARTS:
        part.register(app)
