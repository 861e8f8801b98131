"""A broker of the hub's own, as broker-config writes it: a real Mosquitto lets each do what is theirs."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import delete, select

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.processes import die_with_parent
from devices.intake.broker_access import WORKER
from devices.intake.broker_passwords import is_right, read_passwords
from devices.intake.connection import BrokerAddress
from devices.models import Device
from tests.conftest import leave_out
from tests.devices.intake.own_broker import Client, OwnBroker, pause
from tests.devices.intake.test_listener import Ear, values
from tests.devices.intake.things import register
from tests.running import HOUSE
from tests.servers import Missing, wait_until

pytestmark = pytest.mark.usefixtures("sqlite_database")
A_BROKER = pytest.mark.broker


@pytest.fixture
def own(app: APIFlask, sqlite_database: Database, tmp_path: Path) -> Iterator[OwnBroker]:
    """Two devices are registered; nothing is written yet."""
    register(sqlite_database, "wall", "hub/wall")
    register(sqlite_database, "pump", "pump-room", format="tasmota")
    broker = OwnBroker(app, tmp_path / "broker")
    yield broker
    broker.stop()


@pytest.fixture
def running(own: OwnBroker) -> OwnBroker:
    own.configure()
    start(own)
    return own


def start(broker: OwnBroker) -> None:
    try:
        broker.start()
    except Missing as missing:
        leave_out(missing)


def worker(broker: OwnBroker, subscribe: str = "#") -> Client:
    """The campus worker's own account."""
    password = broker.environment()["CAMPUS_MQTT_URL"].split(":")[2].split("@")[0]
    return Client(broker, WORKER, password, certificate=WORKER, subscribe=subscribe)


# What each may


@A_BROKER
def test_a_device_says_what_is_its_own_and_nothing_else(running: OwnBroker) -> None:
    ear = worker(running)
    pump = Client(running, "pump", running.password("pump"))
    for topic in ("hub/wall", "hub/wall/x", "tele/other/SENSOR", "cmnd/pump-room/Power", "anything", "hub"):
        pump.say(topic)
    pump.say("tele/pump-room/SENSOR")
    pump.say("stat/pump-room/RESULT", "2")
    ear.wait_for("stat/pump-room/RESULT", "2")
    assert ear.heard == [("tele/pump-room/SENSOR", b"1"), ("stat/pump-room/RESULT", b"2")]
    pump.leave()
    ear.leave()


@A_BROKER
def test_a_device_hears_its_own_commands_and_nothing_of_others(running: OwnBroker) -> None:
    wall = Client(running, "wall", running.password("wall"))
    ear, pump = worker(running), Client(running, "pump", running.password("pump"), subscribe="#")
    wall.say("hub/wall", "secret", retain=True)
    wall.say("hub/wall/set", "not mine to hear")
    ear.wait_for("hub/wall", "secret")
    ear.say("hub/wall/set", "on")
    ear.say("cmnd/pump-room/Power", "ON")
    pump.wait_for("cmnd/pump-room/Power", "ON")
    late = Client(running, "pump", running.password("pump"), subscribe="hub/#")
    pause()
    assert pump.heard == [("cmnd/pump-room/Power", b"ON")]
    assert late.heard == []
    for client in (wall, ear, pump, late):
        client.leave()


@A_BROKER
def test_the_worker_says_commands_and_no_values(running: OwnBroker) -> None:
    ear = worker(running)
    ear.say("hub/wall", "forged")
    ear.say("hub/wall/set", "on")
    ear.wait_for("hub/wall/set", "on")
    assert ear.heard == [("hub/wall/set", b"on")]
    ear.leave()


