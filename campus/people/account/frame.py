"""What the pages of the account share: one blueprint, and what every one of them is shown with."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from campus import clock
from campus.people.access import require_member

LARGEST_ID = 2**63 - 1
"""What the store can number; a larger one is nobody's."""
blueprint = Blueprint("account", __name__)


def render(page: str, **shown: Any) -> str:
    """One of the account's pages."""
    return render_template(f"people/account/{page}.html", member=require_member(), now=clock.now(), **shown)
