"""Tasmota: the meter of the solar inverter. Energy in kWh, times of the campus without a zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from devices.simulator.message import Message, as_json

VOLTS = 220


def energy(topic: str, power_w: float, total_wh: float, now: datetime, zone: ZoneInfo) -> list[Message]:
    """`tele/<topic>/SENSOR` with an ENERGY object."""
    body = {
        "Time": now.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "ENERGY": {
            "TotalStartTime": "2024-02-01T10:00:00",
            "Total": round(total_wh / 1000, 3),
            "Power": round(power_w),
            "ApparentPower": round(power_w / 0.99),
            "Factor": 0.99 if power_w else 0.0,
            "Voltage": VOLTS,
            "Current": round(power_w / VOLTS / 3**0.5, 3),
        },
    }
    return [as_json(f"tele/{topic}/SENSOR", body)]


def online(topic: str, is_online: bool) -> Message:
    """The birth message and the last will."""
    return Message(f"tele/{topic}/LWT", b"Online" if is_online else b"Offline", retained=True)
