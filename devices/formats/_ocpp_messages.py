"""What a station says in OCPP 1.6 and 2.0.1, message by message.

Of each connector it is remembered which transaction runs there, in which state the car is, and with which
register the transaction began: StopTransaction names no connector, later TransactionEvents need not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from devices.formats._charging import OCPP, enlarge, grown, known_of
from devices.formats._json import json_type, number, shown
from devices.formats._ocpp_samples import moments, read_moment
from devices.formats._tables import VERBATIM, Field, put
from devices.formats._times import iso_time
from devices.readings import BadPayload, Decoded, Reading, Source

STATUS = Field("charger_status", words=OCPP)
ERROR_CODE = Field("x_error_code", words=VERBATIM)
CARD = Field("vehicle", words=VERBATIM)
ENDED, OCCUPIED, GONE = "Ended", "Occupied", "EVDisconnected"
LONGEST_ID = 64
"""Characters; the protocol allows 36."""
READERS = frozenset(
    {"StatusNotification", "StartTransaction", "StopTransaction", "TransactionEvent", "MeterValues"}
)


def read_call(action: str, payload: dict[str, Any], source: Source, unique: Any = None) -> Decoded:
    """Readings of a request with this action; where it has none that is known, by what is in it.

    `unique` is the frame's id. Raises BadPayload.
    """
    found: Decoded = []
    if action == "StatusNotification" or (action not in READERS and "connectorStatus" in payload):
        _status(found, payload, source)
    elif action == "StartTransaction" or "meterStart" in payload:
        _start(found, payload, source, unique)
    elif action == "StopTransaction" or "meterStop" in payload:
        _stop(found, payload, source)
    elif action == "TransactionEvent" or "eventType" in payload:
        _event(found, payload, source)
    elif action == "MeterValues" or "meterValue" in payload or "sampledValue" in payload:
        _meter_values(found, payload, source)
    elif action not in READERS and "status" in payload and "connectorId" in payload:
        _status(found, payload, source)
    return found


def _status(found: Decoded, payload: dict[str, Any], source: Source) -> None:
    channel = _connector(payload, source)
    at = iso_time(payload.get("timestamp"), source.zone)
    status = payload.get("status", payload.get("connectorStatus"))
    if not isinstance(status, str):
        raise BadPayload(f"status: a text was expected, not {json_type(status)}")
    known = known_of(source, channel)
    if status == OCCUPIED and known.get("state"):
        status = known["state"]  # the transaction knows it better
    put(found, STATUS, status, at, channel)
    put(found, ERROR_CODE, payload.get("errorCode"), at, channel)


def _start(found: Decoded, payload: dict[str, Any], source: Source, unique: Any) -> None:
    channel = _connector(payload, source)
    at = iso_time(payload.get("timestamp"), source.zone)
    start = number(payload.get("meterStart"))
    known = known_of(source, channel)
    known["began"] = None if start is None else start / 1000
    if _is_id(unique):
        known["asked"] = unique
    _register(found, start, channel, at, source)
    put(found, CARD, payload.get("idTag"), at, channel)


def _stop(found: Decoded, payload: dict[str, Any], source: Source) -> None:
    channel = _connector_of(payload.get("transactionId"), source)
    _read(found, payload, channel, source)
    at = iso_time(payload.get("timestamp"), source.zone)
    _register(found, number(payload.get("meterStop")), channel, at, source)
    known_of(source, channel).pop("began", None)


def _event(found: Decoded, payload: dict[str, Any], source: Source) -> None:
    """TransactionEvent of 2.0.1. Where the car is may stand in the first one only."""
    info = payload.get("transactionInfo")
    info = info if isinstance(info, dict) else {}
    transaction = info.get("transactionId")
    evse = payload.get("evse")
    channel = _connector(payload, source) if isinstance(evse, dict) else _connector_of(transaction, source)
    at = iso_time(payload.get("timestamp"), source.zone)
    known = known_of(source, channel)
    kind = payload.get("eventType")
    if kind == "Started":
        known.clear()
    known["transaction"] = transaction if _is_id(transaction) else None
    _read(found, payload, channel, source)
    state = info.get("chargingState")
    if kind == ENDED:
        known.clear()
        if state in (None, "Charging"):
            state = "Available" if info.get("stoppedReason") == GONE else "EVConnected"
    elif isinstance(state, str):
        known["state"] = state
    put(found, STATUS, state, at, channel)
    token = payload.get("idToken")
    if kind == "Started" and isinstance(token, dict):
        put(found, CARD, token.get("idToken"), at, channel)


def _meter_values(found: Decoded, payload: dict[str, Any], source: Source) -> None:
    if not moments(payload):
        raise BadPayload("meterValue: an array with sampledValue was expected")
    channel = _connector(payload, source)
    transaction = payload.get("transactionId")
    if _is_id(transaction):
        known_of(source, channel)["transaction"] = transaction
    _read(found, payload, channel, source)


def _read(found: Decoded, payload: dict[str, Any], channel: str, source: Source) -> None:
    """Adds the meter values of a message, and what the session has taken by then."""
    known = known_of(source, channel)
    for moment in moments(payload):
        values: Decoded = []
        began = read_moment(values, moment, channel, source.zone)
        if began is not None:
            known["began"] = began
        _as_registered(values, channel, source, known.get("began"))
        found.extend(values)


def _register(
    found: Decoded, value_wh: float | None, channel: str, at: datetime | None, source: Source
) -> None:
    """Adds a register of StartTransaction or StopTransaction, always in whole Wh."""
    if value_wh is not None:
        values: Decoded = [Reading("energy_import", value_wh / 1000, channel, at)]
        _as_registered(values, channel, source, known_of(source, channel).get("began"))
        if not any((one.metric, one.channel, one.at) == ("energy_import", channel, at) for one in found):
            found.extend(values)


def _as_registered(values: Decoded, channel: str, source: Source, began: float | None) -> None:
    """What a register is for this station: a lifetime total and a session's share, or the session's alone."""
    for one in tuple(values):
        if not isinstance(one, Reading) or (one.metric, one.channel) != ("energy_import", channel):
            continue
        taken = grown(one.value, began)
        if source.options.get("register") == "transaction":
            one.metric = "session_energy"
        elif taken is not None:
            values.append(Reading("session_energy", taken, channel, one.at))
    in_kwh(values, source)


def in_kwh(values: Decoded, source: Source) -> Decoded:
    """`values`, without the label Wh of a station that writes it at its kWh (`options.total_unit`)."""
    if source.options.get("total_unit") == "kWh":
        enlarge(values, "energy_import", 1000)
        enlarge(values, "session_energy", 1000)
    return values


def _connector(payload: dict[str, Any], source: Source) -> str:
    """The channel of a message: '' for the station's own connector, else its number."""
    evse = payload.get("evse")
    inner = evse.get("id") if isinstance(evse, dict) else None
    found = number(payload.get("evseId", payload.get("connectorId") if inner is None else inner))
    if found is None or not 0 <= found < 1000:
        return ""
    own = source.options.get("connector", 1)
    channel = "" if found == own else str(int(found))
    known_of(source, channel)  # from now on there are so many connectors
    return channel


def learn(frame: list[Any], source: Source) -> None:
    """The answer to StartTransaction tells the number by which the station will stop it."""
    answer = frame[2]
    if isinstance(answer, dict) and _is_id(answer.get("transactionId")):
        for known in source.memory.values():
            if known.get("asked") == frame[1]:
                known["transaction"] = answer["transactionId"]


def _connector_of(transaction: Any, source: Source) -> str:
    """The channel where a transaction runs. Raises BadPayload if several connectors may be meant."""
    for channel, known in source.memory.items():
        if _is_id(transaction) and known.get("transaction") == transaction:
            return str(channel)
    if set(source.memory) <= {"", "0"}:
        return ""
    raise BadPayload(f"transactionId {shown(transaction)}: it is not known on which connector it runs")


def _is_id(value: Any) -> bool:
    """True for what may number a transaction or a frame; longer texts are not remembered."""
    return isinstance(value, int) or (isinstance(value, str) and 0 < len(value) <= LONGEST_ID)
