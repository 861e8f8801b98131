"""Ports to listen on: what was asked for or nothing, a default or the next one that is free."""

from __future__ import annotations

import errno
import socket

from campus.errors import BadSetting
from campus.settings import PREFIX, Settings

HIGHEST = 65_535


def choose(settings: Settings, name: str, host: str, *, not_this: int | None = None) -> int:
    """The port of setting `name` (`port`, `broker_port`) on `host`.

    A default that is taken gives way to the next free one. Raises BadSetting if the port was asked for
    and cannot be had, or if `host` is no address of this machine.
    """
    wanted: int = getattr(settings, name)
    asked_for = name in settings.model_fields_set
    for port in range(wanted, HIGHEST + 1):
        fault = "it is taken" if port == not_this else _fault(host, port)
        if fault is None:
            return port
        if asked_for:
            raise BadSetting(
                f"{PREFIX}{name.upper()}={port}: {fault}. Accepted: a port that is free on {host}."
            )
    raise BadSetting(f"{PREFIX}{name.upper()}: no port from {wanted} on is free on {host}.")


def _fault(host: str, port: int) -> str | None:
    """What is against listening there, None if nothing is. Raises BadSetting if the host is at fault."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (socket.gaierror, UnicodeError):
        raise BadSetting(f"{host!r} is no address of this machine.") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise BadSetting(f"{host!r} is no address of this machine.") from None
        return "it is taken" if error.errno == errno.EADDRINUSE else (error.strerror or "refused").lower()
    return None
