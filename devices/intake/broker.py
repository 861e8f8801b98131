"""The embedded broker: amqtt, for a hub that has none of its own yet.

Sessions live in its memory: they survive the worker, not the broker. Three things in amqtt 0.12 would
lose or misreport messages of a session that survives its connection, and are set right here.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import OrderedDict
from typing import Any

from amqtt.broker import Broker
from amqtt.mqtt.constants import QOS_1
from amqtt.plugins.base import BaseAuthPlugin

from campus.settings import Settings


class LetIn(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in whoever reaches the address. A client with a user name has a session that is kept.

    amqtt's own plugin marks all as anonymous, and keeps nothing for those while they are away.
    """

    async def authenticate(self, *, session: Any) -> bool:
        session.is_anonymous = not session.username
        return True


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

    async def _initialize_client_session(self, *arguments: Any) -> Any:
        handler, session = await super()._initialize_client_session(*arguments)
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
    """Listens where the settings say, on loopback unless told otherwise."""
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{settings.broker_host}:{settings.broker_port}"}},
        "plugins": {f"{LetIn.__module__}.{LetIn.__qualname__}": {}},
    }


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
