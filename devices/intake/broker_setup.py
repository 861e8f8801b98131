"""`flask --app app broker-config`: the register's devices, what is wished, and the folder made of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from campus.audit import Origin, record
from campus.errors import BadRequest
from campus.fields import SLUG
from campus.hub import Hub
from devices import registry
from devices.formats._own_topics import is_filter
from devices.intake.broker_access import GATEWAY, Thing, access
from devices.intake.broker_config import read_host
from devices.intake.broker_folder import Choices, read_choices, write_broker


@dataclass(frozen=True, slots=True)
class Wishes:
    """Options as they were given; None or empty for one that was not."""

    hosts: Sequence[str] = ()
    port: int | None = None
    gateways: Sequence[str] = ()
    newcomers: bool | None = None
    require_certificate: bool | None = None
    owner: str | None = None


def run(campus: Hub, folder: Path, wishes: Wishes, by: Origin, now: datetime) -> Iterable[str]:
    """Write the folder and give what to tell, line by line. Raises BadRequest."""
    default = Choices(hosts=(urlsplit(campus.settings.site_url).hostname or "localhost",))
    choices = choose(read_choices(folder) or default, wishes)
    with campus.database.read() as session:
        things = [Thing(one.slug, one.format, one.topic) for one in registry.devices(session)]
    allowed = access(things, choices.gateways, newcomers=choices.newcomers)
    written = write_broker(folder, choices, allowed, now)
    with campus.database.write() as session:
        told = {"users": written.users, "new": len(written.new), "gone": len(written.gone)}
        record(session, by, "broker.config", "broker", now, after=told)
    yield f"{folder}: {written.users} users, {len(written.new)} of them new, {len(written.gone)} gone"
    yield f"  for {', '.join(choices.hosts)}, port {choices.port}, until {written.server_until:%Y-%m-%d}"
    if written.new:
        yield f"  passwords to hand out: {folder / 'passwords.txt'}"
        yield f"  settings for Campus itself: {folder / 'worker.env'}"
    for user in written.gone:
        yield f"  gone: {user}"
    for warning in allowed.warnings:
        yield f"  mind: {warning}"
    yield f"Start it with: mosquitto -c {folder / 'mosquitto.conf'} (if it runs already: kill -HUP)"


def choose(before: Choices, wishes: Wishes) -> Choices:
    """What holds from now on: what was wished, else what was. Raises BadRequest."""
    try:
        hosts = tuple(dict.fromkeys(map(read_host, wishes.hosts))) or before.hosts
    except ValueError as error:
        raise BadRequest(f"--host: {error}.") from None
    chosen = replace(before, hosts=hosts, gateways=_gateways(before, wishes.gateways))
    if wishes.port is not None:
        chosen = replace(chosen, port=wishes.port)
    if wishes.owner is not None:
        chosen = replace(chosen, owner=wishes.owner)
    if wishes.newcomers is not None:
        chosen = replace(chosen, newcomers=wishes.newcomers)
    if wishes.require_certificate is not None:
        chosen = replace(chosen, require_certificate=wishes.require_certificate)
    return chosen


def _gateways(before: Choices, wished: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """A name that is given has the topics that are given now; one without a topic is gone."""
    given: dict[str, tuple[str, ...]] = {}
    for one in wished:
        name, equals, text = one.partition("=")
        if not equals or not SLUG.fullmatch(name):
            raise BadRequest(f"--gateway {one[:80]!r}: NAME=TOPIC is wanted, the name of a-z, 0-9 and -.")
        if text and (not is_filter(text) or text[0] in "#+"):
            raise BadRequest(
                f"--gateway {one[:80]!r}: a topic, or a filter that begins with a name, is wanted."
            )
        given[name] = given.get(name, ()) + ((text,) if text else ())
    every = {**before.gateways, **given}
    for name in every:
        if not SLUG.fullmatch(name):
            raise BadRequest(f"{GATEWAY}{name!r} is no name of a gateway.")
    return {name: filters for name, filters in every.items() if filters}
