"""The roof: create_app(), and `python app.py` = the whole campus on this machine."""

from __future__ import annotations

if __name__ == "__main__":
    # Before the imports below: the supervisor needs none of them, and a bad setting is answered at once.
    import sys

    from campus.supervisor import main

    sys.exit(main(demo="devices.simulator.demo"))

import os
import secrets
from contextlib import suppress
from pathlib import Path

from apiflask import APIFlask

import campus.api
import campus.assets
import campus.bookings.api
import campus.bookings.door.check_in_pages
import campus.bookings.door.door_pages
import campus.bookings.door.door_staff_pages
import campus.bookings.door.wall_note_pages
import campus.bookings.finding.find_pages
import campus.bookings.letters.feed_pages
import campus.bookings.own.booking_pages
import campus.bookings.own.decision_pages
import campus.bookings.own.my_pages
import campus.bookings.own.offer_pages
import campus.bookings.timeline.page_calls
import campus.bookings.timeline.pages
import campus.bookings.usage.statistics_pages
import campus.commands
import campus.health
import campus.language
import campus.look
import campus.openapi
import campus.people.pages
import campus.security
import campus.spaces.api
import campus.spaces.closure_pages
import campus.spaces.floor_pages
import campus.spaces.import_pages
import campus.spaces.photo_pages
import campus.spaces.resource_pages
import campus.spaces.training_pages
import campus.uploads
import campus.welcome.pages
import dashboards.overview
import dashboards.stream
import devices.api
import devices.commands
import devices.history.api
import devices.history.repairs_api
import devices.inbox_pages
import devices.intake.api
import devices.intake.inbox_api
import devices.mapping_pages
import devices.pages
import devices.place_pages
import devices.series_pages
from campus.hub import attach
from campus.settings import Settings, load

ROOMS = (
    campus.welcome.pages,
    campus.people.pages,
    campus.health,
    campus.language,
    campus.assets,
    campus.look,
    campus.spaces.api,
    campus.spaces.import_pages,
    campus.spaces.resource_pages,
    campus.spaces.photo_pages,
    campus.spaces.closure_pages,
    campus.spaces.training_pages,
    campus.spaces.floor_pages,
    campus.uploads,
    campus.bookings.api,
    campus.bookings.timeline.pages,
    campus.bookings.letters.feed_pages,
    campus.bookings.usage.statistics_pages,
    campus.bookings.door.door_pages,
    campus.bookings.door.door_staff_pages,
    campus.bookings.door.check_in_pages,
    campus.bookings.door.wall_note_pages,
    campus.bookings.own.my_pages,
    campus.bookings.own.booking_pages,
    campus.bookings.own.decision_pages,
    campus.bookings.own.offer_pages,
    campus.bookings.finding.find_pages,
    campus.bookings.timeline.page_calls,
    campus.commands,
    devices.api,
    devices.history.api,
    devices.history.repairs_api,
    devices.intake.api,
    devices.intake.inbox_api,
    devices.pages,
    devices.place_pages,
    devices.series_pages,
    devices.inbox_pages,
    devices.mapping_pages,
    devices.commands,
    dashboards.stream,
    dashboards.overview,
)
"""All that has a `register(app)` of its own: pages, calls of the API, commands."""


def create_app(settings: Settings | None = None) -> APIFlask:
    """The Flask application. Starts nothing; reads settings from the environment unless they are given."""
    settings = settings or load()
    app = APIFlask(
        "campus",
        title="Campus",
        version="1",
        spec_path=f"{campus.api.PREFIX}/openapi.json",
        docs_path=None,
        template_folder="templates",
        static_folder="static",
        root_path=str(Path(__file__).parent / "campus"),
    )
    app.config["SECRET_KEY"] = settings.secret_key or _kept_secret(settings.data_dir)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = 2 * 1024 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]
    attach(app, settings)
    campus.security.register(app, settings)
    campus.api.register(app)
    campus.openapi.register(app, settings)
    for room in ROOMS:
        room.register(app)
    return app


def _kept_secret(data_dir: Path) -> str:
    """The secret made on the first start and kept in the data dir, readable by its owner only."""
    path = data_dir / "secret"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"secret.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process was first: its secret stands
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
