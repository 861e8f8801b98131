"""The demo hub's sign-ins, shown on its sign-in page. A real hub never has them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.people.models import Member

DemoMember = tuple[str, str, str, str]

DEMO_MEMBERS: tuple[DemoMember, ...] = (
    ("ana@hub.example", "Ana Robles", "member", "vidrio-verde-42"),
    ("luis@hub.example", "Luis Ortega", "staff", "llave-inglesa-42"),
    ("sara@hub.example", "Sara Kim", "analyst", "kilovatios-42"),
    ("iris@hub.example", "Iris Vega", "admin", "ocotillo-rojo-42"),
)
"""(mail address, name, role, password) of each."""


def sign_ins(session: Session) -> Sequence[DemoMember]:
    """Those of the demo hub who are there as they were loaded: beside nobody else stands a password."""
    shown = [email for email, *_rest in DEMO_MEMBERS]
    rows = session.execute(
        select(Member.email, Member.name, Member.role).where(Member.email.in_(shown), Member.active)
    )
    there = {tuple(row) for row in rows}
    return [demo for demo in DEMO_MEMBERS if demo[:3] in there]
