"""A caller of the API of bookings, and times of a day not far ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from campus import clock

TOMORROW = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
HOSTILE = "<img src=x onerror=alert(1)>"


def at(hour: float) -> str:
    """An hour of a day not far ahead, as RFC 3339 with an offset that is not UTC."""
    moment = TOMORROW + timedelta(hours=hour)
    return (moment - timedelta(hours=7)).replace(tzinfo=None).isoformat() + "-07:00"


def z(hour: float) -> str:
    """The same as it is answered."""
    return (TOMORROW + timedelta(hours=hour)).isoformat().replace("+00:00", "Z")


class Caller:
    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def book(self, first: float = 10, last: float = 11, **body: Any) -> Any:
        asked = {"resource": "glass", "start": at(first), "end": at(last), "title": "Test", **body}
        kept = {name: value for name, value in asked.items() if value is not ...}
        return self._client.post("/api/v1/bookings", json=kept, headers=self._headers)

    def wait(self, first: float, last: float) -> Any:
        asked = {"resource": "glass", "start": at(first), "end": at(last), "title": "Test"}
        return self._client.post("/api/v1/waitlist", json=asked, headers=self._headers)

    def send(self, data: bytes) -> Any:
        return self._client.post(
            "/api/v1/bookings", data=data, headers=self._headers, content_type="application/json"
        )

    def put(self, slug: str, **body: Any) -> None:
        answer = self._client.put(
            f"/api/v1/resources/{slug}", json={"name": slug, "kind": "room", **body}, headers=self._headers
        )
        assert answer.status_code in (200, 201)

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)

    def delete(self, path: str) -> Any:
        return self._client.delete(f"/api/v1{path}", headers=self._headers)

    def listed(self, **query: Any) -> list[Any]:
        answer = self.get("/bookings", **{"start": z(0), "end": z(48), **query})
        items: list[Any] = answer.json["items"]
        return items
