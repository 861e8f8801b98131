"""Pictures from members, pure: bytes in, other bytes out. Nothing of what was sent survives but what is seen.

The type is what the bytes say, never a name or a claim. Everything is decoded and encoded anew, so that
places (GPS), names, profiles and whatever hangs behind the picture's end are gone.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from campus.errors import BadRequest

LARGEST_BYTES = 12_000_000
MOST_PIXELS = 40_000_000
LONGEST_SIDE, SMALL_SIDE = 2_000, 640
QUALITY = 82
MOST_SCANS = 100
"""A progressive JPEG has ten or so; thousands of empty ones would keep the decoder busy for hours."""
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE, EXTENSION = "image/jpeg", "jpg"
"""What every picture becomes."""
ORIENTATION = 0x0112
"""EXIF's tag for how the camera was held."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
Fault = Literal["empty", "too-large", "no-picture", "too-many-pixels", "damaged"]
SENTENCES: dict[Fault, str] = {
    "empty": "This file is empty.",
    "too-large": "This file has more than 12 MB.",
    "no-picture": "This is no picture that we can read: JPEG, PNG and WebP are.",
    "too-many-pixels": "This picture has more than 40 million pixels.",
    "damaged": "This picture is damaged or cut off.",
}
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    struct.error,
)
"""What Pillow's readers raise on bytes that are not what they begin as."""


class NoPicture(BadRequest):
    """Send another file; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(SENTENCES[fault])
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as we keep it. `digest`: SHA-256 of `data`, in hexadecimal. `small`: the same for cards."""

    media_type: str
    width: int
    height: int
    data: bytes
    digest: str
    small: bytes


def read_picture(data: bytes) -> Picture:
    """What can be seen in a JPEG, PNG or WebP, upright, LONGEST_SIDE pixels at most, as a plain JPEG.

    Of an animated one the first frame; what is transparent becomes white. Raises NoPicture.
    """
    if not data:
        raise NoPicture("empty")
    if len(data) > LARGEST_BYTES:
        raise NoPicture("too-large")
    if _webp_pixels(data) > MOST_PIXELS:
        raise NoPicture("too-many-pixels")
    if data.count(b"\xff\xda") > MOST_SCANS and data.startswith(b"\xff\xd8"):
        raise NoPicture("damaged")
    with warnings.catch_warnings(action="ignore"):  # about others' damage: it is answered, not logged
        seen = _decoded(data)
    made = _written(seen)
    small = seen.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    digest = hashlib.sha256(made).hexdigest()
    return Picture(MEDIA_TYPE, seen.width, seen.height, made, digest, _written(small))


def _written(pixels: Image.Image) -> bytes:
    made = io.BytesIO()
    pixels.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


def _decoded(data: bytes) -> Image.Image:
    try:
        opened = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise NoPicture("too-many-pixels") from None
    except _DAMAGED:
        raise NoPicture("damaged" if _begins_as_one(data) else "no-picture") from None
    if opened.width * opened.height > MOST_PIXELS:  # only the head was read so far
        raise NoPicture("too-many-pixels")
    try:
        return _seen(opened)
    except _DAMAGED:
        raise NoPicture("damaged") from None


def _seen(opened: Image.Image) -> Image.Image:
    """The first frame as one sees it: upright, on white, small enough; nothing beside its pixels."""
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded smaller at once
    turn = TURNS.get(_orientation(opened))
    opened.load()
    pixels: Image.Image = opened
    if pixels.mode.startswith("I"):  # 16 bits of grey
        pixels = pixels.point(lambda level: level / 257).convert("L")
    if pixels.has_transparency_data:
        pixels = pixels.convert("RGBA")
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    if pixels.mode == "RGBA":
        ground = Image.new("RGBA", pixels.size, "white")
        pixels = Image.alpha_composite(ground, pixels)
    pixels = pixels.convert("RGB")
    pixels = pixels.transpose(turn) if turn else pixels
    return Image.frombytes("RGB", pixels.size, pixels.tobytes())


def _orientation(opened: Image.Image) -> int:
    """How it has to be turned; as it is where its EXIF cannot be read."""
    try:
        said = opened.getexif().get(ORIENTATION, 1)
    except _DAMAGED:
        return 1
    return said if isinstance(said, int) else 1


def _begins_as_one(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or _is_webp(data)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _webp_pixels(data: bytes) -> int:
    """Pixels that a WebP says it has: its reader takes the memory for them before one can ask. Else 0."""
    if not _is_webp(data) or len(data) < 30:
        return 0
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    return width * height
