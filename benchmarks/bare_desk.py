"""The baseline of benchmarks.bookings: the least that could be called a booking desk.

Flask and SQLAlchemy under the same gunicorn, on a table of its own: a POST that reads a member and a day's
bookings, looks for an overlap and inserts. No rules, no series, no claims, no audit, no mail, no token.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, request
from sqlalchemy import text

from campus.database import Database

TABLE = "CREATE TABLE bare_booking (room INTEGER, start_at BIGINT, end_at BIGINT, title TEXT)"
OF_THE_DAY = "SELECT start_at, end_at FROM bare_booking WHERE room = :room AND start_at < :end"
INSERT = "INSERT INTO bare_booking (room, start_at, end_at, title) VALUES (:room, :start, :end, :title)"


def create_app() -> Flask:
    app, database = Flask("bare"), Database(os.environ["CAMPUS_DATABASE_URL"])

    @app.post("/book")
    def book() -> tuple[dict[str, Any], int]:
        asked = request.get_json()
        with database.write() as session:
            session.execute(text("SELECT id, name FROM member LIMIT 1")).all()
            day = session.execute(text(OF_THE_DAY), asked).all()
            if any(start < asked["end"] and end > asked["start"] for start, end in day):
                return {"code": "slot-taken"}, 409
            session.execute(text(INSERT), asked)
        return {"status": "confirmed"}, 201

    return app
