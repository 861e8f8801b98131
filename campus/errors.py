"""The errors of Campus, named for the decision that the reader must take.

CampusError                 anything that Campus refuses, with a code, a message for people and an HTTP status
├── BadRequest       400    mend the request: it cannot be read
├── NotSignedIn      401    sign in, or send a token
├── NotAllowed       403    ask somebody who may
├── ProofNeeded      403    show once more that it is you (see people/proof.py)
├── NotFound         404    it does not exist, or not for you
├── SlotTaken        409    take one of the suggested times
├── Changed          409    look at what it is now: somebody else was quicker
├── RulesBroken      422    change the booking: every broken rule is listed
├── TooManyTries     429    wait; `retry_after` in `extra` says how many seconds
├── Unavailable      503    try again in a moment
│   └── NoRoom       507    somebody has to make room on the disk first
└── BadSetting              mend the environment; the start stops with one line
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CampusError(Exception):
    """Base of all refusals. `extra` travels into the problem+json answer as it is.

    Words that are lazy are put into the reader's language when they are read.
    """

    code = "error"
    status = 500

    def __init__(self, message: object, *, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self._message = message
        self.extra: dict[str, Any] = dict(extra or {})

    @property
    def message(self) -> str:
        """What people are told."""
        return str(self._message)


class BadRequest(CampusError):
    code, status = "bad-request", 400


class NotSignedIn(CampusError):
    code, status = "not-signed-in", 401


class NotAllowed(CampusError):
    code, status = "not-allowed", 403


class ProofNeeded(CampusError):
    code, status = "proof-needed", 403


class NotFound(CampusError):
    code, status = "not-found", 404


class SlotTaken(CampusError):
    code, status = "slot-taken", 409


class Changed(CampusError):
    code, status = "changed", 409


class RulesBroken(CampusError):
    code, status = "rules-broken", 422


class TooManyTries(CampusError):
    code, status = "too-many-tries", 429


class Unavailable(CampusError):
    code, status = "unavailable", 503


class NoRoom(Unavailable):
    code, status = "no-room", 507


class BadSetting(CampusError):
    code, status = "bad-setting", 500
