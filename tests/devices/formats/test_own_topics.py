"""What a broker lets each device say and hear: its own, as its dialect has it, and nobody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from devices.formats import formats
from devices.formats._own_topics import covers, is_filter, meet

SPEAKS = [
    ("tasmota", "pump-room", "tele/pump-room/SENSOR", "cmnd/pump-room/Power1"),
    ("tasmota", "pump-room", "stat/pump-room/RESULT", "cmnd/pump-room/Backlog"),
    ("tasmota", "garden/pump", "garden/pump/tele/LWT", "garden/pump/cmnd/Power"),
    ("tasmota", "emoncms/%prefix%/denky", "emoncms/tele/denky/SENSOR", "emoncms/cmnd/denky/Power"),
    ("tasmota", "tele/pow1/SENSOR", "tele/pow1/SENSOR", "cmnd/pow1/Power"),
    ("shelly", "shellyplus1-a8", "shellyplus1-a8/events/rpc", "shellyplus1-a8/rpc"),
    ("shelly", "shellies/shellyem-AA", "shellies/shellyem-AA/emeter/0/power", "shellies/command"),
    ("shelly", "shellies/plug-AA", "shellies/plug-AA/relay/0", "shellies/plug-AA/relay/0/command"),
    ("zigbee2mqtt", "zigbee2mqtt/lamp", "zigbee2mqtt/lamp", "zigbee2mqtt/lamp/set"),
    ("zigbee2mqtt", "zigbee2mqtt/lamp", "zigbee2mqtt/lamp/availability", "zigbee2mqtt/lamp/get"),
    ("mapping", "hub/wall", "hub/wall", "hub/wall/cmd"),
    ("mapping", "hub/wall/", "hub/wall/deep/down", "hub/wall/command/now"),
    ("goe", "go-eCharger/012345", "/go-eCharger/012345/nrg", "go-eCharger/012345/amp/set"),
    ("warp", "warp2/AbCd", "warp2/AbCd/evse/state", "warp2/AbCd/evse/start_charging"),
    ("smartevse", "SmartEVSE/1234", "SmartEVSE/1234/State", "SmartEVSE/1234/Set/Mode"),
    ("openwb", "openWB/chargepoint/3", "openWB/chargepoint/3/get/power", "openWB/set/chargepoint/3/set/x"),
    ("openwb", "openWB/chargepoint/3", "openWB/set/chargepoint/3/get/x", "openWB/set/chargepoint/3/set/x"),
    ("openwb", "openWB", "openWB/lp/1/W", "openWB/set/ChargeMode"),
    ("victron", "N/c06/grid/30", "N/c06/grid/30/Ac/Power", "R/c06/keepalive"),
    ("victron", "N/c06", "N/c06/vebus/276/Mode", "W/c06/vebus/276/Mode"),
    ("chirpstack", "0102030405060708", "application/7/device/0102030405060708/event/up",
     "application/7/device/0102030405060708/command/down"),
    ("chirpstack", "application/+/device/01AB/event/up", "application/x/device/01ab/event/up",
     "application/x/device/01ab/command/down"),
    ("ttn", "v3/a@t/devices/dev1/up", "v3/a@t/devices/dev1/join", "v3/a@t/devices/dev1/down/push"),
    ("ttn", "A84041000181BEEF", "v3/a@t/devices/eui-a84041000181beef/up",
     "v3/a@t/devices/eui-a84041000181beef/down/replace"),
    ("sparkplug", "spBv1.0/g/node", "spBv1.0/g/DDATA/node/pump", "spBv1.0/g/NCMD/node"),
    ("sparkplug", "spBv1.0/g/+/node/pump", "spBv1.0/g/DBIRTH/node/pump", "spBv1.0/g/DCMD/node/pump"),
    ("homeassistant", "homeassistant/sensor/petunia/config, plants/petunia", "plants/petunia/state",
     "homeassistant/status"),
    ("homie", "homie/5/car", "homie/5/car/engine/rpm", "homie/5/car/engine/rpm/set"),
    ("homie", "homie/car", "homie/car/$state", "homie/$broadcast/alert"),
    ("evcc", "evcc/loadpoints/1", "evcc/loadpoints/1/chargePower", "evcc/loadpoints/1/mode/set"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "root", "said", "asked"), SPEAKS)
def test_a_device_speaks_and_listens_where_its_dialect_has_it(
    dialect: str, root: str, said: str, asked: str
) -> None:
    known = formats()[dialect]
    assert known.suffix(root.split(",", maxsplit=1)[0], said) is not None or "," in root
    topics = known.topics(root)
    assert any(topic_matches_sub(one, said) for one in topics.writes)
    assert any(topic_matches_sub(one, asked) for one in topics.commands)


FOREIGN = [
    ("tasmota", "pump-room", ("tele/pump-roommate/SENSOR", "tele/other/LWT", "tasmota/discovery/1/config")),
    ("tasmota", "emoncms/%prefix%/denky", ("tele/emoncms/denky/SENSOR", "emoncms/tele/other/SENSOR")),
    ("tasmota", "garden/pump", ("garden/tele/pump/SENSOR", "tele/garden/SENSOR")),
    ("shelly", "shellies/plug-AA", ("shellies/plug-AB/relay/0", "shellies/announce", "shellies/command")),
    ("zigbee2mqtt", "zigbee2mqtt/lamp", ("zigbee2mqtt/lamp2", "zigbee2mqtt/bridge/state", "zigbee2mqtt")),
    ("openwb", "openWB/lp/1", ("openWB/lp/2/W", "openWB/set/lp/2/get/W", "openWB/global/WHouse")),
    ("victron", "N/c06/grid/30", ("N/c06/grid/31/Ac/Power", "N/c07/grid/30/Ac/Power", "W/c06/grid/30/x")),
    ("chirpstack", "0102", ("application/7/device/0103/event/up", "application/7/device/0102/command/down")),
    ("ttn", "v3/a@t/devices/dev1", ("v3/a@t/devices/dev2/up", "v3/b@t/devices/dev1/up")),
    ("sparkplug", "spBv1.0/g/node/pump", ("spBv1.0/g/NBIRTH/node", "spBv1.0/g/DDATA/node/fan",
     "spBv1.0/g/DCMD/node/pump", "spBv1.0/STATE/host")),
    ("homie", "homie/5/car", ("homie/5/cart/$state", "homie/5/$broadcast/alert")),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "root", "foreign"), FOREIGN)
def test_nothing_else_is_its_own_to_say(dialect: str, root: str, foreign: tuple[str, ...]) -> None:
    writes = formats()[dialect].topics(root).writes
    assert [topic for topic in foreign if any(topic_matches_sub(one, topic) for one in writes)] == []


def test_every_dialect_gives_filters_that_a_broker_takes() -> None:
    for known in formats().values():
        for root in known.roots:
            topics = known.topics(root)
            assert topics.writes, known.name
            assert topics.commands, known.name
            assert all(is_filter(one) for one in topics.writes + topics.commands), known.name


@pytest.mark.parametrize(
    "bad",
    ["", "a\nb", "a\rtopic write #", " a", "a ", "a+/b", "a/#/b", "a#", "$SYS/x", "$share/g/a", "a\x00b",
     "a\u2028b", "/" * 200, "x" * 65_536],
)  # fmt: skip
def test_what_no_broker_takes_is_no_filter(bad: str) -> None:
    assert not is_filter(bad)


@pytest.mark.parametrize("good", ["a", "#", "+", "a/+/b/#", "Pump room/1", "+/+", "/a", "ü/ñ", "user x"])
def test_spaces_and_letters_of_all_kinds_may_stand_in_a_filter(good: str) -> None:
    assert is_filter(good)


FILTERS = st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=4).flatmap(
    lambda levels: st.sampled_from(["/".join(levels), "/".join([*levels, "#"]), "#"])
)
TOPICS = [
    "/".join(levels)
    for one in "abc"
    for two in ("a", "b", "c", "")
    for three in ("a", "b", "")
    for levels in [[level for level in (one, two, three) if level]]
] + ["a/a/a/a", "b/a/b/a/b", "a/b/a/b", "c/c/c/c/c/c"]


@given(FILTERS, FILTERS)
def test_filters_are_compared_as_a_broker_matches_them(one: str, other: str) -> None:
    left = {topic for topic in TOPICS if topic_matches_sub(one, topic)}
    right = {topic for topic in TOPICS if topic_matches_sub(other, topic)}
    if covers(one, other):
        assert right <= left
        assert meet(one, other)
    if left & right:
        assert meet(one, other)
    assert meet(one, other) == meet(other, one)
    assert covers(one, one)
