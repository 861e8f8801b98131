"""Who may say and hear what at a broker of the hub's own: Mosquitto's access list, pure.

A device says what is its own by its dialect and hears its own commands. A gateway says what is below its
topics and hears the commands of the devices there. Newcomers say what belongs to nobody yet. The worker
hears everything and says commands. Nobody else may anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from devices.formats import formats
from devices.formats._own_topics import Topics, covers, is_filter, meet
from devices.intake.broker_passwords import USER

WORKER, NEWCOMERS, GATEWAY = "campus_worker", "campus_newcomers", "gateway_"
"""With an underscore, which no device's name has."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A registered device, as far as the broker is concerned."""

    slug: str
    format: str
    topic: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may: topic filters. What is denied counts more than what is allowed."""

    user: str
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Everybody's rights, and what the person who set it up should know."""

    rights: tuple[Rights, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(one.user for one in self.rights)


def access(things: Iterable[Thing], gateways: Mapping[str, Sequence[str]], *, newcomers: bool) -> Access:
    """Rights of the worker, the devices, the gateways (name to filters) and, if asked for, newcomers."""
    own: dict[str, Topics] = {}
    warnings: list[str] = []
    for thing in sorted(things, key=lambda thing: thing.slug):
        if not USER.fullmatch(thing.slug) or "_" in thing.slug:
            warnings.append(f"{thing.slug[:64]!r} gets no user: it is no name of a device")
            continue
        topics = _topics(thing)
        if not topics.writes:
            warnings.append(
                f"{thing.slug} may say nothing: {thing.topic[:80]!r} cannot stand in an access list"
            )
        own[thing.slug] = topics
    warnings += _overlaps(own)
    commands = _unique(one for topics in own.values() for one in topics.commands)
    below = {name: tuple(filters) for name, filters in gateways.items()}
    rights = [Rights(WORKER, writes=commands, reads=("#",))]
    rights += [Rights(slug, topics.writes, topics.commands) for slug, topics in own.items()]
    for name, filters in sorted(below.items()):
        heard = tuple(one for one in commands if any(covers(wide, one) for wide in filters))
        rights.append(Rights(GATEWAY + name, filters, heard))
    if newcomers:
        taken = _unique(
            [one for topics in own.values() for one in topics.writes + topics.commands]
            + [one for filters in below.values() for one in filters]
        )
        rights.append(Rights(NEWCOMERS, writes=("#",), denied=taken))
    return Access(tuple(rights), tuple(warnings))


def access_list(rights: Iterable[Rights]) -> str:
    """The text of Mosquitto's `acl_file`. Raises ValueError for what could be read otherwise."""
    blocks = [ACL_HEAD]
    for one in rights:
        if not USER.fullmatch(one.user):
            raise ValueError(f"{one.user!r} is no name for a user of the broker")
        lines = [f"user {one.user}"]
        for verb, filters in (("deny", one.denied), ("write", one.writes), ("read", one.reads)):
            for text in filters:
                if not is_filter(text):
                    raise ValueError(f"{text!r} is no topic filter")
                lines.append(f"topic {verb} {text}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _topics(thing: Thing) -> Topics:
    """Its filters, without those that no broker takes."""
    known = formats().get(thing.format)
    if known is None or not thing.topic:
        return Topics((), ())
    topics = known.topics(thing.topic)
    if not all(is_filter(one) for one in topics.writes):
        return Topics((), ())
    return Topics(_unique(topics.writes), _unique(one for one in topics.commands if is_filter(one)))


def _overlaps(own: Mapping[str, Topics]) -> list[str]:
    """Devices that may speak in each other's name, since they have topics in common."""
    by_beginning: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for slug, topics in own.items():
        for text in topics.writes:
            by_beginning.setdefault(_beginning(text), []).append((slug, text))
    shared: dict[str, set[str]] = {}
    for beginning, here in by_beginning.items():
        above = [one for end in range(len(beginning) + 1) for one in by_beginning.get(beginning[:end], ())]
        for slug, text in here:
            for other, that in above:
                if other != slug and meet(text, that):
                    shared.setdefault(min(slug, other), set()).add(max(slug, other))
    return [
        f"{slug} has topics in common with {', '.join(sorted(others)[:5])}{' …' if len(others) > 5 else ''}: "
        "each may speak for the other there"
        for slug, others in sorted(shared.items())
    ]


def _beginning(text: str) -> tuple[str, ...]:
    """The levels before the first wildcard."""
    levels = text.split("/")
    return tuple(levels[: next((at for at, level in enumerate(levels) if level in ("+", "#")), len(levels))])


def _unique(filters: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filters))


ACL_HEAD = """\
# Who may say and hear what. Written by `flask --app app broker-config`, anew each time: changes made here
# are lost. After a change tell the broker to read it: kill -HUP, or systemctl reload."""
