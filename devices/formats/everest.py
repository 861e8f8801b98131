"""EVerest, through its API module: one JSON object a topic, every second.

Root: one charger (`everest_api/evse_manager`; `everest_api/1/evse_manager_consumer/<id>` with the newer API),
or all of them (`everest_api`), and then their names are the channels. The session's `datetime` and the
meter's `timestamp` are the readings' times. The link to the operator, on
`everest_api/ocpp/var/connection_status`, is kept as x_ocpp_connection; it is no charger's availability,
unless the module itself (`everest_api/ocpp`) is what was registered.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import below, json_type, parse, text
from devices.formats._tables import LINES, REST, VERBATIM, Field, Fields, Words, take
from devices.formats._times import any_time
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "EVerest"
ROOTS = ("everest_api/evse_manager",)
STATE: Words = {
    "unplugged": "available",
    "disabled": "unavailable",
    "reserved": "unavailable",
    "preparing": "connected",
    "authrequired": "connected",
    "waitingforenergy": "suspended",
    "charging": "charging",
    "chargingpausedev": "suspended",
    "chargingpausedevse": "suspended",
    "finished": "connected",
    "finishedev": "connected",
    "finishedevse": "connected",
    "faulted": "faulted",
}


def _by_line(metric: str, per: float = 1.0) -> Fields:
    """An object with the phases and their total."""
    return {
        **{line.upper(): Field(metric, line, per=per) for line in LINES},
        "N": Field(metric, "n", per=per),
        "DC": Field(metric, "dc", per=per),
        "total": Field(metric, per=per),
    }


VARIABLES: dict[str, Fields | None] = {
    "session_info": {
        "state": Field("charger_status", words=STATE),
        "charged_energy_wh": Field("session_energy", per=1000),
        "discharged_energy_wh": Field("x_session_energy_discharged", per=1000),
        "charging_duration_s": Field("x_charge_duration"),
        "latest_total_w": Field("power"),
        REST: None,
    },
    "powermeter": {
        "energy_Wh_import": _by_line("energy_import", per=1000),
        "energy_Wh_export": _by_line("energy_export", per=1000),
        "power_W": _by_line("power"),
        "voltage_V": _by_line("voltage"),
        "current_A": _by_line("current"),
        "VAR": _by_line("reactive_power"),
        "frequency_Hz": {"L1": Field("frequency"), "L2": None, "L3": None},
        "temperatures": None,
        **dict.fromkeys(("timestamp", "meter_id", "phase_seq_error", "signed_meter_value")),
        **dict.fromkeys(("energy_Wh_import_signed", "energy_Wh_export_signed", "power_W_signed")),
        **dict.fromkeys(("voltage_V_signed", "current_A_signed", "VAR_signed", "frequency_Hz_signed")),
    },
    "limits": {
        "max_current": Field("charge_limit"),
        "nr_of_phases_available": Field("x_phases_available"),
        "uuid": None,
    },
    "telemetry": {"temperature": Field("temperature")},
    "ev_info": {
        "soc": Field("vehicle_soc"),
        "evcc_id": Field("vehicle", words=VERBATIM),
        REST: None,
    },
    **dict.fromkeys(("hardware_capabilities", "hw_capabilities", "selected_protocol", "datetime", "evse_id")),
}
LINK = {"connected": "online", "disconnected": "offline"}
OCPP_LINK = "ocpp/connection_status"
"""The suffix for the operator's link."""
FAULTS = ("permanent_fault", "active_permanent_faults")


def suffix(root: str, topic: str) -> str | None:
    """`<variable>` of a charger, or `<charger>/<variable>` below the whole API."""
    root = root.removesuffix("/")
    rest = below(root, topic)
    if rest is None:
        return None
    levels = rest.split("/")
    if len(levels) == 2 and levels[0] in ("var", "e2m"):
        own = root.rpartition("/")[2]
        return "ocpp" if own == "ocpp" and levels[1] == "connection_status" else levels[1]
    if len(levels) > 2 and levels[-2] in ("var", "e2m"):
        return f"{levels[-3]}/{levels[-1]}"
    return "commands"


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one variable; nothing for settings, commands and lists. Raises BadPayload."""
    channel, _, variable = suffix.rpartition("/")
    if not payload or suffix == "commands":
        return []
    if variable == "ocpp" or suffix == OCPP_LINK:
        return _link(
            text(payload).strip('"').lower(), "online" if variable == "ocpp" else "x_ocpp_connection"
        )
    if variable not in VARIABLES or VARIABLES[variable] is None:
        return []
    values = parse(payload)
    if not isinstance(values, dict):
        raise BadPayload(f"{variable}: a JSON object was expected, not {json_type(values)}")
    found: Decoded = []
    at = any_time(values.get("datetime", values.get("timestamp")), source.zone)
    if variable == "session_info" and _is_faulted(values):
        values = values | {"state": "faulted"}
    take(found, VARIABLES[variable] or {}, values, at, channel[:48])
    return found


def _is_faulted(values: dict[str, Any]) -> bool:
    """True if something blocks charging, whatever the session's state says."""
    return any(values.get(fault) not in (None, False, "", []) for fault in FAULTS)


def _link(word: str, metric: str) -> Decoded:
    """`unknown` says nothing."""
    return [StateChange(metric, LINK[word])] if word in LINK else []
