"""The embedded broker: amqtt, for a hub that has none of its own yet.

Sessions live in its memory: they survive the worker, not the broker. It has no TLS, and who is let in may
say and hear anything: users (CAMPUS_BROKER_USERS) are for a network that is trusted otherwise. Three things
in amqtt 0.12 would lose or misreport messages of a session that survives its connection, and are set right
here.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amqtt.broker import Broker
from amqtt.mqtt.constants import QOS_1
from amqtt.plugins.base import BaseAuthPlugin

from campus.errors import BadSetting
from campus.settings import PREFIX, Settings, is_loopback
from devices.intake.broker_passwords import is_right, read_passwords


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in: this machine's own processes, and whoever has one of `sealed` passwords (by user)."""

    own_address: str
    sealed: Mapping[str, str]

    def opens_to(self, address: str | None, user: str | None, password: str | None) -> bool:
        """True for a caller at `address` who says that they are `user`."""
        if address and (address == self.own_address or is_loopback(address)):
            return True
        return is_right(password or "", self.sealed.get(user or "", ""))


class LetIn(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in those to whom the door opens. A client with a user name has a session that is kept.

    amqtt's own plugin marks all as anonymous, and keeps nothing for those while they are away.
    """

    @dataclass
    class Config:
        """What `configuration` says about the plugin."""

        own_address: str = ""
        sealed: dict[str, str] = field(default_factory=dict)

    async def authenticate(self, *, session: Any) -> bool:
        session.is_anonymous = not session.username
        door = Door(self.config.own_address, self.config.sealed)
        return door.opens_to(session.remote_address, session.username, session.password)


class Unacknowledged(OrderedDict[int, Any]):
    """The messages in flight to a client. One of QoS 1 leaves when it is acknowledged, and not before.

    amqtt drops it when the connection breaks or five seconds pass, so that it is never sent again.
    """

    def pop(self, packet_id: int, default: Any = None) -> Any:
        message = self.get(packet_id)
        if message is not None and message.qos == QOS_1 and message.puback_packet is None:
            return message
        return super().pop(packet_id, default)


class PatientBroker(Broker):  # type: ignore[misc]
    """Keeps for a client's return what it has not acknowledged."""

    async def _initialize_client_session(
        self, reader: Any, writer: Any, remote_address: str, remote_port: int
    ) -> Any:
        handler, session = await super()._initialize_client_session(
            reader, writer, remote_address, remote_port
        )
        session.remote_address = remote_address  # amqtt leaves that of the connection before
        if not session.clean_session and not isinstance(session.inflight_out, Unacknowledged):
            session.inflight_out = Unacknowledged(session.inflight_out)
        return handler, session

    async def _publish_session_retained_messages(self, session: Any) -> None:
        """What was published meanwhile is news. amqtt sends it with the RETAIN flag, as if it were not."""
        handler = self._get_handler(session)
        waiting = []
        while handler and not session.retained_messages.empty():
            kept = session.retained_messages.get_nowait()
            waiting.append(
                asyncio.ensure_future(handler.mqtt_publish(kept.topic, kept.data, kept.qos, retain=False))
            )
        if waiting:
            await asyncio.wait(waiting)


def configuration(settings: Settings) -> dict[str, Any]:
    """Listens where the settings say, on loopback unless told otherwise. Raises BadSetting."""
    door = {"own_address": settings.broker_host, "sealed": _users(settings)}
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{settings.broker_host}:{settings.broker_port}"}},
        "plugins": {f"{LetIn.__module__}.{LetIn.__qualname__}": door},
    }


def _users(settings: Settings) -> dict[str, str]:
    """The users of CAMPUS_BROKER_USERS. Raises BadSetting."""
    path = settings.broker_users
    if path is None:
        return {}
    try:
        found = read_passwords(path.read_text())
    except (OSError, ValueError) as error:
        fault = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise BadSetting(f"{PREFIX}BROKER_USERS={str(path)!r}: {fault}.") from None
    return found


def serve(settings: Settings) -> None:
    """Run the broker until SIGTERM or SIGINT. Raises OSError if the port is taken."""
    logging.getLogger("amqtt.broker").addFilter(_is_no_probe)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_tell_of)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    broker = PatientBroker(configuration(settings))
    await broker.start()
    await stopping.wait()
    await broker.shutdown()


def _is_no_probe(record: logging.LogRecord) -> bool:
    """/readyz opens a connection and closes it again: nothing that anybody must read about."""
    return "No data to decode MQTT packet fixed header" not in record.getMessage()


def _tell_of(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A task of amqtt failed. A missing acknowledgement is no news: the message is kept and sent again."""
    if not isinstance(context.get("exception"), TimeoutError):
        loop.default_exception_handler(context)
