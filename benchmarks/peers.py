"""Other people's time series databases, as Debian has them, to measure beside ours.

    apt-get install --no-install-recommends victoria-metrics influxdb

Both take InfluxDB's line protocol, both are asked through HTTP, each runs on a free port with a directory
of its own. What is not installed is named and left out.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.servers import answers, free_port, wait_until

PATIENCE_S = 600
INFLUX_CONF = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{directory}/meta"
[data]
  dir = "{directory}/data"
  wal-dir = "{directory}/wal"
  cache-snapshot-write-cold-duration = "1s"
  compact-full-write-cold-duration = "2s"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""


class Peer(Protocol):
    """A database that is measured beside ours. Times are milliseconds since the epoch."""

    name: str

    def load(self, lines: Iterable[bytes]) -> None:
        """Take lines of InfluxDB's protocol, with times in milliseconds."""

    def settle(self) -> None:
        """Return when all of it is on the disk and merged."""

    def bytes_on_disk(self) -> int: ...
    def raw(self, device: int, first: int, last: int) -> bytes: ...
    def means(self, device: int | None, first: int, last: int, step_s: int) -> bytes:
        """Mean power by step, of one device or of each."""

    def newest(self) -> bytes:
        """The newest value of every series."""

    def stop(self) -> None: ...


class VictoriaMetrics:
    """One process, one node."""

    name = "VictoriaMetrics"

    def __init__(self, directory: Path) -> None:
        self._directory, self._port = directory, free_port()
        self._process = _start(
            [
                _program("victoria-metrics"),
                f"-storageDataPath={directory}",
                f"-httpListenAddr=127.0.0.1:{self._port}",
                "-retentionPeriod=100y",
                "-search.latencyOffset=0s",
                "-search.maxUniqueTimeseries=100000",
                "-search.disableCache",
            ],
            self._port,
        )

    def load(self, lines: Iterable[bytes]) -> None:
        for part in lines:
            self._ask("/write?precision=ms", part)

    def settle(self) -> None:
        self._ask("/internal/force_flush")
        self._ask("/internal/force_merge")
        _until_still(self.bytes_on_disk)

    def bytes_on_disk(self) -> int:
        return _size(self._directory / "data")

    def raw(self, device: int, first: int, last: int) -> bytes:
        query = {"match[]": f'meter_power{{d="{device}"}}', "start": first / 1000, "end": last / 1000}
        return self._ask(f"/api/v1/export?{urlencode(query)}")

    def means(self, device: int | None, first: int, last: int, step_s: int) -> bytes:
        chosen = "" if device is None else f'{{d="{device}"}}'
        query = {
            "query": f"avg_over_time(meter_power{chosen}[{step_s}s])",
            "start": first / 1000,
            "end": last / 1000,
            "step": step_s,
            "nocache": 1,
        }
        return self._ask(f"/api/v1/query_range?{urlencode(query)}")

    def newest(self) -> bytes:
        query = {"query": 'last_over_time({d!=""}[10y])', "nocache": 1}
        return self._ask(f"/api/v1/query?{urlencode(query)}")

    def stop(self) -> None:
        _end(self._process)

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        return _ask(self._port, path, body)


class Influx:
    """InfluxDB 1.x."""

    name = "InfluxDB"

    def __init__(self, directory: Path) -> None:
        self._directory, self._port = directory, free_port()
        conf = directory / "influxdb.conf"
        conf.write_text(INFLUX_CONF.format(rpc=free_port(), port=self._port, directory=directory))
        self._process = _start([_program("influxd"), "-config", str(conf)], self._port)
        self._ask("/query?q=CREATE+DATABASE+b", b"")

    def load(self, lines: Iterable[bytes]) -> None:
        for part in lines:
            self._ask("/write?db=b&precision=ms", part)

    def settle(self) -> None:
        _until_still(self.bytes_on_disk)

    def bytes_on_disk(self) -> int:
        return _size(self._directory / "data") + _size(self._directory / "wal")

    def raw(self, device: int, first: int, last: int) -> bytes:
        chosen = f"d='{device}' AND {_between(first, last)}"
        return self._query(f"SELECT power FROM meter WHERE {chosen}")  # noqa: S608 - our own numbers

    def means(self, device: int | None, first: int, last: int, step_s: int) -> bytes:
        chosen, each = ("", ", d") if device is None else (f"d='{device}' AND ", "")
        return self._query(
            f"SELECT mean(power) FROM meter WHERE {chosen}{_between(first, last)} "  # noqa: S608 - our own numbers
            f"GROUP BY time({step_s}s){each}"
        )

    def newest(self) -> bytes:
        return self._query("SELECT last(total), last(power), last(voltage) FROM meter GROUP BY d")

    def stop(self) -> None:
        _end(self._process)

    def _query(self, text: str) -> bytes:
        return self._ask(f"/query?{urlencode({'db': 'b', 'epoch': 'ms', 'q': text})}")

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        return _ask(self._port, path, body)


PROGRAMS: dict[str, Callable[[Path], Peer]] = {"victoria-metrics": VictoriaMetrics, "influxd": Influx}


def installed() -> list[Callable[[Path], Peer]]:
    """How to start those that can run here; the others are named."""
    for program in PROGRAMS:
        if not shutil.which(program):
            print(f"left out: {program} is not installed (apt-get install victoria-metrics influxdb)")
    return [start for program, start in PROGRAMS.items() if shutil.which(program)]


def _between(first: int, last: int) -> str:
    return f"time >= {first}ms AND time < {last}ms"


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed"
    return found


def _start(command: list[str], port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: answers(port), f"{command[0]} to start")
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(60)


def _ask(port: int, path: str, body: bytes | None) -> bytes:
    request = Request(f"http://127.0.0.1:{port}{path}", data=body, method="GET" if body is None else "POST")
    with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        said: bytes = answer.read()
        return said


def _until_still(size: Callable[[], int]) -> None:
    """Until the bytes on the disk have not changed for three seconds."""
    last, since = size(), time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.25)
        now = size()
        if now != last:
            last, since = now, time.monotonic()


def _size(directory: Path) -> int:
    """What is really taken: files that were laid out in advance are mostly holes."""
    return sum(file.stat().st_blocks * 512 for file in directory.rglob("*") if file.is_file())
