"""How long the start takes, and how much memory the processes hold when nobody asks anything of them.

    python -m benchmarks.footprint

The baseline is the same interpreter importing Flask and SQLAlchemy and nothing else.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.running import READY, Campus
from tests.servers import wait_until

ROUNDS = 3
SETTLE_S = 10.0
MIB = 1024 * 1024


def main() -> None:
    bare = statistics.median(_bare() for _ in range(ROUNDS))
    first: list[float] = []
    again: list[float] = []
    memory: dict[str, list[int]] = {}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            first.append(_start(Path(directory) / "var", memory))
            again.append(_start(Path(directory) / "var", memory))
    print(f"import of Flask and SQLAlchemy alone   {bare:6.2f} s")
    print(
        f"first start, demo hub loaded           {statistics.median(first):6.2f} s  ({_times(first, bare)})"
    )
    print(
        f"later start                            {statistics.median(again):6.2f} s  ({_times(again, bare)})"
    )
    for name, sizes in sorted(memory.items()):
        print(f"resident, idle: {name:<22} {max(sizes) / MIB:6.0f} MiB")


def _start(data_dir: Path, memory: dict[str, list[int]]) -> float:
    """Seconds from the command to `Campus is ready`; adds the resident sizes after a while to `memory`."""
    began = time.perf_counter()
    campus = Campus(data_dir, {})
    try:
        wait_until(lambda: campus.says(READY), "the start")
        took = time.perf_counter() - began
        time.sleep(SETTLE_S)
        for name, size in _sizes(campus).items():
            memory.setdefault(name, []).append(size)
    finally:
        campus.stop()
    return took


def _sizes(campus: Campus) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for process in campus.processes()[1:]:
        words = " ".join(process.cmdline())
        for name in ("broker", "worker", "simulate"):
            if words.endswith(f" {name}"):
                sizes[name] = process.memory_info().rss
        if "gunicorn" in words:  # the master and its worker: the larger one is the one that serves
            sizes["web"] = max(sizes.get("web", 0), process.memory_info().rss)
    return sizes


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import flask, sqlalchemy.orm"], check=True)
    return time.perf_counter() - began


def _times(seconds: list[float], bare: float) -> str:
    return (
        f"{statistics.median(seconds) / bare:.1f} × that import, {min(seconds):.2f} to {max(seconds):.2f} s"
    )


if __name__ == "__main__":
    main()
