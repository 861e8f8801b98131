"""What the tests of the devices' API share: callers, a described device, values that were heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from campus.database import Database
from devices.history.models import HotReading, HotState
from devices.metrics import unit_of
from devices.models import Device, Series

START = datetime(2026, 3, 3, 19, tzinfo=UTC)


class Caller:
    """A client with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)

    def put(self, path: str, body: Any) -> Any:
        return self._client.put(f"/api/v1{path}", json=body, headers=self._headers)

    def delete(self, path: str) -> Any:
        return self._client.delete(f"/api/v1{path}", headers=self._headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self._client.post(f"/api/v1{path}", json=body, headers=self._headers)


def described(**other: Any) -> dict[str, Any]:
    return {"name": "Main meter", "kind": "meter", "format": "tasmota", "topic": "tele/main"} | other


def hear(
    database: Database, metric: str, values: dict[float, float | str], slug: str = "main", channel: str = ""
) -> None:
    """Store `values` by minutes from START, as the ingest would."""
    is_text = any(isinstance(value, str) for value in values.values())
    with database.write() as session:
        device = session.query(Device).filter_by(slug=slug).one()
        series = Series(
            device_id=device.id, metric=metric, channel=channel, unit=unit_of(metric), is_text=is_text
        )
        session.add(series)
        session.flush()
        for minutes, value in values.items():
            at = START + timedelta(minutes=minutes)
            if isinstance(value, str):
                session.add(HotState(series_id=series.id, at=at, value=value))
            else:
                session.add(HotReading(series_id=series.id, at=at, value=value))


def window(minutes: float = 60) -> dict[str, str]:
    return {"start": START.isoformat(), "end": (START + timedelta(minutes=minutes)).isoformat()}
