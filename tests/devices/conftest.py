"""Callers with a token, for the tests of the devices' API."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.devices.callers import Caller


@pytest.fixture
def ana(client: FlaskClient, member_token: str) -> Caller:
    return Caller(client, member_token)


@pytest.fixture
def luis(client: FlaskClient, staff_token: str) -> Caller:
    return Caller(client, staff_token)
