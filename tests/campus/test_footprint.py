"""What a process does not load before it is needed: five of them start at once on one machine."""

from __future__ import annotations

import subprocess
import sys

from tests.running import HOUSE

LARGE = (
    "alembic",
    "authlib",
    "holidays",
    "numpy",
    "pcodec",
    "paho",
    "plotly",
    "requests",
    "smtplib",
    "webauthn",
    "zxcvbn",
)


def test_the_application_starts_without_the_libraries_that_few_requests_need() -> None:
    asked = f"import app, sys; print(*(name for name in {LARGE} if name in sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", asked], cwd=HOUSE, check=True, capture_output=True, text=True
    )
    assert ended.stdout.split() == []
