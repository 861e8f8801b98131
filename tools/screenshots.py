"""Makes the pictures of README.md anew: `make screenshots` writes docs/images/*.png.

The demo hub is loaded as of a moment when much is going on, and the web application is served in this
process with its clock set to that moment: pictures made twice show the same hub. Nothing is published
meanwhile: the simulator's messages go straight to the store.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Literal

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from campus import clock
from campus.database import Database
from campus.demo import DEMO_MEMBERS
from campus.schema import upgrade
from campus.settings import Settings
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.simulator import memory
from devices.simulator.demo import SEED, load_demo
from devices.simulator.hub import things
from devices.simulator.programme import Programme
from devices.simulator.world import World

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
LIVELY = datetime(2026, 3, 4, 19, 20, tzinfo=UTC)
"""Wednesday 4 March 2026, 12:20 in Ciudad Juárez: sun, cars, prints, meetings."""
LAST_MINUTES, TICK = timedelta(minutes=10), timedelta(seconds=10)
"""How long before it the simulator begins to speak as it does live, and in which steps."""
STAFF = next(member for member in DEMO_MEMBERS if member[2] == "staff")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@dataclass(frozen=True)
class Picture:
    """One file of docs/images. Sizes in CSS pixels."""

    name: str
    path: str
    width: int
    height: int
    theme: Literal["light", "dark"] = "light"
    scale: float = 1.0


PICTURES = (
    Picture("overview-light", "/", 1440, 1000),
    Picture("overview-dark", "/", 1440, 1000, theme="dark"),
    Picture("overview-phone", "/", 390, 844, scale=2),
    Picture("book", "/book", 1440, 1000),
    Picture("devices", "/devices", 1440, 1000),
)


@contextmanager
def lively_hub(moment: datetime = LIVELY) -> Iterator[str]:
    """The address of a demo hub whose clock stands at `moment`, for as long as the block runs."""
    clock.now = lambda: moment
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="campus-pictures-") as directory:
        settings = Settings(data_dir=Path(directory), secret_key="only for pictures")  # noqa: S106 - gone with the directory
        database = Database(settings.store_url)
        upgrade(database)
        load_demo(database, settings, moment - LAST_MINUTES)
        _play(database, settings, moment)
        server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        database.close()


def _play(database: Database, settings: Settings, until: datetime) -> None:
    """The last minutes before `until` as the running simulator tells them, every value it has."""
    ingest, programme = Ingest(database, settings.zone), Programme(things())
    world = World.settled(SEED, settings.zone, until - LAST_MINUTES)
    world.remember(memory.recall(settings.data_dir))
    while world.at <= until:
        said = [message for _link, message in programme.due(world, world.at)]
        ingest.store([Arrival(message.topic, message.payload, world.at) for message in said])
        world.step(TICK.total_seconds(), TICK.total_seconds())


def take(browser: Browser, url: str, picture: Picture) -> Path:
    """Sign in, look at the page, keep what is seen. Returns the file."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=picture.scale,
        color_scheme=picture.theme,
        locale="en-US",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.get_by_role("button", name=STAFF[1]).click()
    page.goto(url + picture.path)
    page.evaluate("document.fonts.ready")
    if picture.path == "/":
        page.locator("#power-chart .main-svg").first.wait_for()
        page.locator("#live-state[data-state=live]").wait_for()
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(path=file)
    context.close()
    return file


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with lively_hub() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for picture in PICTURES:
            file = take(browser, url, picture)
            sys.stdout.write(f"{file.relative_to(IMAGES.parent.parent)}  {file.stat().st_size // 1024} kB\n")
        browser.close()


if __name__ == "__main__":
    main()
