"""All benchmarks, one after the other: `make bench`."""

from __future__ import annotations

from importlib import import_module

RUNS: tuple[tuple[str, ...], ...] = (
    ("footprint",),
    ("path",),
    ("ingest", "--broker", "shipped"),
    ("ingest", "--broker", "open"),
    ("ingest", "--broker", "unconfigured"),
    ("latency", "--broker", "shipped"),
    ("memory", "--messages", "200000"),
    ("workers", "--workers", "1", "2", "4"),
    ("bookings",),
    ("history",),
)


def main() -> None:
    for name, *options in RUNS:
        print(f"\n{' '.join((name, *options))}")
        module = import_module(f"benchmarks.{name}")
        module.main(options) if options else module.main()


if __name__ == "__main__":
    main()
