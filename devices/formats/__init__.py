"""The payload dialects, one pure file each.

A dialect is a module of this package with two functions and no I/O:

`suffix(root, topic) -> str | None`
    What is left of `topic` for a device whose root topic is `root` ('' where nothing is left);
    None if the message is not that device's. Called once for every pair, then remembered.

`decode(suffix, payload, source) -> list[Reading | StateChange]`
    What the message says, in the vocabulary's names and units. An empty list where it says nothing
    that is kept (a command overheard, a join request). Raises BadPayload with a reason if it cannot
    be read. Times of their own go into `at`; without one the arrival counts.

and, where a device's own messages name topics that no root can tell (discovery):

`follow(source, topic) -> str | None`
    The suffix of a topic that the device has named, None for any other. Asked for each message, after
    `suffix` has said None.

and, where not just everything below the root is a device's own, or its commands have words of their own:

`topics(root) -> Topics`
    The topic filters on which the device speaks and on which it is spoken to: what a broker lets it
    write and read. Nothing that a device says of itself may widen them.

and, where what one message means hangs on others before it (`source.memory`):

`REMEMBERS = True`
    Several workers then leave the device's messages to one of them, which decodes them in their order.

`describes(suffix) -> bool`
    True for a message in which the device says what its others will mean, and which nobody repeats: a
    birth, a configuration. The newest of each suffix is kept, for a worker that starts later.

`recall(suffix, payload, source)`
    Takes such a message to `source.memory` again; without it `decode` does.

It may name itself for people: `TITLE`, and `ROOTS`, examples of what is registered as its topic.

A new dialect is a new file here and its samples in the tests; nothing else has to know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from devices.formats._own_topics import Topics, below_root
from devices.readings import Decoded, Source


@dataclass(frozen=True, slots=True)
class Format:
    """A dialect's functions, under its name, and how people know it."""

    name: str
    suffix: Callable[[str, str], str | None]
    decode: Callable[[str, bytes, Source], Decoded]
    title: str
    roots: tuple[str, ...]
    follow: Callable[[Source, str], str | None] | None = None
    topics: Callable[[str], Topics] = below_root
    remembers: bool = False
    describes: Callable[[str], bool] | None = None
    recall: Callable[[str, bytes, Source], object] | None = None


@cache
def formats() -> dict[str, Format]:
    """All dialects by name."""
    found = {}
    for module in iter_modules(__path__):
        if not module.name.startswith("_"):
            code = import_module(f"{__name__}.{module.name}")
            title, roots = getattr(code, "TITLE", module.name), getattr(code, "ROOTS", ())
            follow, topics = getattr(code, "follow", None), getattr(code, "topics", below_root)
            found[module.name] = Format(
                module.name,
                code.suffix,
                code.decode,
                title,
                roots,
                follow,
                topics,
                getattr(code, "REMEMBERS", False),
                getattr(code, "describes", None),
                getattr(code, "recall", None),
            )
    return found
