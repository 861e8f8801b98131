"""Passwords: argon2id, and the same time spent whether or not the member exists."""

from __future__ import annotations

import secrets
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import has_app_context
from flask_babel import gettext as _

from campus.errors import BadRequest
from campus.hub import hub
from campus.people.door import pass_quality
from campus.people.door.pass_quality import MAX_LENGTH, MIN_LENGTH
from campus.people.models import Member
from campus.settings import Settings

if TYPE_CHECKING:
    from gevent.threadpool import ThreadPool

Found = TypeVar("Found")
AT_ONCE = 2
"""So many hashes are made at one time in a web process: each takes the whole memory that is set."""
_UNSET = Settings.model_construct()
"""What is set where nothing is: for the demo's loader and the tests, which have no application."""


def own_words(
    campus_name: str, member: Member | None = None, *, name: str = "", email: str = "", company: str = ""
) -> list[str]:
    """Words that a password is not made of: the campus's, and those of whose password it is."""
    said = [campus_name, name, email, company]
    if member is not None:
        said += [member.name, member.email, member.company.name if member.company else ""]
    if has_app_context():
        said.append(urlsplit(hub().settings.site_url).hostname or "")
    return pass_quality.own_words(said)


def new_hash(password: str, own: Iterable[str]) -> str:
    """The hash of a password that somebody chose. Raises BadRequest with a sentence (see check_new)."""
    check_new(password, own)
    return hash_password(password)


def check_new(password: str, own: Iterable[str]) -> None:
    """Raises BadRequest if nobody should have this password. `own` are words as of own_words."""
    fault = pass_quality.fault(pass_quality.read(password), own)
    if fault == "short":
        raise BadRequest(
            _("A password has at least %(least)s characters. A few words make a good one.", least=MIN_LENGTH)
        )
    if fault == "long":
        raise BadRequest(_("A password has %(most)s characters at most.", most=MAX_LENGTH))
    if fault == "common":
        raise BadRequest(
            _("This password is one of the first that anybody would try. Take a few words instead.")
        )
    if fault == "own":
        raise BadRequest(
            _("This password is made of words that belong to the campus or to you. Take other words.")
        )


def hash_password(password: str) -> str:
    """The argon2id hash, parameters included."""
    hasher, text = _hasher(), _bytes(password)
    return _aside(lambda: hasher.hash(text))


def is_right(password_hash: str | None, password: str) -> bool:
    """True if `password` made `password_hash`.

    None, for no such member, takes as long to refuse; a hash with other parameters, not less.
    """
    hasher, text, decoy = _hasher(), _bytes(password), _decoy(_hasher())
    kept = password_hash or decoy

    def verify() -> bool:
        try:
            return hasher.verify(kept, text)
        except (VerifyMismatchError, InvalidHashError):
            if kept is not decoy and _is_outdated(hasher, kept):
                with suppress(VerifyMismatchError):
                    hasher.verify(decoy, text)
            return False

    return _aside(verify) and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """True if the hash was made with other parameters than those that are set."""
    return _is_outdated(_hasher(), password_hash)


def _is_outdated(hasher: PasswordHasher, password_hash: str) -> bool:
    try:
        return hasher.check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


def _bytes(password: str) -> bytes:
    return pass_quality.read(password).encode("utf-8", "surrogatepass")


def _hasher() -> PasswordHasher:
    costs = hub().settings if has_app_context() else _UNSET
    return _hasher_of(costs.password_time_cost, costs.password_memory_mib, costs.password_parallelism)


@cache
def _hasher_of(time_cost: int, memory_mib: int, parallelism: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_mib * 1024, parallelism=parallelism)


@cache
def _decoy(hasher: PasswordHasher) -> str:
    """A hash that no password made, as costly to compare with as a real one."""
    salt, tag = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${tag}"


def _aside(work: Callable[[], Found]) -> Found:
    """Do `work`; under gevent in a thread, so that the other requests of this process go on meanwhile."""
    if "gevent.monkey" not in sys.modules:
        return work()
    from gevent.monkey import is_module_patched  # noqa: PLC0415 - only where gevent runs anyway

    if not is_module_patched("threading"):
        return work()
    found: Found = _threads().apply(work)
    return found


@cache
def _threads() -> ThreadPool:
    from gevent.threadpool import ThreadPool  # noqa: PLC0415

    return ThreadPool(AT_ONCE)
