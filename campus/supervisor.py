"""`python app.py`: the whole campus on this machine, from the settings to the line that says it is ready."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from campus.calling import VARIABLE
from campus.caretaker import Caretaker
from campus.console import Console
from campus.errors import BadSetting
from campus.groundwork import choose_ports, take_data_dir
from campus.settings import PREFIX, Settings, load, unknown

HOUSE = Path(__file__).resolve().parent.parent
FLASK = (sys.executable, "-m", "flask", "--app", "app")
BROKER = (*FLASK, "broker")
WORKER = (*FLASK, "worker")
WEB = (sys.executable, "-m", "gunicorn", "-c", "python:campus.web", "app:create_app()")
SIMULATOR = (*FLASK, "simulate")


def main(demo: str) -> int:
    """Run the campus until SIGINT, SIGTERM or SIGHUP. Returns the exit code: 2 if it cannot start.

    `demo` names the module that fills an empty campus with the demo hub.
    """
    try:
        settings = load()
        if names := unknown(os.environ):
            _complain(f"not a setting, so without effect: {', '.join(names)}. See docs/settings.md.")
        take_data_dir(settings.data_dir)
        _run(settings, choose_ports(settings), demo)
    except BadSetting as error:
        _complain(error.message)
        return 2
    except KeyboardInterrupt:  # during the start; later the caretaker takes the signals
        return 130
    return 0


def _run(settings: Settings, chosen: Mapping[str, str], demo: str) -> None:
    """Start the processes, each as soon as what it stands on is there, and look after them."""
    console = Console()
    caretaker = Caretaker(console, {**os.environ, **_child_variables(), **chosen})
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _say_moved_ports(console, settings, chosen)
    try:
        if settings.mqtt_url is None:
            caretaker.start("broker", BROKER)
        from campus.first_start import asks_for_demo, fill, open_database  # noqa: PLC0415 - loads while the broker starts

        database = open_database(settings)
        for name in worker_names(settings.workers):
            caretaker.start(name, WORKER)
        caretaker.start("web", WEB)
        who = fill(database, settings, demo)
        database.close()
        if settings.simulator if settings.simulator is not None else who.is_demo or who.awaits_demo:
            caretaker.start("simulator", SIMULATOR)
        host, port = _reachable(settings.host), int(chosen[f"{PREFIX}PORT"])
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"

        def start_demo() -> None:
            if asks_for_demo(settings):
                caretaker.start_anew("simulator", SIMULATOR)

        caretaker.watch(host, port, lambda: console.ready(settings.public_url or url, who), start_demo)
    finally:
        caretaker.stop()


def worker_names(many: int) -> list[str]:
    """How the processes are called; a lone worker has no number."""
    return ["worker"] if many == 1 else [f"worker-{number}" for number in range(1, many + 1)]


def _child_variables() -> dict[str, str]:
    """What every process needs besides the settings: to find the house and us, and to speak at once."""
    path = os.pathsep.join(filter(None, [str(HOUSE), os.environ.get("PYTHONPATH")]))
    ours = {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "FLASK_SKIP_DOTENV": "1"}
    return {**ours, VARIABLE: str(os.getpid())}


def _say_moved_ports(console: Console, settings: Settings, chosen: Mapping[str, str]) -> None:
    for variable, port in chosen.items():
        wanted = getattr(settings, variable.removeprefix(PREFIX).lower())
        if int(port) != wanted:
            what = "the web server" if variable == f"{PREFIX}PORT" else "the broker"
            console.say("campus", f"port {wanted} is taken: {what} listens on {port}")


def _reachable(host: str) -> str:
    """The address where this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on


def _complain(line: str) -> None:
    sys.stderr.write(f"campus: {line}\n")
