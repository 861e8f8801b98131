"""ChirpStack v4: LoRaWAN sensors of Milesight, already decoded by the network server's codec."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from campus.moments import rfc3339
from devices.simulator.garden import Garden, Panel
from devices.simulator.message import Message, as_json
from devices.simulator.rooms import Room

APPLICATION = "5d0c6f6e-3b0a-4c5e-9a58-0f4f0c6a7b21"


def eui(slug: str) -> str:
    """The device's EUI: Milesight's prefix and something of its own."""
    return "24e124" + hashlib.sha256(slug.encode()).hexdigest()[:10]


def topic(slug: str) -> str:
    """The device's root topic."""
    return f"application/{APPLICATION}/device/{eui(slug)}"


def soil(slug: str, panel: Panel, now: datetime) -> list[Message]:
    """EM500-SMTC: moisture %, conductivity µS/cm, temperature °C."""
    values = {
        "battery": 96,
        "temperature": round(panel.temperature, 1),
        "moisture": round(panel.moisture, 2),
        "ec": round(panel.conductivity),
    }
    return [_uplink(slug, "EM500-SMTC", values, now)]


def valve(slug: str, garden: Garden, litres: float, now: datetime) -> list[Message]:
    """UC511: the valve and the pulses of its water meter, one a litre."""
    values = {
        "battery": 92,
        "valve_1": "open" if garden.watering else "close",
        "valve_1_pulse": int(litres),
    }
    return [_uplink(slug, "UC511", values, now)]


def air(slug: str, room: Room, now: datetime) -> list[Message]:
    """AM307 on the wall: CO2 ppm, temperature °C, humidity %, PIR."""
    values = {
        "temperature": round(room.temperature, 1),
        "humidity": round(room.humidity, 1),
        "pir": "trigger" if room.people else "idle",
        "light_level": 4 if room.people else 1,
        "co2": round(room.co2),
        "tvoc": round(0.2 + room.people * 0.03, 2),
        "pressure": 887.4,
        "battery": 100,
    }
    return [_uplink(slug, "AM307", values, now)]


def heads(slug: str, room: Room, now: datetime) -> list[Message]:
    """VS121 under the ceiling: how many people it sees."""
    return [_uplink(slug, "VS121", {"people_count_all": room.people}, now)]


def _uplink(slug: str, profile: str, values: dict[str, Any], now: datetime) -> Message:
    seen = hashlib.sha256(f"{slug}/{now.timestamp()}".encode()).hexdigest()
    body = {
        "deduplicationId": f"{seen[:8]}-{seen[8:12]}-4{seen[13:16]}-8{seen[17:20]}-{seen[20:32]}",
        "time": rfc3339(now).replace("Z", "+00:00"),
        "deviceInfo": {
            "tenantName": "ChirpStack",
            "applicationId": APPLICATION,
            "applicationName": "campus",
            "deviceProfileName": profile,
            "deviceName": slug,
            "devEui": eui(slug),
            "tags": {},
        },
        "dr": 3,
        "fCnt": int(now.timestamp()) % 65_536,
        "fPort": 85,
        "object": values,
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -70 - int(seen[:2], 16) % 25, "snr": 8.5}],
    }
    return as_json(f"{topic(slug)}/event/up", body)
