"""All benchmarks, one after the other: `make bench`."""

from __future__ import annotations

from importlib import import_module


def main() -> None:
    for name in ("footprint", "ingest", "bookings", "history"):
        print(f"\n{name}")
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