@A_BROKER
def test_a_gateway_speaks_below_its_topics_and_newcomers_where_nobody_does(own: OwnBroker) -> None:
    own.configure("--gateway", "bridge=hub/#", "--newcomers")
    start(own)
    ear = worker(own)
    bridge = Client(own, "gateway_bridge", own.password("gateway_bridge"), subscribe="#")
    stranger = Client(own, "campus_newcomers", own.password("campus_newcomers"), subscribe="#")
    for topic in ("hub/wall", "hub/other", "cmnd/pump-room/Power", "tele/pump-room/LWT", "tele/new/SENSOR"):
        stranger.say(topic, "stranger")
    for topic in ("hub/wall", "hub/other", "tele/pump-room/LWT"):
        bridge.say(topic, "bridge")
    ear.say("hub/wall/set", "on")
    bridge.wait_for("hub/wall/set", "on")
    pause()
    assert ear.heard == [
        ("tele/new/SENSOR", b"stranger"),
        ("hub/wall", b"bridge"),
        ("hub/other", b"bridge"),
        ("hub/wall/set", b"on"),
    ]
    assert bridge.heard == [("hub/wall/set", b"on")]
    assert stranger.heard == []
    for client in (ear, bridge, stranger):
        client.leave()


# Who is let in


@A_BROKER
@pytest.mark.parametrize(
    ("user", "password"),
    [("wall", "wrong"), ("wall", None), (None, None), ("nobody", "x"), (WORKER, "wrong"), ("", "")],
)
def test_who_has_no_right_password_is_refused(
    running: OwnBroker, user: str | None, password: str | None
) -> None:
    client = Client(running, user, password)
    assert not client.is_in
    assert client.refusal
    client.leave()


@A_BROKER
def test_where_certificates_are_asked_for_nobody_comes_without(own: OwnBroker, tmp_path: Path) -> None:
    own.configure("--require-certificate")
    start(own)
    password = own.password("wall")
    bare = Client(own, "wall", password)
    assert not bare.is_in
    bare.leave()
    card = Client(own, "wall", "wrong", certificate="wall")  # the certificate alone opens nothing
    assert not card.is_in
    card.leave()
    wall = Client(own, "wall", password, certificate="wall")
    assert wall.is_in
    wall.leave()


@A_BROKER
def test_a_certificate_of_another_authority_is_refused(own: OwnBroker, app: APIFlask, tmp_path: Path) -> None:
    own.configure("--require-certificate")
    other = OwnBroker(app, tmp_path / "other")
    other.configure()
    start(own)
    for ending in (".crt", ".key"):
        forged = (other.folder / "clients" / f"wall{ending}").read_bytes()
        (own.folder / "clients" / f"forged{ending}").write_bytes(forged)
    client = Client(own, "wall", own.password("wall"), certificate="forged")
    assert not client.is_in
    client.leave()
    assert is_believed(own, own.folder / "ca.crt", "localhost")
    assert not is_believed(own, other.folder / "ca.crt", "localhost")
    assert not is_believed(own, own.folder / "ca.crt", "elsewhere.example")


@A_BROKER
def test_no_packet_is_larger_than_what_is_read(running: OwnBroker) -> None:
    ear, wall = worker(running), Client(running, "wall", running.password("wall"))
    wall.say("hub/wall", "x" * 256 * 1024)
    ear.wait_for("hub/wall", "x" * 256 * 1024)
    wall._mqtt.publish("hub/wall", "x" * 1024 * 1024, 1)
    wait_until(lambda: not wall.is_in, "the broker to hang up")
    pause()
    assert len(ear.heard) == 1
    wall.leave()
    ear.leave()


def is_believed(broker: OwnBroker, authority: Path, host: str) -> bool:
    """True if a strict client takes the broker for `host`."""
    context = ssl.create_default_context(cafile=str(authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_connection(("127.0.0.1", broker.port)) as bare:
        try:
            context.wrap_socket(bare, server_hostname=host).close()
        except ssl.SSLCertVerificationError:
            return False
    return True


# Into the store


@A_BROKER
@pytest.mark.slow
def test_the_worker_takes_messages_in_through_tls(own: OwnBroker, sqlite_database: Database) -> None:
    own.configure("--require-certificate")
    start(own)
    log = own.folder / "worker.log"
    settings = {"CAMPUS_DATABASE_URL": sqlite_database.url, "CAMPUS_DATA_DIR": str(own.folder.parent)}
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "worker"],
            cwd=HOUSE,
            env={**os.environ, **settings, **own.environment()},
            stdout=words,
            stderr=words,
            preexec_fn=lambda: die_with_parent(os.getppid()),  # noqa: PLW1509 - no thread holds a lock yet
        )
    try:
        wait_until(lambda: b"listening to #" in log.read_bytes(), "the worker to listen")
        wall = Client(own, "wall", own.password("wall"), certificate="wall")
        for number in range(100):
            wall.say("hub/wall", f'{{"t": {number}}}')
        wait_until(lambda: len(values(sqlite_database)) == 100, "100 values")
        wall.leave()
    finally:
        process.terminate()
        process.wait(30)
    assert values(sqlite_database) == [float(number) for number in range(100)]


