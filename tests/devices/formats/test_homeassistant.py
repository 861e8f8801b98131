"""Home Assistant's discovery: configurations in every form, the states that they name, no template run."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.description import Description, check
from devices.formats import homeassistant
from devices.formats._ha_template import Template, read_template
from devices.metrics import label
from devices.readings import BadPayload, NotMine, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable

NODE = "homeassistant/+/0xa1"
DEVICE = {"identifiers": ["zigbee_0xa1"], "name": "weather"}


def talk(root: str, *messages: tuple[str, Any], **device: Any) -> list[dict[str, float | str] | None]:
    """What each of several messages says; None for one on a topic that nothing has named."""
    source = Source(CAMPUS, **device)
    answers: list[dict[str, float | str] | None] = []
    for topic, payload in messages:
        suffix = homeassistant.suffix(root, topic) or homeassistant.follow(source, topic)
        if suffix is None:
            answers.append(None)
            continue
        wire = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
        found = homeassistant.decode(suffix, wire, source)
        answers.append({label(one.metric, one.channel): one.value for one in found})
    return answers


def sensor(name: str, **config: Any) -> tuple[str, dict[str, Any]]:
    return f"homeassistant/sensor/0xa1/{name}/config", {
        "state_topic": "z/weather",
        "unique_id": f"a1_{name}",
        "value_template": f"{{{{ value_json.{name} }}}}",
        "device": DEVICE,
    } | config


TEMPERATURE = sensor("temperature", device_class="temperature", unit_of_measurement="°F")
HUMIDITY = sensor("humidity", device_class="humidity", unit_of_measurement="%")


def test_several_entities_share_a_topic() -> None:
    state = ("z/weather", {"temperature": 68, "humidity": 33.5, "battery": 5})
    assert talk(NODE, ("homeassistant/status", "online")) == [{}]
    answers = talk(NODE, TEMPERATURE, HUMIDITY, state)
    assert answers == [{}, {}, {"temperature": pytest.approx(20), "humidity": 33.5}]


def test_a_value_that_is_missing_or_says_nothing_is_dropped() -> None:
    for payload in ({"humidity": None}, {"humidity": "unknown"}, {"humidity": "unavailable"}, {}):
        assert talk(NODE, HUMIDITY, ("z/weather", payload))[1] == {}


def test_a_topic_is_followed_once_it_was_named() -> None:
    state = ("z/weather", {"humidity": 33.5})
    assert talk(NODE, state, HUMIDITY, state) == [None, {}, {"humidity": 33.5}]


def test_an_empty_configuration_takes_the_entity_away() -> None:
    state = ("z/weather", {"humidity": 33.5})
    assert talk(NODE, HUMIDITY, (HUMIDITY[0], ""), state)[2] is None


def test_abbreviations_and_the_base_topic() -> None:
    config = {
        "~": "plugs/7",
        "name": "Plug energy",
        "stat_t": "~/energy",
        "avty_t": "~/LWT",
        "pl_avail": "Online",
        "pl_not_avail": "Offline",
        "unit_of_meas": "Wh",
        "dev_cla": "energy",
        "val_tpl": "{{ value_json['Total']|float(0) / 10 }}",
        "uniq_id": "p7_energy",
        "dev": {"ids": "p7", "name": "Plug"},
    }
    topic = "homeassistant/sensor/p7_energy/config"
    answers = talk(
        "homeassistant/sensor/p7_energy",
        (topic, config),
        ("plugs/7/energy", {"Total": 25000}),
        ("plugs/7/energy", {"Other": 1}),
        ("plugs/7/LWT", "Offline"),
    )
    assert answers == [{}, {"energy_import": 2.5}, {}, {"online": "offline"}]


def test_a_device_with_all_of_its_components() -> None:
    config = {
        "dev": {"ids": ["rack"], "name": "Rack"},
        "o": {"name": "x"},
        "availability_topic": "rack/online",
        "cmps": {
            "power_2": {
                "p": "sensor",
                "dev_cla": "power",
                "unit_of_meas": "kW",
                "stat_t": "rack/p2",
                "uniq_id": "r_p2",
            },
            "door": {"p": "binary_sensor", "dev_cla": "door", "stat_t": "rack/door", "uniq_id": "r_d"},
            "relay_1": {"p": "switch", "stat_t": "rack/relay", "cmd_t": "rack/relay/set", "uniq_id": "r_r"},
            "button": {"p": "device_automation", "automation_type": "trigger", "topic": "rack/button"},
            "gone": {"p": "sensor"},
        },
    }
    answers = talk(
        "homeassistant/device/rack",
        ("homeassistant/device/rack/config", config),
        ("rack/p2", "1.5"),
        ("rack/door", "ON"),
        ("rack/relay", "OFF"),
        ("rack/online", "online"),
    )
    assert answers == [
        {},
        {"power@2": 1500},
        {"door": "open"},
        {"switch@relay_1": "off"},
        {"online": "online"},
    ]


BINARY: list[tuple[str | None, dict[str, Any], Any, dict[str, str]]] = [
    ("motion", {}, "ON", {"occupancy": "occupied"}),
    ("occupancy", {"payload_on": True, "payload_off": False}, {"v": False}, {"occupancy": "clear"}),
    ("door", {"payload_on": False, "payload_off": True}, {"v": True}, {"door": "closed"}),
    ("lock", {}, "ON", {"lock": "unlocked"}),
    ("connectivity", {"payload_on": "1", "payload_off": "0"}, "0", {"online": "offline"}),
    ("smoke", {}, "OFF", {"x_b": "false"}),
    (None, {}, "ON", {"x_b": "true"}),
    (None, {}, "maybe", {}),
]


@pytest.mark.parametrize(("device_class", "config", "payload", "expected"), BINARY)
def test_a_binary_sensor_says(
    device_class: str | None, config: dict[str, Any], payload: Any, expected: dict[str, str]
) -> None:
    template = {"value_template": "{{ value_json.v }}"} if isinstance(payload, dict) else {}
    said = {"state_topic": "a/b", "device_class": device_class, **config, **template}
    answers = talk(
        "homeassistant/binary_sensor/b",
        ("homeassistant/binary_sensor/b/config", said),
        ("a/c", "x"),
    )
    assert answers == [{}, None]
    try:
        answer = talk(
            "homeassistant/binary_sensor/b", ("homeassistant/binary_sensor/b/config", said), ("a/b", payload)
        )[1]
    except BadPayload:
        answer = {}
    assert answer == expected


@pytest.mark.parametrize(
    ("component", "payload", "expected"),
    [
        ("lock", "LOCKED", {"lock": "locked"}),
        ("valve", "closed", {"valve": "closed"}),
        ("switch", "ON", {"switch": "on"}),
        ("alarm_control_panel", "armed_away", {"x_a": "armed_away"}),
    ],
)
def test_other_components_say(component: str, payload: str, expected: dict[str, str]) -> None:
    topic = f"homeassistant/{component}/a/config"
    config = {"state_topic": "s", "name": "a", "device": {"identifiers": ["q"]}}
    answer = talk(topic, (topic, config), ("s", payload))[1]
    assert answer is not None
    assert {key.partition("@")[0]: value for key, value in answer.items()} == expected


def test_a_light_of_the_json_schema() -> None:
    topic = "homeassistant/light/lamp/config"
    config = {"state_topic": "lamp", "schema": "json", "command_topic": "lamp/set"}
    assert talk(topic, (topic, config), ("lamp", {"state": "ON", "brightness": 5}))[1] == {"switch": "on"}


def test_what_has_no_name_here_is_kept() -> None:
    quality = sensor("linkquality", unit_of_measurement="lqi")
    mode = sensor("power_outage_memory")
    state = ("z/weather", {"linkquality": "70", "power_outage_memory": "restore"})
    assert talk(NODE, quality, mode, state)[2] == {"x_linkquality": 70, "x_power_outage_memory": "restore"}


def test_below_the_prefix_each_device_is_a_channel() -> None:
    other = (
        "homeassistant/sensor/0xb2/power/config",
        sensor("power")[1]
        | {
            "state_topic": "z/plug",
            "device": {"ids": ["plug"]},
            "device_class": "power",
            "unit_of_measurement": "W",
        },
    )
    answers = talk(
        "homeassistant",
        HUMIDITY,
        other,
        ("z/weather", {"humidity": 33}),
        ("z/plug", {"power": 5}),
        ("homeassistant/status", "online"),
    )
    assert answers[2:] == [{"humidity@zigbee_0xa1": 33}, {"power@plug": 5}, {}]


def test_the_root_may_be_where_the_states_come() -> None:
    stranger = (
        "homeassistant/sensor/0xb2/power/config",
        {"state_topic": "z/plug", "unit_of_measurement": "W"},
    )
    answers = talk("z/weather", HUMIDITY, ("z/weather", {"humidity": 33}), ("z/plug", "5"))
    assert answers == [{}, {"humidity": 33}, None]
    bad = (
        "homeassistant/sensor/0xb2/power/config",
        {"state_topic": "z/plug", "value_template": "{{ now() }}"},
    )
    for config in (stranger, bad):
        with pytest.raises(NotMine, match="no device listens to what it announces"):
            talk("z/weather", config)
    with pytest.raises(BadPayload, match="map it by hand"):
        talk("z/weather", (bad[0], bad[1] | {"state_topic": "z/weather"}))
    both = talk("homeassistant/sensor/0xa1, z", HUMIDITY, ("z/weather", {"humidity": 33}))
    assert both == [{}, {"humidity": 33}]


def test_a_state_before_any_configuration_is_refused_for_a_second_try() -> None:
    with pytest.raises(BadPayload, match="no configuration has named this topic yet"):
        talk("z/weather", ("z/weather", {"humidity": 33}))


def test_configurations_may_be_kept_in_the_options() -> None:
    options = {"configs": {HUMIDITY[0]: HUMIDITY[1]}}
    assert talk(NODE, ("z/weather", {"humidity": 33}), options=options) == [{"humidity": 33}]
    good = Description("Weather", "room", "homeassistant", NODE, options=options)
    assert check("weather", good) == {}
    bad = {"configs": {HUMIDITY[0]: {"state_topic": "a", "value_template": "{{ now() }}"}}}
    assert set(check("weather", Description("W", "room", "homeassistant", NODE, options=bad))) == {"options"}


@pytest.mark.parametrize(
    ("mode", "first", "second", "expected"),
    [
        ("all", "online", "offline", {"online": "offline"}),
        ("all", "online", "online", {"online": "online"}),
        ("any", "offline", "online", {"online": "online"}),
        ("latest", "offline", "online", {"online": "online"}),
    ],
)
def test_several_topics_of_availability(mode: str, first: str, second: str, expected: dict[str, str]) -> None:
    where = [{"topic": "bridge", "value_template": "{{ value_json.state }}"}, {"topic": "mine"}]
    config = sensor("humidity", availability=where, availability_mode=mode)
    answers = talk(NODE, config, ("bridge", {"state": first}), ("mine", second))
    assert answers[2] == expected


REFUSED: list[tuple[str, Any, str]] = [
    ("sensor/x/config", "not json", "not JSON"),
    ("sensor/x/config", {}, "state_topic is missing"),
    ("sensor/röhre/config", {"state_topic": "a"}, "an id has letters, digits"),
    ("sensor/x/config", {"state_topic": "a", "qos": "some"}, "qos: 0, 1 or 2 was expected"),
    ("sensor/x/config", {"state_topic": "a", "value_template": "{{ value_json.x * 2 }}"}, "map it by hand"),
    ("sensor/x/config", {"state_topic": "a", "value_template": 5}, "value_template: a text was expected"),
    ("device/x/config", {"cmps": {}}, "device: identifiers or connections are needed"),
    ("device/x/config", {"dev": {"ids": "x"}, "cmps": ""}, "components: a JSON object was expected"),
    ("device/x/config", {"dev": {"ids": "x"}, "cmps": {"a": {"stat_t": "b"}}}, "'a' has no platform"),
]


@pytest.mark.parametrize(("topic", "config", "reason"), REFUSED)
def test_a_configuration_is_refused_with_its_reason(topic: str, config: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        talk("homeassistant", (f"homeassistant/{topic}", config))


TEMPLATES: list[tuple[str, Template]] = [
    ("", Template()),
    ("{{ value }}", Template()),
    ("{{value|float}}", Template()),
    ("{{ value | float / 60 }}", Template(None, 60)),
    ("{{ value_json.a }}", Template(("a",))),
    ("{{value_json['a b']}}", Template(("a b",))),
    ('{{ value_json["a"].b[0] | int / 1000 }}', Template(("a", "b", 0), 1000)),
    ("{{ value_json.a | float(0) }}", Template(("a",))),
    ("{{ value_json }}", Template(())),
]


@pytest.mark.parametrize(("text", "meant"), TEMPLATES)
def test_a_template_is_read(text: str, meant: Template) -> None:
    assert read_template(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "{{ value_json.a * 2 }}",
        "{{ value_json.a | round(1) }}",
        "{{(value|float/60)|round(2)}}",
        "{% if value_json.a %}1{% endif %}",
        "{{ value_json.a / 0 }}",
        "{{ value_json.__class__() }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ value.x }}",
        "{{ value_json[a] }}",
        "{{ value_json.a }} {{ value_json.b }}",
        "{{ value_json.a",
        "text",
    ],
)
def test_a_template_is_never_run(text: str) -> None:
    with pytest.raises(ValueError, match="template"):
        read_template(text)


@given(st.text(max_size=60))
def test_any_template_is_read_or_refused(text: str) -> None:
    try:
        read_template(text)
        read_template("{{ value_json" + text + " }}")
    except ValueError:
        return


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["dev", "cmps", "p", "stat_t", "avty", "t", "~", "ids", "unit_of_meas", "a", "qos"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@given(component=st.sampled_from(["sensor", "device", "light", "lock", "number"]), config=JSON, state=JSON)
def test_any_configuration_is_read_or_refused(component: str, config: Any, state: Any) -> None:
    source = Source(CAMPUS)
    topic = f"homeassistant/{component}/x/config"
    for what, payload in ((f"config {topic}", config), ("state z/weather", state)):
        try:
            found = homeassistant.decode(what, orjson.dumps(payload), source)
        except BadPayload:
            continue
        assert_storable(found)
    homeassistant.decode(f"config {HUMIDITY[0]}", orjson.dumps(HUMIDITY[1]), source)
    try:
        homeassistant.decode("state z/weather", orjson.dumps({"humidity": state}), source)
    except BadPayload:
        return
