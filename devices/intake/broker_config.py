"""The configuration of a Mosquitto 2 that stands up to a hub: text from values, pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from urllib.parse import quote as percent

AUTOSAVE_S = 10
"""How often Mosquitto writes what it holds to the disk: what may be lost if it is killed."""
IN_FLIGHT = 2_000
QUEUED_MESSAGES, QUEUED_BYTES = 1_000_000, 512 * 1024 * 1024
LONGEST_TOPIC, HEADER = 64 * 1024, 16
AWAY_DAYS = 14
_HOST_LEVEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the broker finds its files."""

    acl: Path
    passwords: Path
    authority: Path
    certificate: Path
    key: Path
    data: Path


def configuration(
    places: Places, *, port: int, owner: str, require_certificate: bool, largest_payload: int
) -> str:
    """The text of mosquitto.conf; `largest_payload` in bytes.

    Raises ValueError for a value that would be read as something else.
    """
    for value in (owner, *(str(getattr(places, name)) for name in Places.__slots__)):
        if not value.isprintable() or value != value.strip() or not value:
            raise ValueError(f"{value!r} cannot stand in a configuration")
    return f"""\
# A broker for this hub. Written by `flask --app app broker-config`, anew each time: changes made here are
# lost. Start it with: mosquitto -c mosquitto.conf

# Only with TLS, only with user and password, and each only on its own topics.
per_listener_settings false
listener {port}
tls_version tlsv1.2
cafile {places.authority}
certfile {places.certificate}
keyfile {places.key}
require_certificate {str(require_certificate).lower()}
allow_anonymous false
password_file {places.passwords}
acl_file {places.acl}
# Started as root it becomes this user; started as anybody else it stays who it is.
user {owner}

# Campus reads payloads of {largest_payload // 1024} KiB at most. Who sends larger packets is disconnected.
max_packet_size {largest_payload + LONGEST_TOPIC + HEADER}

# Campus acknowledges a message when it is stored, a batch at a time: so many may be on their way to it.
max_inflight_messages {IN_FLIGHT}
# What waits for a worker that is away, whichever is reached first. At 50 messages of 300 bytes a second the
# messages are {QUEUED_MESSAGES // 50 // 3600} hours. What comes after that is lost, the newest first.
max_queued_messages {QUEUED_MESSAGES}
max_queued_bytes {QUEUED_BYTES}
# Messages of QoS 0 wait too; of several workers one may be away while the others listen.
queue_qos0_messages true
# Sessions of clients that stayed away for so long are forgotten, with what waits for them.
persistent_client_expiration {AWAY_DAYS}d

# What waits and what is retained is on the disk after an orderly stop, and every {AUTOSAVE_S} seconds.
# THE LOSS WINDOW: a broker that is killed, or a power cut, loses what came in the last {AUTOSAVE_S} seconds
# and was not yet with Campus. What Campus has acknowledged is in its store and is not lost.
persistence true
persistence_location {places.data}/
autosave_interval {AUTOSAVE_S}

log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
set_tcp_nodelay true
"""


def environment(password: str, *, user: str, host: str, port: int, ca: Path, cert: Path, key: Path) -> str:
    """The settings with which Campus reaches this broker, for a shell or for systemd's EnvironmentFile."""
    shown = f"[{host}]" if ":" in host else host
    said = {
        "CAMPUS_MQTT_URL": f"mqtts://{percent(user, safe='')}:{percent(password, safe='')}@{shown}:{port}",
        "CAMPUS_MQTT_CA": str(ca),
        "CAMPUS_MQTT_CERT": str(cert),
        "CAMPUS_MQTT_KEY": str(key),
    }
    return "".join(f"{name}={quote(value)}\n" for name, value in said.items())


def read_host(text: str) -> str:
    """A host name as certificates have it, or an address. Raises ValueError."""
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    try:
        name = text.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not name or len(name) > 253 or not all(_HOST_LEVEL.fullmatch(level) for level in name.split(".")):
        raise ValueError(f"{text[:80]!r} is no name of a host")
    return name