@A_BROKER
@pytest.mark.slow
def test_what_comes_while_the_worker_is_away_waits_though_the_broker_restarts(
    running: OwnBroker, sqlite_database: Database
) -> None:
    said = running.environment()
    address = BrokerAddress(
        said["CAMPUS_MQTT_URL"], *(Path(said[f"CAMPUS_MQTT_{name}"]) for name in ("CA", "CERT", "KEY"))
    )
    ear = Ear(sqlite_database, address)
    ear.stop()
    wall = Client(running, "wall", running.password("wall"))
    waiting = [wall._mqtt.publish("hub/wall", f'{{"t": {number}}}', 1) for number in range(5_000)]
    waiting[-1].wait_for_publish(60)
    assert running.server
    wall.leave()
    running.server.restart()
    ear.start()
    wait_until(lambda: len(values(sqlite_database)) == 5_000, "5,000 values", 60)
    ear.stop()
    assert values(sqlite_database) == [float(number) for number in range(5_000)]


# Again


@A_BROKER
def test_a_second_run_keeps_secrets_takes_in_the_new_and_shuts_out_the_gone(
    running: OwnBroker, sqlite_database: Database
) -> None:
    before = {path: path.read_bytes() for path in sorted(running.folder.rglob("*.*")) if path.is_file()}
    word = running.password("wall")
    pump = Client(running, "pump", running.password("pump"))
    register(sqlite_database, "lamp", "hub/lamp")
    with sqlite_database.write() as session:
        session.execute(delete(Device).where(Device.slug == "pump"))
    told = running.configure()
    assert "1 of them new, 1 gone" in told
    assert "gone: pump" in told
    running.reload()
    for path, was in before.items():
        if path.stem not in ("pump", "passwords", "worker"):
            assert path.read_bytes() == was, path
    assert running.password("wall") == word
    assert not list(running.folder.rglob("pump.*"))
    assert "pump" not in (running.folder / "passwords.txt").read_text()
    wait_until(lambda: Client(running, "lamp", running.password("lamp")).is_in, "the lamp to be let in")
    late = Client(running, "pump", "whatever")
    assert not late.is_in
    for client in (pump, late):
        client.leave()


def test_nothing_changes_where_nothing_has(own: OwnBroker) -> None:
    own.configure("--gateway", "bridge=hub/#", "--require-certificate", "--host", "broker.hub.example")
    before = {path: path.read_bytes() for path in own.folder.rglob("*") if path.is_file()}
    told = own.configure()
    assert {path: path.read_bytes() for path in own.folder.rglob("*") if path.is_file()} == before
    assert "0 of them new, 0 gone" in told
    assert "for broker.hub.example," in told


def test_a_line_that_was_handed_out_and_deleted_stays_so(own: OwnBroker) -> None:
    own.configure()
    (own.folder / "passwords.txt").write_text("")
    (own.folder / "worker.env").unlink()
    sealed = (own.folder / "passwd").read_text()
    own.configure()
    assert (own.folder / "passwd").read_text() == sealed
    assert "wall" not in (own.folder / "passwords.txt").read_text()
    assert not (own.folder / "worker.env").exists()


def test_a_lost_password_is_made_anew_by_deleting_its_line(own: OwnBroker) -> None:
    own.configure()
    lost, other = own.password("wall"), own.password("pump")
    path = own.folder / "passwd"
    path.write_text("".join(f"{line}\n" for line in path.read_text().splitlines() if "wall:" not in line))
    assert "1 of them new, 0 gone" in own.configure()
    assert own.password("wall") != lost
    assert own.password("pump") == other
    assert is_right(own.password("wall"), read_passwords(path.read_text())["wall"])


