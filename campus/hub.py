"""What every request finds on the application: its settings and its database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from flask import Flask, current_app

from campus.database import Database
from campus.settings import Settings


@dataclass(frozen=True)
class Hub:
    settings: Settings
    database: Database

    @property
    def zone(self) -> tzinfo:
        """The campus calendar's zone."""
        return self.settings.zone


def hub() -> Hub:
    """The running application's hub."""
    found: Hub = current_app.extensions["campus"]
    return found


def attach(app: Flask, settings: Settings) -> Hub:
    """Give `app` its hub. Called once by the factory."""
    made = Hub(settings, Database(settings.store_url))
    app.extensions["campus"] = made
    return made
