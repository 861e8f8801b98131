"""Things of the hub's own making, which speak JSON of their own: registered with the format `mapping`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campus.moments import rfc3339
from devices.simulator.garden import FLOW_L_MIN, Garden
from devices.simulator.message import Message, as_json
from devices.simulator.rooms import Room
from devices.simulator.sky import Weather
from devices.simulator.storage import Storage

STORAGE_FIELDS: dict[str, Any] = {
    "power": {"path": "power_w", "scale": -1, "at": "ts"},  # + is what it gives, as evcc has it
    "battery_soc": {"path": "soc", "at": "ts"},
    "energy_import": {"path": "charged_kwh", "at": "ts"},
    "energy_export": {"path": "discharged_kwh", "at": "ts"},
}
GREEN_FIELDS: dict[str, Any] = {
    "occupancy": {"path": "busy", "map": {"true": "occupied", "false": "clear"}, "at": "ts"},
    "people_count": {"path": "players", "at": "ts"},
    "switch": {"path": "lights", "at": "ts"},
}
WATER_FIELDS: dict[str, Any] = {
    "water_total": {"path": "total_l", "at": "ts"},
    "water_flow": {"path": "flow_l_min", "at": "ts"},
}
STATION_FIELDS: dict[str, Any] = {
    "irradiance": {"path": "sun.ghi", "at": "ts"},
    "temperature": {"path": "air.temp", "at": "ts"},
    "humidity": {"path": "air.rh", "at": "ts"},
    "wind_speed": {"path": "wind_kmh", "scale": 1 / 3.6, "at": "ts"},
}


def storage(topic: str, battery: Storage, in_wh: float, out_wh: float, now: datetime) -> list[Message]:
    """The battery's gateway. `power_w` is + while charging."""
    body = {
        "ts": rfc3339(now),
        "soc": round(battery.soc, 1),
        "power_w": round(battery.power_w),
        "charged_kwh": round(in_wh / 1000, 3),
        "discharged_kwh": round(out_wh / 1000, 3),
    }
    return [as_json(topic, body)]


def putting_green(topic: str, green: Room, dark: bool, now: datetime) -> list[Message]:
    """The putting green on the roof: who plays, and the flood light."""
    playing = green.people > 0
    body = {
        "ts": rfc3339(now),
        "busy": playing,
        "players": green.people,
        "lights": "on" if playing and dark else "off",
    }
    return [as_json(topic, body)]


def water_meter(topic: str, garden: Garden, litres: float, now: datetime) -> list[Message]:
    """The pulse counter of the green wall's pipe."""
    flow = FLOW_L_MIN if garden.watering else 0.0
    return [as_json(topic, {"ts": rfc3339(now), "total_l": round(litres, 1), "flow_l_min": flow})]


def weather_station(topic: str, now_: Weather, now: datetime) -> list[Message]:
    """The mast on the roof."""
    body = {
        "ts": rfc3339(now),
        "sun": {"ghi": round(now_.irradiance, 1)},
        "air": {"temp": round(now_.temperature, 1), "rh": round(now_.humidity)},
        "wind_kmh": round(now_.wind_speed * 3.6, 1),
    }
    return [as_json(topic, body)]
