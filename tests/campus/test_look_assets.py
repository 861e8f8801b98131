"""Libraries come from the lock file, by name, and from nowhere else."""

from __future__ import annotations

import gzip

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from campus.assets import FILES, NODE_MODULES, icon, vendor_url

pytestmark = pytest.mark.usefixtures("sqlite_database")


def test_a_script_is_sent_compressed_to_who_can_read_it(client: FlaskClient) -> None:
    with client.get("/vendor/plotly.js") as whole:
        plain = whole.data
    reply = client.get("/vendor/plotly.js", headers={"Accept-Encoding": "gzip, br"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.data) == plain == (NODE_MODULES / FILES["plotly.js"]).read_bytes()
    assert len(reply.data) < len(plain) / 2


def test_a_file_that_is_not_listed_is_not_served(client: FlaskClient) -> None:
    assert client.get("/vendor/package.json").status_code == 404
    assert client.get("/vendor/..%2Fpackage.json").status_code == 404


def test_the_address_of_a_library_changes_with_its_version(app: APIFlask) -> None:
    with app.test_request_context("/"):
        assert vendor_url("plotly.js").startswith("/vendor/plotly.js?v=")


def test_an_icon_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in icon("bolt")


def test_an_icon_s_name_cannot_lead_elsewhere() -> None:
    with pytest.raises(ValueError, match="no icon"):
        icon("../bolt")
