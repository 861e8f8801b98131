"""What Theengs' decoder calls the values of Bluetooth advertisements. °C, %, lx, µS/cm, hPa, V."""

from __future__ import annotations

from devices.formats._tables import OCCUPIED_CLEAR, ON_OFF, OPEN_CLOSED, Field, Fields

PRESENCE = "presence"
NO_SIGNAL = frozenset({0.0})

ADVERTISED: Fields = {
    "tempc": Field("temperature"),
    "tem": Field("temperature"),  # of firmware before 0.9.4
    "tempf": Field("temperature", minus=32, per=1.8),
    **{f"tempc{n}": Field("temperature", str(n)) for n in range(1, 9)},
    **{f"tempf{n}": Field("temperature", str(n), minus=32, per=1.8) for n in range(1, 9)},
    "hum": Field("humidity"),
    "moi": Field("soil_moisture"),
    "fer": Field("soil_conductivity"),
    "lux": Field("illuminance"),
    "pres": Field("pressure"),
    "co2": Field("co2"),
    "pm25": Field("pm25"),
    "tvoc": Field("tvoc"),
    "voc": Field("tvoc"),
    "batt": Field("battery"),
    "volt": Field("x_battery_voltage"),
    "mains_volt": Field("voltage"),
    "current": Field("current"),
    "power": Field("power"),
    "energy": Field("energy_import"),
    "rssi": Field("signal", absent=NO_SIGNAL),
    PRESENCE: Field("occupancy", words=OCCUPIED_CLEAR),
    "motion": Field("occupancy", words=OCCUPIED_CLEAR),
    "occupancy": Field("occupancy", words=OCCUPIED_CLEAR),
    "open": Field("door", words=OPEN_CLOSED),
    "door": Field("door", words=OPEN_CLOSED),
    "window": Field("door", words=OPEN_CLOSED),
    "switch": Field("switch", words=ON_OFF),
    **dict.fromkeys(("id", "mac", "mac_type", "mactype", "prmac", "name", "gatewayid", "origin")),
    **dict.fromkeys(("brand", "model", "model_id", "type", "cidc", "acts", "cont", "ctrl", "encr", "track")),
    **dict.fromkeys(("servicedata", "servicedatauuid", "manufacturerdata", "mfid", "mfr", "adv_type")),
    **dict.fromkeys(("uuid", "uuid128", "major", "minor", "txpower", "tx", "packet", "seq", "device")),
    **dict.fromkeys(("distance", "time", "timestamp", "unixtime", "utc", "ts", "undecoded_error")),
    **dict.fromkeys(("cipher", "ctr", "mic", "ikey", "mgapi", "version", "ver", "status", "ignore")),
    **dict.fromkeys(("steps", "weight", "impedance", "act_bpm", "bpm", "unlocked", "weighing_mode")),
}
"""A name -> what it means. What identifies a device or a person, or measures a body, is noise here."""

MEASURES = frozenset(
    {
        "tem",
        "hum",
        "moi",
        "fer",
        "lux",
        "pres",
        "co2",
        "pm25",
        "tvoc",
        "voc",
        "open",
        "door",
        "window",
        "motion",
    }
    | {PRESENCE, "occupancy", "power", "energy"}
    | {f"temp{unit}{n}" for unit in "cf" for n in ("", *range(1, 9))}
)
"""What measures a place; a battery or a signal alone may be anybody's."""
TRACKING = frozenset(
    {"TRACK", "PHONE", "WATCH", "WCVR", "RMAC", "BCON", "AUDIO", "BODY", "SCALE", "UNIQ", "KEY"}
)
"""Types that people carry."""
