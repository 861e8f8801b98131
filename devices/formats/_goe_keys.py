"""What the keys of a go-eCharger mean: API v2, one JSON value a topic, and API v1, all of them as texts."""

from __future__ import annotations

from devices.formats._tables import LINES, ONLINE_OFFLINE, TRUE_FALSE, VERBATIM, Field, Fields, Words, lines

CAR: Words = {
    "0": "faulted",
    "1": "available",
    "2": "charging",
    "3": "connected",
    "4": "connected",
    "5": "faulted",
    "6": "unavailable",
}
"""Unknown or internal error, idle, charging, waiting for the car, complete, error, initializing."""
CAR_BY_NUMBER: Words = {
    **CAR,
    **{float(number): word for number, word in CAR.items() if isinstance(number, str)},
}
FOUR = (*LINES, "n")


def four(metric: str, per: float = 1.0) -> tuple[Field, ...]:
    """L1, L2, L3 and the neutral."""
    return tuple(Field(metric, channel, per=per) for channel in FOUR)


SECRET = (
    *(
        "wak",
        "facwak",
        "wke",
        "pass",
        "wifis",
        "mck",
        "mqcc",
        "msc",
        "mcu",
        "hsa",
        "ocppck",
        "ocppcc",
        "ocppsc",
    ),
    *("data", "dll", "cards", "ct", "rna", "rnm", "rne", "rca", "rcr", "rcd", "wss"),
    *(f"c{n}{what}" for n in range(10) for what in "ein"),
    *(f"r{what}{n}" for n in (1, *range(4, 10)) for what in "nc"),
    *(f"ec{n}" for n in ("a", "r", "d", 1, *range(4, 10))),
)
"""Pass words, and the names, numbers and energies of people's cards."""
NOISE = (
    *("utc", "loc", "tme", "lto", "tof", "tds", "ts", "tse", "tssm", "tssi", "tsss", "tsom"),
    *(
        "cid",
        "cch",
        "cfi",
        "cwc",
        "lbr",
        "led",
        "lse",
        "nld",
        "clp",
        "cll",
        "aho",
        "afi",
        "azo",
        "r1x",
        "dto",
    ),
    *("al1", "al2", "al3", "al4", "al5", "sch", "sch_week", "sch_satur", "sch_sund", "sdp", "awpl", "awcp"),
    *(
        "version",
        "sse",
        "fna",
        "ffna",
        "host",
        "wan",
        "fwan",
        "ccw",
        "cce",
        "scan",
        "scas",
        "scaa",
        "dns",
        "nif",
    ),
    *("oem", "typ", "dfam", "isgo", "mod", "mia", "ccd", "ctrls", "atp", "ccu", "pha", "cdi_type", "ocppdp"),
)
"""The clock, colours, schedules, names and the network."""
V2: Fields = {
    "car": Field("charger_status", words=CAR_BY_NUMBER),
    "nrg": (
        *four("voltage"),
        *lines("current"),
        *four("power"),
        Field("power"),
        *four("power_factor", per=100),
    ),
    "wh": Field("session_energy", per=1000),
    "eto": Field("energy_import", per=1000),
    "etop": None,  # the same register, behind by what is not in flash yet
    "eto_mid": Field("x_energy_import_mid", per=1000),
    "acu": Field("charge_limit"),
    "amp": Field("x_current_requested"),
    "ama": Field("x_max_current"),
    "amt": Field("x_temperature_current_limit"),
    "cbl": Field("x_cable_limit"),
    "alw": Field("x_enabled", words=TRUE_FALSE),
    "fhz": Field("frequency", absent=frozenset({0.0})),
    "avgfhz": None,
    "tma": Field("temperature"),
    "tpa": Field("x_power_average"),
    "pnp": Field("x_phases_active"),
    "cdi": {"value": Field("x_charge_duration", per=1000), "type": None},
    "rbt": Field("x_uptime", per=1000),
    "rssi": Field("signal"),
    "mcc": Field("online", words=ONLINE_OFFLINE),
    "err": Field("x_error"),
    "fwv": Field("x_firmware", words=VERBATIM),
    "modelStatus": Field("x_model_status"),
    "frc": Field("x_force_state"),
    "psm": Field("x_phase_switch_mode"),
    "trx": Field("x_transaction"),
    "lri": Field("x_rfid_last", words=VERBATIM),
    "cus": Field("x_cable_unlock_status"),
    "dwo": Field("x_energy_limit", per=1000),
    **dict.fromkeys((*SECRET, *NOISE)),
}
V1: Fields = {
    **V2,
    "car": Field("charger_status", words=CAR_BY_NUMBER),
    "nrg": (
        *four("voltage"),
        *lines("current", per=10),
        *(Field("power", channel, times=100) for channel in FOUR),
        Field("power", times=10),
        *four("power_factor", per=100),
    ),
    "dws": Field("session_energy", per=360_000),
    "dwo": Field("x_energy_limit", per=10),
    "eto": Field("energy_import", per=10),
    "tmp": Field("temperature"),
    "amp": Field("charge_limit"),
    "amx": None,  # what was asked for; amp is what is signalled
    "uby": Field("x_unlocked_by"),
    "ast": Field("x_access_state"),
    "stp": Field("x_stop_state"),
    "wst": None,
    "wen": None,
    "rbc": None,
    "rbt": Field("x_uptime", per=1000),
}
"""dws are 10 Ws, eto and dwo 0.1 kWh, currents 0.1 A, powers 0.1 kW and their total 0.01 kW."""
