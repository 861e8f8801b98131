"""What the supervisor prints: one stream of lines, each with the name of the process that said it."""

from __future__ import annotations

import sys
from typing import TextIO

from campus.demo import DEMO_MEMBERS

NAME_WIDTH = len("simulator")
COLOURS = {"broker": 33, "worker": 32, "web": 36, "simulator": 35, "campus": 1}


class Console:
    """Coloured names on a terminal, plain ones in a file or a pipe."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._colours = stream.isatty()

    def say(self, name: str, line: str) -> None:
        """One line of the process `name`."""
        label = name.ljust(NAME_WIDTH)
        if self._colours:
            label = f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m"
        self._print(f"{label} | {line}")

    def ready(self, url: str, *, is_demo: bool, has_members: bool) -> None:
        """The end of the start-up: where to go, and who may sign in."""
        self._print(f"Campus is ready at {url}")
        if is_demo:
            self._print("Sign in to the demo hub as")
            for email, _name, role, password in DEMO_MEMBERS:
                self._print(f"  {email:<18} {password:<18} ({role})")
        elif not has_members:
            self._print(
                "Nobody is a member yet. Begin with yourself: "
                "flask --app app member add EMAIL --name NAME --role admin --password-stdin"
            )

    def _print(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()
