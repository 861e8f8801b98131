"""go-eCharger, API v2 (HOMEfix, Gemini, PRO) and v1.

Root: prefix and serial number (`go-eCharger/012345`); the slash with which old firmware begins its topics
may stand there or not. v2 sends one JSON value a topic; v1 one object of texts on `<root>/status`, with the
same keys in other units, so the topic decides. `mcc` is the charger's will.

Of `wh` and `eto` the first begins anew with each car, the second never. `cdi` counts the session's ms only
if its type is 1. Names and numbers of cards, pass words, colours and clocks are not kept.
"""

from __future__ import annotations

from devices.formats._goe_keys import V1, V2
from devices.formats._json import below, parse, parse_object
from devices.formats._own_topics import Topics, below_root
from devices.formats._tables import take
from devices.formats._topics import read_topic
from devices.readings import BadPayload, Decoded, Source

TITLE = "go-eCharger"
ROOTS = ("go-eCharger/012345",)


def suffix(root: str, topic: str) -> str | None:
    """What follows the serial number."""
    return below(root.strip("/"), topic.removeprefix("/"))


def topics(root: str) -> Topics:
    """With and without the slash of old firmware."""
    bare = root.strip("/")
    both = (below_root(bare, ("+/set", "cmd/#")), below_root(f"/{bare}", ("+/set", "cmd/#")))
    return Topics(both[0].writes + both[1].writes, both[0].commands + both[1].commands)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one key, or of v1's whole status. Raises BadPayload."""
    if not payload or not suffix or "/" in suffix or suffix.startswith("cmd-"):
        return []  # <key>/set and <key>/result, cmd-req and cmd-res of v1: others asking
    if suffix == "status":
        return _status(payload)
    if suffix in V2 and V2[suffix] is None:
        return []
    value = parse(payload)
    if suffix == "cdi" and isinstance(value, dict) and value.get("type") != 1:
        return []
    return read_topic(V2, suffix, payload)


def _status(payload: bytes) -> Decoded:
    found: Decoded = []
    values = parse_object(payload)
    if "car" not in values and "nrg" not in values and "eto" not in values:
        raise BadPayload("no status of a go-eCharger: neither car nor nrg nor eto is in it")
    take(found, V1, values, None)
    return found
