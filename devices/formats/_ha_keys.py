"""The keys of a discovery configuration in full: abbreviations spelled out, `~` in topics expanded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHORT = {
    "avty": "availability",
    "avty_mode": "availability_mode",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "ent_cat": "entity_category",
    "obj_id": "object_id",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "stat_cla": "state_class",
    "stat_clsd": "state_closed",
    "stat_locked": "state_locked",
    "stat_off": "state_off",
    "stat_on": "state_on",
    "stat_open": "state_open",
    "stat_t": "state_topic",
    "stat_unlocked": "state_unlocked",
    "stat_val_tpl": "state_value_template",
    "t": "topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
SHORT_OF_DEVICE = {"ids": "identifiers", "cns": "connections", "mf": "manufacturer", "mdl": "model"}


def full_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with its keys in full and `~` expanded."""
    full = {SHORT.get(key, key): value for key, value in config.items()}
    device = full.get("device")
    if isinstance(device, dict):
        full["device"] = {SHORT_OF_DEVICE.get(key, key): value for key, value in device.items()}
    base = full.pop("~", None)
    if isinstance(base, str):
        for key, value in full.items():
            if key.endswith("topic") and isinstance(value, str):
                full[key] = _expanded(value, base)
    where = full.get("availability")
    if isinstance(where, dict):
        where = [where]
    if isinstance(where, list):
        full["availability"] = [
            full_keys({"~": base, **one}) if base else full_keys(one)
            for one in where
            if isinstance(one, dict)
        ]
    return full


def _expanded(topic: str, base: str) -> str:
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic
