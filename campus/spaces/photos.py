"""Use cases of a resource's photos: add, describe, put in order, remove."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus import uploads
from campus.audit import Origin, record
from campus.errors import BadRequest, NotFound
from campus.people.models import Member
from campus.pictures import Picture
from campus.spaces.models import Resource, ResourcePhoto, Upload

MOST = 12
LONGEST_CAPTION = 200


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as a page shows it. `id` is the photo's, `digest` the picture's."""

    id: int
    digest: str
    width: int
    height: int
    caption: str


def photos_of(session: Session, resource_id: int) -> list[Photo]:
    """All of a resource's, in their order."""
    return photos_by_resource(session, resource_id).get(resource_id, [])


def photos_by_resource(session: Session, resource_id: int | None = None) -> dict[int, list[Photo]]:
    """The photos of every resource that has some (or of this one), in their order, by its id."""
    query = (
        select(
            ResourcePhoto.resource_id,
            ResourcePhoto.id,
            Upload.digest,
            Upload.width,
            Upload.height,
            ResourcePhoto.caption,
        )
        .join(Upload, ResourcePhoto.upload_id == Upload.id)
        .order_by(ResourcePhoto.position, ResourcePhoto.id)
    )
    if resource_id is not None:
        query = query.where(ResourcePhoto.resource_id == resource_id)
    found: dict[int, list[Photo]] = {}
    for row in session.execute(query):
        found.setdefault(row[0], []).append(Photo(*row[1:]))
    return found


def add_photos(
    session: Session,
    resource: Resource,
    pictures: Iterable[Picture],
    caption: str,
    *,
    by: Member,
    origin: Origin,
    now: datetime,
) -> int:
    """Hang these behind those that are there; how many are new. Raises BadRequest for too many."""
    there = {photo.digest for photo in photos_of(session, resource.id)}
    new = {picture.digest: picture for picture in pictures if picture.digest not in there}
    if len(there) + len(new) > MOST:
        raise BadRequest(
            _("A resource has %(most)s photos at most; %(there)s are there.", most=MOST, there=len(there))
        )
    last = session.scalar(
        select(func.max(ResourcePhoto.position)).where(ResourcePhoto.resource_id == resource.id)
    )
    for number, picture in enumerate(new.values(), (last or 0) + 1):
        upload = uploads.keep(session, picture, by.id, now)
        session.add(
            ResourcePhoto(
                resource_id=resource.id, upload_id=upload.id, position=number, caption=read_caption(caption)
            )
        )
    if new:
        session.flush()
        record(session, origin, "photo.add", f"resource {resource.slug}", now, after={"photos": len(new)})
    return len(new)


def describe(
    session: Session, resource: Resource, photo_id: int, caption: str, *, origin: Origin, now: datetime
) -> None:
    """What is written below it. Raises NotFound, BadRequest."""
    photo, caption = _find(session, resource, photo_id), read_caption(caption)
    if photo.caption != caption:
        told = {"before": {"caption": photo.caption}, "after": {"caption": caption}}
        record(session, origin, "photo.change", f"resource {resource.slug}", now, **told)
        photo.caption = caption


def move(
    session: Session, resource: Resource, photo_id: int, by: int, *, origin: Origin, now: datetime
) -> None:
    """One place forward (-1) or back (1); at the end it stays. Raises NotFound."""
    photo = _find(session, resource, photo_id)
    order = list(_all(session, resource))
    place = order.index(photo)
    target = min(max(place + by, 0), len(order) - 1)
    order.insert(target, order.pop(place))
    for number, one in enumerate(order, 1):
        one.position = number
    if target != place:
        told = {"before": {"place_in_order": place + 1}, "after": {"place_in_order": target + 1}}
        record(session, origin, "photo.change", f"resource {resource.slug}", now, **told)


def remove(session: Session, resource: Resource, photo_id: int, *, origin: Origin, now: datetime) -> None:
    """Take it down; its file goes too unless it hangs elsewhere. Raises NotFound."""
    photo = _find(session, resource, photo_id)
    session.delete(photo)
    session.flush()
    uploads.forget(session, photo.upload_id)
    record(session, origin, "photo.remove", f"resource {resource.slug}", now, before={"photos": 1})


def read_caption(text: str) -> str:
    """One line, which may be empty. Raises BadRequest."""
    caption = " ".join(text.split())
    if len(caption) > LONGEST_CAPTION or not caption.isprintable():
        raise BadRequest(_("A caption is one line of %(most)s letters at most.", most=LONGEST_CAPTION))
    return caption


def is_photo(session: Session, upload_id: int) -> bool:
    """True if it hangs beside some resource."""
    return (
        session.scalar(select(ResourcePhoto.id).where(ResourcePhoto.upload_id == upload_id).limit(1))
        is not None
    )


def _all(session: Session, resource: Resource) -> Sequence[ResourcePhoto]:
    return session.scalars(
        select(ResourcePhoto)
        .where(ResourcePhoto.resource_id == resource.id)
        .order_by(ResourcePhoto.position, ResourcePhoto.id)
    ).all()


def _find(session: Session, resource: Resource, photo_id: int) -> ResourcePhoto:
    photo = next((photo for photo in _all(session, resource) if photo.id == photo_id), None)
    if photo is None:
        raise NotFound(_("There is no such photo."))
    return photo


uploads.shown_by("photos", lambda session, upload_id, _member: is_photo(session, upload_id), is_photo)
