"""What openWB's topics mean, by the part of the house and the version: 1.9 in bare texts, 2 in JSON."""

from __future__ import annotations

from devices.formats._tables import LINES, REST, TRUE_FALSE, VERBATIM, Field, Fields, lines

PHASES_OF_1: Fields = {
    **{f"APhase{n}": Field("current", line) for n, line in enumerate(LINES, 1)},
    **{f"VPhase{n}": Field("voltage", line) for n, line in enumerate(LINES, 1)},
    **{f"WPhase{n}": Field("power", line) for n, line in enumerate(LINES, 1)},
    **{f"PfPhase{n}": Field("power_factor", line) for n, line in enumerate(LINES, 1)},
    "Hz": Field("frequency"),
    "ASchieflast": Field("x_current_unbalance"),
}
PHASES_OF_2: Fields = {
    "currents": lines("current"),
    "voltages": lines("voltage"),
    "powers": lines("power"),
    "power_factors": lines("power_factor"),
    "frequency": Field("frequency"),
}
ABOUT_2: Fields = {
    "fault_state": Field("x_fault_state"),
    **dict.fromkeys(("rfid_timestamp", "soc_timestamp", "error_timestamp", "serial_number", "version")),
}
VERSION_1: dict[str, Fields] = {
    "lp": {
        **PHASES_OF_1,
        "W": Field("power"),
        "kWhCounter": Field("energy_import"),
        "kWhActualCharged": Field("session_energy"),
        "kWhChargedSincePlugged": Field("x_session_energy_plugged"),
        "kWhDailyCharged": Field("x_energy_today"),
        "plugStartkWh": Field("x_energy_at_plug_in"),
        "%Soc": Field("vehicle_soc", absent=frozenset({0.0})),  # 0 where no car tells it
        "boolPlugStat": Field("x_connected", words=TRUE_FALSE),
        "boolChargeStat": Field("x_charging", words=TRUE_FALSE),
        "ChargePointEnabled": Field("x_enabled", words=TRUE_FALSE),
        "ChargeStatus": Field("x_charge_status", words=TRUE_FALSE),
        "AConfigured": Field("charge_limit"),
        "countPhasesInUse": Field("x_phases_active"),
        "lastRfId": Field("x_rfid_last", words=VERBATIM),
        **dict.fromkeys(
            ("boolChargePointConfigured", "boolSocConfigured", "boolSocManual", "pluggedladungakt")
        ),
        **dict.fromkeys(
            ("strChargePointName", "ADirectModeAmps", "boolDirectModeChargekWh", "autolockConfigured")
        ),
        **dict.fromkeys(("boolDirectChargeModeSoc", "boolFinishAtTimeChargeActive", "boolSocManual")),
    },
    "evu": {
        **PHASES_OF_1,
        "W": Field("power"),
        "WhImported": Field("energy_import", per=1000),
        "WhExported": Field("energy_export", per=1000),
        "WAverage": None,
    },
    "pv": {
        **PHASES_OF_1,
        "W": Field("power", times=-1),
        "WhCounter": Field("energy_export", per=1000),
        "DailyYieldKwh": Field("x_energy_today"),
        "MonthlyYieldKwh": Field("x_energy_month"),
        "YearlyYieldKwh": Field("x_energy_year"),
        **dict.fromkeys(("CounterTillStartPvCharging", "boolPVConfigured")),
    },
    "housebattery": {
        "W": Field("power", times=-1),
        "%Soc": Field("battery_soc"),
        "WhImported": Field("energy_import", per=1000),
        "WhExported": Field("energy_export", per=1000),
        "boolHouseBatteryConfigured": None,
    },
    "global": {
        "WHouseConsumption": Field("power", "home"),
        "WAllChargePoints": Field("power", "chargepoints"),
        REST: None,
    },
}
"""PV and battery count the other way: what they give is negative there and positive here."""

VERSION_2: dict[str, Fields] = {
    "chargepoint": {
        **PHASES_OF_2,
        **ABOUT_2,
        "power": Field("power"),
        "imported": Field("energy_import", per=1000),
        "exported": Field("energy_export", per=1000),
        "daily_imported": Field("x_energy_today", per=1000),
        "daily_exported": Field("x_energy_export_today", per=1000),
        "plug_state": Field("x_connected", words=TRUE_FALSE),
        "charge_state": Field("x_charging", words=TRUE_FALSE),
        "phases_in_use": Field("x_phases_active"),
        "evse_current": Field("charge_limit"),  # see openwb.py
        "max_evse_current": Field("x_max_evse_current"),
        "soc": Field("vehicle_soc"),
        "rfid": Field("x_rfid", words=VERBATIM),
        "rfid_tag": Field("x_rfid", words=VERBATIM),
        "state_str": Field("x_state", words=VERBATIM),
        "fault_str": Field("x_fault", words=VERBATIM),
        "connected_vehicle/soc": {"soc": Field("vehicle_soc"), "range": Field("x_vehicle_range"), REST: None},
        "connected_vehicle/info": {"name": Field("vehicle", words=VERBATIM), REST: None},
        "connected_vehicle/config": {"chargemode": Field("x_mode", words=VERBATIM), REST: None},
        "connected_vehicle/soc_config": None,
    },
    "counter": {
        **PHASES_OF_2,
        **ABOUT_2,
        "power": Field("power"),
        "imported": Field("energy_import", per=1000),
        "exported": Field("energy_export", per=1000),
        "daily_imported": Field("x_energy_today", per=1000),
        "daily_exported": Field("x_energy_export_today", per=1000),
        "fault_str": Field("x_fault", words=VERBATIM),
    },
    "pv": {
        **PHASES_OF_2,
        **ABOUT_2,
        "powers": lines("power", times=-1),
        "power": Field("power", times=-1),
        "exported": Field("energy_export", per=1000),
        "daily_exported": Field("x_energy_today", per=1000),
        "monthly_exported": Field("x_energy_month", per=1000),
        "yearly_exported": Field("x_energy_year", per=1000),
        "fault_str": Field("x_fault", words=VERBATIM),
    },
    "bat": {
        **PHASES_OF_2,
        **ABOUT_2,
        "powers": lines("power", times=-1),
        "power": Field("power", times=-1),
        "soc": Field("battery_soc"),
        "imported": Field("energy_import", per=1000),
        "exported": Field("energy_export", per=1000),
        "daily_imported": Field("x_energy_today", per=1000),
        "daily_exported": Field("x_energy_export_today", per=1000),
        "fault_str": Field("x_fault", words=VERBATIM),
    },
}
SESSION: Fields = {"log": {"imported_since_plugged": Field("session_energy", per=1000), REST: None}}
"""`chargepoint/<id>/set/log`, Wh."""
SYSTEM: Fields = {"version": Field("x_firmware", words=VERBATIM), REST: None}
