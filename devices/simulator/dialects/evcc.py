"""evcc: load points as bare retained values. Session in Wh, register in kWh.

What the charger's meter measures is said in every cycle, as evcc does; all else when it changes.
"""

from __future__ import annotations

from datetime import datetime

from devices.simulator.cars import Charger
from devices.simulator.message import Message, as_text

MAINS_V = {1: 240.0, 3: 230.0}
MEASURED = frozenset({"chargePower", "chargeTotalImport"})


def load_point(topic: str, charger: Charger, total_wh: float) -> list[Message]:
    """All values of one load point."""
    per_phase = charger.power_w / charger.phases / MAINS_V[charger.phases]
    offered = charger.rated_w / charger.phases / MAINS_V[charger.phases] if charger.visit else 0.0
    values: dict[str, str] = {
        "mode": "now",
        "enabled": _word(charger.visit is not None),
        "connected": _word(charger.visit is not None),
        "charging": _word(charger.power_w > 0),
        "chargePower": f"{charger.power_w:.0f}",
        "chargeTotalImport": f"{total_wh / 1000:.3f}",
        "chargedEnergy": f"{charger.session_wh:.1f}",
        "offeredCurrent": f"{offered:.0f}",
        "phasesActive": str(charger.phases),
        "vehicleTitle": charger.visit.vehicle if charger.visit else "",
        "vehicleSoc": f"{charger.soc:.0f}" if charger.soc is not None else "0",
    }
    for phase in range(1, 4):
        amperes = per_phase if phase <= charger.phases else 0.0
        values[f"chargeCurrents/l{phase}"] = f"{amperes:.1f}"
    return [
        Message(f"{topic}/{key}", value.encode(), retained=True)
        if key in MEASURED
        else as_text(f"{topic}/{key}", value)
        for key, value in values.items()
    ]


def heartbeat(root: str, now: datetime) -> Message:
    """Unix seconds: evcc lives."""
    return Message(f"{root}/updated", str(int(now.timestamp())).encode(), retained=True)


def online(root: str, is_online: bool) -> Message:
    """The birth message and the last will."""
    return Message(f"{root}/status", b"online" if is_online else b"offline", retained=True)


def _word(true: bool) -> str:
    return "true" if true else "false"
