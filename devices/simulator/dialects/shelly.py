"""Shelly Gen2 and later: a Pro 3EM at the grid, plugs at the printers. Energy in Wh, Mexican mains."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from devices.simulator.chance import drift
from devices.simulator.message import Message, as_json

PHASE_V = 127.0
SHARES = {"a": 0.36, "b": 0.31, "c": 0.33}
"""How the house hangs on the three phases."""


def three_phases(topic: str, power_w: float, now: datetime, seed: int) -> list[Message]:
    """`status/em:0` of a three-phase meter: power, + drawn, - fed in."""
    body: dict[str, Any] = {"id": 0}
    total_a = total_va = 0.0
    for phase, share in SHARES.items():
        volts = _volts(seed, phase, now)
        watts, factor = power_w * share, 0.93
        apparent = abs(watts) / factor
        total_va, total_a = total_va + apparent, total_a + apparent / volts
        body |= {
            f"{phase}_current": round(apparent / volts, 3),
            f"{phase}_voltage": round(volts, 1),
            f"{phase}_act_power": round(watts, 1),
            f"{phase}_aprt_power": round(apparent, 1),
            f"{phase}_pf": factor if watts >= 0 else -factor,
            f"{phase}_freq": 60.0,
        }
    body |= {
        "n_current": None,
        "total_current": round(total_a, 3),
        "total_act_power": round(power_w, 3),
        "total_aprt_power": round(total_va, 3),
        "user_calibrated_phase": [],
    }
    return [as_json(f"{topic}/status/em:0", body)]


def three_phase_energy(topic: str, import_wh: float, export_wh: float) -> list[Message]:
    """`status/emdata:0`: the lifetime registers."""
    body: dict[str, Any] = {"id": 0}
    for phase, share in SHARES.items():
        body[f"{phase}_total_act_energy"] = round(import_wh * share, 2)
        body[f"{phase}_total_act_ret_energy"] = round(export_wh * share, 2)
    body |= {"total_act": round(import_wh, 3), "total_act_ret": round(export_wh, 3)}
    return [as_json(f"{topic}/status/emdata:0", body)]


def plug(topic: str, power_w: float, energy_wh: float, now: datetime, seed: int) -> list[Message]:
    """A plug's NotifyStatus on `events/rpc`."""
    stamp = round(now.timestamp(), 2)
    volts = _volts(seed, "a", now)
    status = {
        "id": 0,
        "output": True,
        "apower": round(power_w, 1),
        "voltage": round(volts, 1),
        "current": round(power_w / volts, 3),
        "aenergy": {"total": round(energy_wh, 3), "by_minute": [], "minute_ts": int(stamp)},
    }
    source = topic.rsplit("/", 1)[-1]
    params = {"ts": stamp, "switch:0": status}
    body = {"src": source, "dst": f"{topic}/events", "method": "NotifyStatus", "params": params}
    return [as_json(f"{topic}/events/rpc", body)]


def online(topic: str, is_online: bool) -> Message:
    """The birth message and the last will."""
    return Message(f"{topic}/online", b"true" if is_online else b"false", retained=True)


def _volts(seed: int, phase: str, now: datetime) -> float:
    return PHASE_V + 1.6 * drift(seed, f"mains {phase}", now.timestamp(), 40)