def test_another_host_has_another_certificate_of_the_same_authority(own: OwnBroker) -> None:
    own.configure()
    authority, server = ((own.folder / name).read_bytes() for name in ("ca.crt", "server.crt"))
    own.configure("--host", "broker.hub.example", "--host", "192.0.2.7")
    assert (own.folder / "ca.crt").read_bytes() == authority
    assert (own.folder / "server.crt").read_bytes() != server
    assert "@broker.hub.example:" in own.environment()["CAMPUS_MQTT_URL"]


def test_a_gateway_without_topics_is_gone(own: OwnBroker) -> None:
    own.configure("--gateway", "bridge=hub/#", "--newcomers")
    assert "gone: gateway_bridge" in own.configure("--gateway", "bridge=", "--no-newcomers")
    assert {"wall", "pump", WORKER} == set(read_passwords((own.folder / "passwd").read_text()))


# The files


def test_secrets_are_for_their_owner_alone(own: OwnBroker) -> None:
    own.configure()
    open_to_all = {
        str(path.relative_to(own.folder))
        for path in own.folder.rglob("*")
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077
    }
    assert open_to_all == {
        "broker.json", "mosquitto.conf", "ca.crt", "server.crt",
        "clients/wall.crt", "clients/pump.crt", f"clients/{WORKER}.crt",
    }  # fmt: skip
    assert stat.S_IMODE((own.folder / "clients").stat().st_mode) == 0o700


def test_passwords_are_kept_as_hashes_and_told_once(own: OwnBroker) -> None:
    told = own.configure()
    sealed = read_passwords((own.folder / "passwd").read_text())
    assert is_right(own.password("wall"), sealed["wall"])
    assert own.password("wall") not in told + (own.folder / "passwd").read_text()
    assert WORKER not in (own.folder / "passwords.txt").read_text()


def test_the_loss_window_and_the_limits_are_in_the_file(own: OwnBroker) -> None:
    own.configure()
    text = (own.folder / "mosquitto.conf").read_text()
    assert "THE LOSS WINDOW" in text
    limits = ("max_inflight_messages 2000", "max_queued_messages 1000000", "max_queued_bytes 536870912")
    kept = ("autosave_interval 10", "queue_qos0_messages true")
    for line in ("allow_anonymous false", "max_packet_size 327696", *kept, *limits):
        assert f"\n{line}\n" in text


def test_the_brokers_own_user_gets_what_it_reads_and_no_more(own: OwnBroker, app: APIFlask) -> None:
    if os.geteuid() != 0:  # nobody else may give files away
        done = app.test_cli_runner().invoke(args=["broker-config", str(own.folder), "--owner", "nobody"])
        assert done.exit_code == 1
        assert "Operation not permitted" in done.output
        return
    own.configure("--owner", "nobody")
    own.configure()  # it is remembered
    theirs = {path.name for path in own.folder.rglob("*") if path.stat().st_uid != os.geteuid()}
    assert theirs == {"acl", "passwd", "mosquitto.conf", "server.key", "data"}
    assert "\nuser nobody\n" in (own.folder / "mosquitto.conf").read_text()
    assert stat.S_IMODE(own.folder.stat().st_mode) == 0o711


HOSTILE = [
    "hub/x\nuser wall\ntopic readwrite #",
    "hub/x\r\ntopic write #",
    "hub/x\x00",
    "hub/x\u2028topic write #",
    "#",
    "+/#",
    "hub/#/x",
    "$SYS/broker",
    "/" * 300,
]


@pytest.mark.parametrize("topic", HOSTILE)
def test_a_topic_that_is_no_topic_gives_no_right(
    own: OwnBroker, sqlite_database: Database, topic: str
) -> None:
    own.configure()
    plain = (own.folder / "acl").read_text()
    register(sqlite_database, "rogue", topic)
    assert "mind: rogue may say nothing" in own.configure()
    assert (own.folder / "acl").read_text() == plain + "\nuser rogue\n" or "user rogue\n\nuser wall" in (
        own.folder / "acl"
    ).read_text()
    assert "topic write #" not in (own.folder / "acl").read_text()


