"""OCPP 1.6 and 2.0.1, as a bridge forwards a station's frames, and the topics of ocpp2mqtt and ocpp-mqtt.

Root: the station (`ocpp/CP1`). Frames (`[2, id, action, payload]`) come on the root itself or one level below
it, whatever that is called; a bare payload is read by the action that its topic ends with, else by what is
in it. What is further below is another station's. `<root>/state/<key>` are the topics of gyzod/ocpp2mqtt,
which keep neither unit nor phase: a register there is Wh, as the bridge says, unless `options.total_unit` is
"kWh". rzylius/ocpp-mqtt has `/ocpp/notification_status` (root `/ocpp`).

Connector (or EVSE) 1 has no channel (another one by `options.connector`), others have their number; 0 is the
station as a whole. A register is a lifetime total, as long as `options.register` is not "transaction" (some
stations begin at 0 with each: then it is the session's energy). Where it is known with what the register
began, session_energy is what it has grown by. A card or car is `vehicle` when a transaction begins with it.
Heartbeats, answers and requests of the operator say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.formats._json import below, json_type, parse, shown
from devices.formats._ocpp_messages import ERROR_CODE, STATUS, in_kwh, learn, read_call
from devices.formats._ocpp_samples import MEASURANDS
from devices.formats._tables import ONLINE_OFFLINE, Field, Fields
from devices.formats._topics import read_topic
from devices.readings import BadPayload, Decoded, Source

TITLE = "OCPP 1.6 / 2.0.1"
ROOTS = ("ocpp/CP1",)
REMEMBERS = True
CALL, RESULT, ERROR, RESULT_ERROR, SEND = 2, 3, 4, 5, 6
BRIDGED = ("state/", "cmd/", "cmd_result/")
"""Levels that ocpp2mqtt has below a station."""
STATE_TOPICS: Fields = {
    **{
        measurand.replace(".", "_").lower(): Field(metric, per=1000 if unit == "Wh" else 1)
        for measurand, (metric, unit) in MEASURANDS.items()
    },
    "status": STATUS,
    "error_code": ERROR_CODE,
    "connection_state": Field("online", words=ONLINE_OFFLINE),
    "meter_start": Field("x_meter_start", per=1000),  # retained for long after the session
    "meter_stop": Field("x_meter_stop", per=1000),
    "charging_enabled": Field("x_enabled", words={"on": "true", "off": "false"}),
    "ev_connected": Field("x_connected", words={"on": "true", "off": "false"}),
    **dict.fromkeys(("heartbeat", "last_seen", "last_connected", "last_disconnected", "last_status_change")),
    **dict.fromkeys(
        ("charge_point_vendor", "charge_point_model", "charge_point_serial_number", "meter_type")
    ),
    **dict.fromkeys(("charge_box_serial_number", "firmware_version", "meter_serial_number", "iccid", "imsi")),
    **dict.fromkeys(("transaction_id", "connector_id", "timestamp", "info", "vendor_id")),
    **dict.fromkeys(("meter_start_timestamp", "meter_stop_timestamp", "reason", "disconnect_reason")),
}
"""`<root>/state/<key>` of ocpp2mqtt."""
NOTIFIED: Fields = {"notification_status": STATUS, "notification_error": ERROR_CODE}
"""Topics of ocpp-mqtt."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the station."""
    rest = below(root, topic)
    is_its_own = rest is not None and ("/" not in rest or rest.startswith(BRIDGED))
    return rest if is_its_own else None


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    if options.get("register") not in (None, "lifetime", "transaction"):
        raise ValueError('register: "lifetime" | "transaction"')
    if options.get("total_unit") not in (None, "kWh", "Wh"):
        raise ValueError('total_unit: "kWh" | "Wh"')
    connector = options.get("connector", 1)
    if isinstance(connector, bool) or not isinstance(connector, int) or connector < 0:
        raise ValueError("connector: 0, 1, 2, …")


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of a frame, of its bare payload, or of a bridge's topic. Raises BadPayload."""
    topic, _, key = suffix.rpartition("/")
    if not payload or topic.startswith("cmd") or key in ("cmd", "heartbeat", "connector"):
        return []
    if topic == "state":
        key = key.lower()
        if key.startswith("authorize"):  # older versions have the card's number in the topic
            return []
        return in_kwh(read_topic(STATE_TOPICS, key, payload), source)
    if key in NOTIFIED:
        return read_topic(NOTIFIED, key, payload)
    frame = parse(payload)
    if isinstance(frame, list):
        return _frame(frame, source)
    if isinstance(frame, dict):
        return read_call(key, frame, source)
    raise BadPayload(f"an OCPP frame or its payload was expected, not {json_type(frame)}")


def _frame(frame: list[Any], source: Source) -> Decoded:
    kind = frame[0] if frame else None
    if kind == RESULT and len(frame) > 2:
        learn(frame, source)
        return []
    if kind in (RESULT, ERROR, RESULT_ERROR):
        return []
    if kind not in (CALL, SEND) or len(frame) < 4 or not isinstance(frame[2], str):
        raise BadPayload(f"no OCPP frame: [2, id, action, payload] was expected, not {shown(frame)}")
    if not isinstance(frame[3], dict):
        raise BadPayload(f"{shown(frame[2])}: a JSON object was expected, not {json_type(frame[3])}")
    return read_call(frame[2], frame[3], source, frame[1])
