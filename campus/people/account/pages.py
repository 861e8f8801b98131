"""The account's pages, put together. Each file adds its routes to the frame's blueprint."""

from __future__ import annotations

from flask import Flask

from campus.people.account import data, email, frame, security, tokens, you

PARTS = (you, email, security, tokens, data)


def register(app: Flask) -> None:
    app.register_blueprint(frame.blueprint)
