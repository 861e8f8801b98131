"""What must be sure before any process starts: a data dir of its own, and ports to listen on."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

from campus import ports
from campus.errors import BadSetting
from campus.settings import PREFIX, Settings


def take_data_dir(folder: Path) -> int:
    """Make the data dir, see that it can be written to, and hold its lock until this process ends.

    Returns the lock's file descriptor. Raises BadSetting.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadSetting(
            f"{PREFIX}DATA_DIR={str(folder)!r}: {(error.strerror or str(error)).lower()}. "
            f"Accepted: {Settings.model_fields['data_dir'].description}."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise BadSetting(
            f"{PREFIX}DATA_DIR={str(folder)!r}: a campus is running on it. Accepted: a folder of its own."
        ) from None
    return lock


def choose_ports(settings: Settings) -> dict[str, str]:
    """The variables that tell every process where web and broker listen. Raises BadSetting."""
    web = ports.choose(settings, "port", settings.host)
    chosen = {f"{PREFIX}PORT": str(web)}
    if settings.mqtt_url is None:
        broker = ports.choose(settings, "broker_port", settings.broker_host, not_this=web)
        chosen[f"{PREFIX}BROKER_PORT"] = str(broker)
    return chosen
