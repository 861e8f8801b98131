"""Pictures that the tests send."""

from __future__ import annotations

import io

from PIL import Image


def jpeg(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """A small picture; another seed is another one."""
    written = io.BytesIO()
    Image.new("RGB", size, (seed * 40 % 256, 90, 160)).save(written, "JPEG")
    return written.getvalue()


def noise(megabytes: float) -> bytes:
    """A picture of about so many megabytes that cannot be packed tighter."""
    side = int((megabytes * 1_000_000 / 1.02) ** 0.5)
    written = io.BytesIO()
    Image.effect_noise((side, side), 90).save(written, "PNG", compress_level=0)
    return written.getvalue()


def form_data(fields: dict[str, str], files: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form as a browser sends it, and its content type: large ones without a file of the client's own."""
    edge = b"campus-tests-edge"
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (edge, name.encode(), value.encode())
        for name, value in fields.items()
    ]
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="a.png"\r\n\r\n'
    parts += [head % (edge, name.encode()) + data + b"\r\n" for name, data in files]
    return b"".join([*parts, b"--%s--\r\n" % edge]), f"multipart/form-data; boundary={edge.decode()}"