@pytest.mark.parametrize("slug", ["a:b", "a\nwall:x", "a b", "../../etc/x", "campus_worker", "é", "A"])
def test_a_name_that_is_none_gets_no_user(own: OwnBroker, sqlite_database: Database, slug: str) -> None:
    register(sqlite_database, slug, "hub/rogue")
    assert "gets no user" in own.configure()
    assert set(read_passwords((own.folder / "passwd").read_text())) == {"wall", "pump", WORKER}
    assert "hub/rogue" not in (own.folder / "acl").read_text()


@A_BROKER
def test_a_broker_starts_though_names_are_odd(own: OwnBroker, sqlite_database: Database) -> None:
    register(sqlite_database, "rogue", HOSTILE[0])
    register(sqlite_database, "spaced", "zigbee2mqtt/Pump room #1 user x", format="zigbee2mqtt")
    register(sqlite_database, "plain", "zigbee2mqtt/Sótano user x", format="zigbee2mqtt")
    own.configure()
    start(own)
    ear, plain = worker(own), Client(own, "plain", own.password("plain"))
    plain.say("zigbee2mqtt/Sótano user x")
    ear.wait_for("zigbee2mqtt/Sótano user x")
    rogue = Client(own, "rogue", own.password("rogue"), subscribe="#")
    rogue.say("hub/wall")
    pause()
    assert len(ear.heard) == 1
    assert rogue.heard == []
    for client in (ear, plain, rogue):
        client.leave()


def test_devices_that_share_topics_are_named(own: OwnBroker, sqlite_database: Database) -> None:
    register(sqlite_database, "floor", "hub")
    assert "mind: floor has topics in common with wall" in own.configure()


# What cannot be


def test_a_folder_that_is_not_ours_is_left_alone(app: APIFlask, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "mosquitto.conf").write_text("listener 1883\n")
    (tmp_path / "file").write_text("")
    runner = app.test_cli_runner()
    for place, why in (
        ("etc", "there are files in it that Campus did not write"),
        ("file", "file: Not a directory"),
        ("file/below", "Not a directory"),
        ("line\nlistener 1884", "cannot stand in a configuration"),
    ):
        done = runner.invoke(args=["broker-config", str(tmp_path / place)])
        assert done.exit_code == 1
        assert why in done.output, done.output
        assert done.output.count("\n") == 1
    assert not (tmp_path / "line\nlistener 1884").exists()
    assert (tmp_path / "etc" / "mosquitto.conf").read_text() == "listener 1883\n"
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == ["mosquitto.conf"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--gateway", "x"), "NAME=TOPIC is wanted"),
        (("--gateway", "X Y=hub/#"), "NAME=TOPIC is wanted"),
        (("--gateway", "x=#"), "begins with a name"),
        (("--gateway", "x=a\ntopic write #"), "begins with a name"),
        (("--host", "a b"), "is no name of a host"),
        (("--host", "x\nlistener 1"), "is no name of a host"),
        (("--owner", "nobody-of-that-name"), "no user 'nobody-of-that-name'"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_and_nothing_written(
    app: APIFlask, tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    done = app.test_cli_runner().invoke(args=["broker-config", str(tmp_path / "b"), *options])
    assert done.exit_code == 1
    assert why in done.output
    assert not (tmp_path / "b" / "mosquitto.conf").exists()


@pytest.mark.parametrize("name", ["broker.json", "passwd", "ca.key"])
def test_what_was_damaged_is_named_and_kept(own: OwnBroker, app: APIFlask, name: str) -> None:
    own.configure()
    (own.folder / name).write_text("spoilt")
    authority = (own.folder / "ca.crt").read_bytes()
    done = app.test_cli_runner().invoke(args=["broker-config", str(own.folder)])
    assert done.exit_code == 1
    assert name in done.output
    assert done.output.count("\n") == 1
    assert (own.folder / name).read_text() == "spoilt"
    assert (own.folder / "ca.crt").read_bytes() == authority


def test_the_audit_tells_of_it(own: OwnBroker, sqlite_database: Database) -> None:
    own.configure()
    with sqlite_database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "broker.config")).one()
    assert entry.after == {"users": 3, "new": 3, "gone": 0}
    assert entry.at <= clock.now()
