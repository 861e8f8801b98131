"""Pictures that members sent: kept in the data dir by what is in them, and given to whoever may see them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Flask, Response, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from campus.database import wait_for_turn
from campus.errors import BadRequest, NotFound, Unavailable
from campus.hub import hub
from campus.people.access import require_member
from campus.people.models import Member
from campus.pictures import EXTENSION, Fault, NoPicture, Picture, read_picture
from campus.spaces.models import Upload

DIGEST = re.compile(r"[0-9a-f]{64}")
TURN = 7_305_127
"""So that nobody removes a file in the moment in which somebody else keeps the same one."""
MaySee = Callable[[Session, int, Member], bool]
Uses = Callable[[Session, int], bool]
_rooms: dict[str, tuple[MaySee, Uses]] = {}
blueprint = Blueprint("uploads", __name__)


def shown_by(room: str, may_see: MaySee, uses: Uses) -> None:
    """A part of the house that shows uploads: whether this member may see this one there (by its id),
    and whether it is still in use there. What is shown nowhere is seen by nobody."""
    _rooms[room] = (may_see, uses)


def read_sent(data: bytes) -> Picture:
    """The picture in what was sent. Raises BadRequest with a sentence for the reader."""
    try:
        return read_picture(data)
    except NoPicture as refused:
        raise BadRequest(_sentence(refused.fault)) from None


def keep(session: Session, picture: Picture, by_id: int, now: datetime) -> Upload:
    """The picture in the store and on the disk; the same one twice is kept once.

    `session` is a writing one, and an application has to be there. Raises Unavailable if the disk takes
    no more: then nothing of it is there.
    """
    wait_for_turn(session, TURN)
    folder = _folder()
    for small, data in ((False, picture.data), (True, picture.small)):
        path = folder / _name(picture.digest, small=small)
        if not path.exists():
            _write(path, data)
    found = session.scalar(select(Upload).where(Upload.digest == picture.digest))
    if found is None:
        found = Upload(
            digest=picture.digest,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            size=len(picture.data),
            created_at=now,
            by_id=by_id,
        )
        session.add(found)
        session.flush()
    return found


def forget(session: Session, upload_id: int) -> None:
    """Remove a picture that nothing shows any more, its files too. Does nothing while something does."""
    wait_for_turn(session, TURN)
    session.flush()
    upload = session.get(Upload, upload_id)
    if upload is None or any(uses(session, upload_id) for _may_see, uses in _rooms.values()):
        return
    session.delete(upload)
    session.flush()
    for small in (False, True):
        with suppress(FileNotFoundError):
            (_folder() / _name(upload.digest, small=small)).unlink()


@blueprint.get("/pictures/<digest>")
def picture(digest: str) -> AnyResponse:
    """A picture; with `size=small` no wider than a card. For others than those who may, it does not exist.

    A browser keeps it and asks every time whether it still may.
    """
    member = require_member()
    with hub().database.read() as session:
        known = select(Upload).where(Upload.digest == digest)
        found = session.scalar(known) if DIGEST.fullmatch(digest) else None
        if found is None or not any(may_see(session, found.id, member) for may_see, _uses in _rooms.values()):
            raise NotFound(_("There is no such picture."))
    small = request.args.get("size") == "small"
    try:
        data = (_folder() / _name(found.digest, small=small)).read_bytes()
    except OSError:
        raise NotFound(_("There is no such picture.")) from None
    answer = Response(data, content_type=found.media_type)
    answer.set_etag(f"{found.digest}-{small:d}")
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer.make_conditional(request)


def _folder() -> Path:
    return hub().settings.data_dir.resolve() / "uploads"


def _name(digest: str, *, small: bool = False) -> str:
    return f"{digest}.small.{EXTENSION}" if small else f"{digest}.{EXTENSION}"


def _write(path: Path, data: bytes) -> None:
    """The whole file or none, readable by its owner only."""
    draft = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, draft = tempfile.mkstemp(dir=path.parent, prefix="draft-")  # mode 0600
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError as error:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
        raise Unavailable(
            _("The picture could not be kept: the disk is full or cannot be written to. Nothing was saved.")
        ) from error


def _sentence(fault: Fault) -> str:
    sentences: dict[Fault, str] = {
        "empty": _("This file is empty."),
        "too-large": _("This file has more than 12 MB."),
        "no-picture": _("This is no picture that can be read here. JPEG, PNG and WebP can."),
        "too-many-pixels": _("This picture has more than 40 million pixels."),
        "damaged": _("This picture is damaged or cut off."),
    }
    return sentences[fault]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
