"""What the simulator remembers from one run to the next: one small file in the data dir."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

NAME = "simulator.json"


def recall(data_dir: Path) -> dict[str, float]:
    """What was kept; empty if nothing was, or if it cannot be read any more."""
    try:
        kept = orjson.loads((data_dir / NAME).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: float(value) for name, value in kept.items() if isinstance(value, int | float)}


def keep(data_dir: Path, memory: Mapping[str, float]) -> None:
    """Replace what was kept, in one step: whoever reads finds the old or the new."""
    data_dir.mkdir(parents=True, exist_ok=True)
    draft = data_dir / f"{NAME}.{os.getpid()}"
    draft.write_bytes(orjson.dumps(dict(memory)))
    draft.replace(data_dir / NAME)
