"""Pictures: what is kept of them, and what is refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from campus.pictures import LONGEST_SIDE, NoPicture, read_picture

RED, BLUE = (220, 20, 20), (20, 20, 220)


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """The left half red, the right one blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def seen(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def near(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(found, wanted, strict=True))


def refusal(data: bytes) -> str:
    with pytest.raises(NoPicture) as refused:
        read_picture(data)
    assert refused.value.message.endswith(".")
    return refused.value.fault


def test_jpeg_png_and_webp_become_a_jpeg_of_the_same_look() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        kept = read_picture(picture(kind))
        assert (kept.media_type, kept.width, kept.height, len(kept.digest)) == ("image/jpeg", 60, 40, 64)
        assert kept.data.startswith(b"\xff\xd8\xff")
        image = seen(kept.data)
        assert near(image.getpixel((5, 20)), RED), kind
        assert near(image.getpixel((55, 20)), BLUE), kind


def test_the_same_picture_has_the_same_digest() -> None:
    assert read_picture(picture()).digest == read_picture(picture()).digest


def test_where_it_was_taken_and_what_hangs_behind_it_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret words"
    exif.get_ifd(0x8825)[1] = "N"
    data = (
        picture(exif=exif, comment=b"secret words", icc_profile=b"secret words" * 20)
        + b"<script>secret words"
    )
    assert data.count(b"secret words") > 10
    kept = Image.open(io.BytesIO(read_picture(data).data))
    assert b"secret" not in read_picture(data).data
    assert dict(kept.getexif()) == {}
    assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_picture_stands_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = read_picture(picture(exif=exif))
    assert (kept.width, kept.height) == (40, 60)
    assert near(seen(kept.data).getpixel((20, 5)), RED)
    assert near(seen(kept.data).getpixel((20, 55)), BLUE)


def test_a_broken_exif_costs_nobody_their_picture() -> None:
    kept = read_picture(picture(exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff"))
    assert (kept.width, kept.height) == (60, 40)


def test_a_large_picture_is_made_smaller_and_a_small_one_not_larger() -> None:
    kept = read_picture(picture("PNG", (4000, 1000)))
    assert (kept.width, kept.height) == (LONGEST_SIDE, 500)
    assert (read_picture(picture("JPEG", (3000, 6000))).height) == LONGEST_SIDE
    assert read_picture(picture(size=(1, 1))).width == 1


def test_what_is_transparent_becomes_white() -> None:
    for mode in ("RGBA", "LA"):
        written = io.BytesIO()
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode).save(written, "PNG")
        assert near(seen(read_picture(written.getvalue()).data).getpixel((4, 4)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    written = io.BytesIO()
    image = Image.new(mode, (8, 8), 40_000) if mode == "I;16" else Image.new("RGB", (8, 8), RED).convert(mode)
    image.save(written, "JPEG" if mode == "CMYK" else "PNG")
    level = seen(read_picture(written.getvalue()).data).getpixel((4, 4))
    assert mode != "I;16" or near(level, (155, 155, 155))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animated_one_the_first_frame_is_kept(kind: str) -> None:
    written = io.BytesIO()
    first = Image.new("RGB", (20, 20), RED)
    first.save(written, kind, save_all=True, append_images=[Image.new("RGB", (20, 20), BLUE)])
    assert near(seen(read_picture(written.getvalue()).data).getpixel((10, 10)), RED)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"MZ" + bytes(200),
        b"GIF89a" + bytes(200),
        b"x",
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(data: bytes) -> None:
    assert refusal(data) == "no-picture"


def test_other_formats_are_refused_though_they_are_pictures() -> None:
    for kind in ("GIF", "BMP", "TIFF", "ICO"):
        assert refusal(picture(kind)) == "no-picture", kind


def test_what_begins_as_a_picture_and_is_none_is_refused() -> None:
    assert refusal(b"\xff\xd8\xff\xe0" + b"<script>alert(1)</script>" * 9) == "damaged"
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(40)) == "damaged"
    assert refusal(b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(40)) == "damaged"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_off_is_refused(kind: str, part: float) -> None:
    data = picture(kind, (300, 300), **({"lossless": True} if kind == "WEBP" else {}))
    assert refusal(data[: int(len(data) * part)]) == "damaged"


def test_nothing_and_too_much_are_refused() -> None:
    assert refusal(b"") == "empty"
    assert refusal(picture() + bytes(12_000_000)) == "too-large"


def png_that_says(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(99)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(6_400, 6_400), (9_999, 9_999), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert refusal(png_that_says(*size)) == "too-many-pixels"


def test_a_webp_bomb_is_refused_before_its_reader_takes_the_memory() -> None:
    sixteen = (16_383).to_bytes(3, "little")
    assert (
        refusal(b"RIFF\x64\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + sixteen * 2 + bytes(70))
        == "too-many-pixels"
    )
    bits = (0x3FFF | 0x3FFF << 14).to_bytes(4, "little")
    assert refusal(b"RIFF\x64\x00\x00\x00WEBPVP8L\x40\x00\x00\x00/" + bits + bytes(70)) == "too-many-pixels"
    lossy = b"RIFF\x64\x00\x00\x00WEBPVP8 \x40\x00\x00\x00" + bytes(6) + b"\xff\x3f\xff\x3f" + bytes(70)
    assert refusal(lossy) == "too-many-pixels"


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = picture(progressive=True)
    scan = data[data.index(b"\xff\xda") : -2]
    assert refusal(data[:-2] + scan[: scan.index(b"\xff", 2)] * 1_000 + data[-2:]) == "damaged"
    assert read_picture(data).width == 60


def test_words_that_unpack_to_a_gigabyte_do_no_harm() -> None:
    body = b"Comment\x00\x00" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    data = picture("PNG")
    assert refusal(data[:33] + chunk + data[33:]) == "damaged"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(("JPEG", "PNG", "WEBP")), st.integers(0, 10**6), st.binary(min_size=1, max_size=12))
def test_no_change_of_bytes_does_worse_than_a_refusal(kind: str, place: int, other: bytes) -> None:
    data = bytearray(picture(kind))
    place %= len(data)
    data[place : place + len(other)] = other
    try:
        kept = read_picture(bytes(data))
    except NoPicture:
        return
    assert kept.data.startswith(b"\xff\xd8\xff")
