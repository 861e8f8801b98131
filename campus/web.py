"""How gunicorn runs the web process: `gunicorn -c python:campus.web "app:create_app()"`.

One gevent worker a process holds a thousand open event streams; more throughput is more web processes.
"""

from __future__ import annotations

import os
from typing import Any

import gunicorn.http.wsgi

from campus.processes import die_with_parent
from campus.settings import load

_settings = load()
_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host

bind = f"{_host}:{_settings.port}"
worker_class = "gevent"
workers = 1
worker_connections = 2_000
graceful_timeout = 2
"""Seconds that open requests have to end; event streams are cut off and resume elsewhere."""
timeout = 60
keepalive = 15
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - the worker's sign of life
control_socket_disable = True
forwarded_allow_ips = ""
"""gunicorn itself believes nobody: what the proxies in front say is read in one place, campus/security.py."""
accesslog = None
"""No log of addresses that were asked for: the link in a mail has a secret in its path, once."""
gunicorn.http.wsgi.SERVER = "campus"


def post_fork(server: Any, worker: Any) -> None:
    """A worker does not outlive its master."""
    die_with_parent(worker.ppid)
