"""A real OpenID provider on loopback (oidc-provider, certified), and the way of a browser through it."""

from __future__ import annotations

import json
import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campus.processes import die_with_parent
from tests.running import HOUSE
from tests.servers import Missing, answers, free_port, program, wait_until

CLIENT_ID, CLIENT_SECRET = "campus", "a secret of the tests"


class RealProvider:
    """`node provider.mjs`: who is signed in there, with which claims, is what `says` was told last."""

    def __init__(self, directory: Path, redirect_uri: str) -> None:
        if not (HOUSE / "node_modules" / "oidc-provider").is_dir():
            raise Missing("oidc-provider is not installed")
        node = program("node", str(HOUSE / ".venv" / "bin"))
        port = free_port()
        self.issuer = f"http://127.0.0.1:{port}"
        self._file = directory / "accounts.json"
        self._accounts: dict[str, dict[str, Any]] = {}
        self.nobody()
        self._process = subprocess.Popen(
            [node, "tests/oidc/provider.mjs", str(port), str(self._file), redirect_uri],
            cwd=HOUSE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - one thread when it starts
        )
        wait_until(lambda: answers(port) or self._process.poll() is not None, "the OpenID provider")
        assert self._process.poll() is None

    def says(self, subject: str, **claims: Any) -> None:
        """From now on this account is signed in at the provider, with these claims."""
        self._accounts[subject] = claims
        self._file.write_text(json.dumps({"current": subject, "accounts": self._accounts}))

    def nobody(self) -> None:
        """From now on whoever comes says no."""
        self._file.write_text(json.dumps({"current": "", "accounts": self._accounts}))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


def travel(client: FlaskClient, start: str) -> TestResponse:
    """Follow `start` to the provider and back, as a browser would; what the campus answers in the end."""
    there = client.get(start)
    assert there.status_code == 302, there.text
    address, browser = there.headers["Location"], requests.Session()
    for _step in range(10):
        answer = browser.get(address, allow_redirects=False, timeout=10)
        assert answer.status_code in (302, 303), answer.text
        address = requests.compat.urljoin(address, answer.headers["Location"])
        parts = urlsplit(address)
        if parts.path == "/sign-in/openid/callback":
            return client.get(f"{parts.path}?{parts.query}")
    raise AssertionError("The provider does not end.")
