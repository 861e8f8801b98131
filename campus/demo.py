"""The demo hub's sign-ins, shown on its sign-in page. A real hub never has them."""

from __future__ import annotations

DEMO_MEMBERS: tuple[tuple[str, str, str, str], ...] = (
    ("ana@hub.example", "Ana Robles", "member", "vidrio-verde-42"),
    ("luis@hub.example", "Luis Ortega", "staff", "llave-inglesa-42"),
    ("sara@hub.example", "Sara Kim", "analyst", "kilovatios-42"),
)
"""(mail address, name, role, password) of each."""
