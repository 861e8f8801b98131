"""What the supervisor prints: one stream of lines, each with the name of the process that said it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

NAME_WIDTH = len("simulator")
COLOURS = {"broker": 33, "worker": 32, "web": 36, "simulator": 35, "campus": 1}


@dataclass(frozen=True)
class Inhabitants:
    """Who is there when the campus opens."""

    is_demo: bool
    awaits_demo: bool = False
    """It was asked for on the first page, and is not there yet."""
    first_code: str | None = None
    """What lets somebody on another machine be the first member; None if there are members."""
    sign_ins: Sequence[tuple[str, str, str, str]] = field(default=(), compare=False)
    """Mail address, name, role and password of the demo hub's."""


class Console:
    """Coloured names on a terminal, plain ones in a file or a pipe."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._colours = stream.isatty()

    def say(self, name: str, line: str) -> None:
        """One line of the process `name`."""
        label = name.ljust(NAME_WIDTH)
        if self._colours:
            kind = name.partition("-")[0]
            label = f"\x1b[{COLOURS.get(kind, 37)}m{label}\x1b[0m"
        self._print(f"{label} | {line}")

    def ready(self, url: str, who: Inhabitants) -> None:
        """The end of the start-up: where to go, and who may sign in."""
        self._print(f"Campus is ready at {url}")
        if who.is_demo:
            self._print("Sign in to the demo hub as")
            for email, _name, role, password in who.sign_ins:
                self._print(f"  {email:<18} {password:<18} ({role})")
        elif who.first_code:
            self._print(f"Nobody is a member yet. Open {url}/welcome and make yourself the first.")
            self._print(f"From another machine it asks for a code: {who.first_code}")

    def _print(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()
