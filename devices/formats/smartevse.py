"""SmartEVSE 3 and later: one bare value a topic.

Root: the prefix (`SmartEVSE/1234`, `SmartEVSE-1234`); `connected` is its will. Currents are 0.1 A, but
MaxSumMains whole A; energies Wh. EVEnergyCharged begins anew with each session, although it announces
itself as a total. -1 means unknown. Phases of the mains are the channels mains_l1 to mains_l3.
"""

from __future__ import annotations

from devices.formats._json import below, text
from devices.formats._own_topics import Topics, below_root
from devices.formats._tables import (
    LINES,
    ONLINE_OFFLINE,
    VERBATIM,
    Field,
    Fields,
    Words,
)
from devices.formats._topics import read_topic
from devices.readings import Decoded, Source, StateChange

TITLE = "SmartEVSE"
ROOTS = ("SmartEVSE/1234",)
REMEMBERS = True
UNKNOWN = frozenset({-1.0})
STATE: Words = {
    "ready to charge": "available",
    "connected to ev": "connected",
    "charging": "charging",
    "d": "charging",  # with ventilation
    **dict.fromkeys(
        ("request state b", "state b ok", "request state c", "state c ok", "activate"), "connected"
    ),
    **dict.fromkeys(("modem setup", "modem request", "modem done", "modem denied"), "connected"),
    **dict.fromkeys(("charging stopped", "stop charging"), "suspended"),
    "nostate": "",
}
TABLE: Fields = {
    "connected": Field("online", words=ONLINE_OFFLINE),
    "State": Field("charger_status", words=STATE),
    "EVPlugState": Field("x_connected", words={"connected": "true", "disconnected": "false"}),
    "Access": Field("x_enabled", words={"allow": "true", "deny": "false", "pause": "false"}),
    "Mode": Field("x_mode", words=VERBATIM),
    "ChargeCurrent": Field("charge_limit", per=10),
    "ChargeCurrentOverride": Field("x_charge_current_override", per=10),
    "MaxCurrent": Field("x_max_current", per=10),
    "MaxSumMains": Field("x_max_sum_mains"),
    **{f"EVCurrent{line.upper()}": Field("current", line, per=10) for line in LINES},
    **{f"MainsCurrent{line.upper()}": Field("current", f"mains_{line}", per=10) for line in LINES},
    "HomeBatteryCurrent": Field("current", "battery", per=10),
    "EVChargePower": Field("power", absent=UNKNOWN),
    "EVEnergyCharged": Field("session_energy", per=1000, absent=UNKNOWN),
    "EVTotalEnergyCharged": Field("energy_import", per=1000, absent=UNKNOWN),
    "EVImportActiveEnergy": Field("energy_import", per=1000, absent=UNKNOWN),  # see decode
    "EVExportActiveEnergy": Field("energy_export", per=1000, absent=UNKNOWN),
    "MainsImportActiveEnergy": Field("energy_import", "mains", per=1000, absent=UNKNOWN),
    "MainsExportActiveEnergy": Field("energy_export", "mains", per=1000, absent=UNKNOWN),
    "EVComputedSoC": Field("vehicle_soc", absent=UNKNOWN),
    **{
        f"EV{what}SoC": Field(f"x_ev_{what.lower()}_soc", absent=UNKNOWN)
        for what in ("Initial", "Full", "Remaining")
    },
    "EVTimeUntilFull": Field("x_time_until_full", absent=UNKNOWN),
    "EVEnergyCapacity": Field("x_ev_energy_capacity", absent=UNKNOWN),
    "EVEnergyRequest": Field("x_ev_energy_request", absent=UNKNOWN),
    "EVCCID": Field("vehicle", words=VERBATIM),
    "CPPWMOverride": Field("x_cppwm_override", absent=UNKNOWN),
    "ESPTemp": Field("temperature"),
    "ESPUptime": Field("x_uptime"),
    "NrOfPhases": Field("x_phases_active"),
    "WiFiRSSI": Field("signal"),
    "RFID": Field("x_rfid", words=VERBATIM),
    "RFIDLastRead": Field("x_rfid_last_read", words=VERBATIM),
    **dict.fromkeys(("WiFiSSID", "WiFiBSSID", "RequiredEVCCID")),
    **dict.fromkeys(f"LEDColor{mode}" for mode in ("Off", "Normal", "Smart", "Solar", "Custom")),
}
LIFETIME, OF_METER = "EVTotalEnergyCharged", "EVImportActiveEnergy"


def suffix(root: str, topic: str) -> str | None:
    """What follows the prefix."""
    return below(root, topic)


def topics(root: str) -> Topics:
    """It takes commands below `Set`."""
    return below_root(root, ("Set/#",))


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says. Raises BadPayload."""
    if not payload or not suffix or "/" in suffix:
        return []  # Set/...: others asking
    if suffix == "Error":
        return _error(text(payload))
    if suffix == OF_METER and LIFETIME in source.memory:
        return []  # one register on two topics, less what went back: one of them counts
    found = read_topic(TABLE, suffix, payload)
    if found and suffix == LIFETIME:
        source.memory[LIFETIME] = True
    return found


def _error(said: str) -> Decoded:
    """The word None is kept as `none`: it ends an error, it is not an absent value."""
    if not said:
        return []
    return [StateChange("x_error", "none" if said.lower() == "none" else said[:200])]
