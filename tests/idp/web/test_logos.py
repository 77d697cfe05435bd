"""Somebody else's picture becomes one of ours, or is refused."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, JpegImagePlugin, PngImagePlugin

from idp.protocol.logo import SIDE_PIXELS
from idp.web.logos import LogoMaker, LogoRefused, square_png


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 120), **saving: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (200, 20, 30)).save(written, kind, **saving)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_becomes_a_small_square_on_white(kind: str) -> None:
    made = Image.open(io.BytesIO(square_png(picture(kind))))

    assert (made.format, made.size, made.mode) == ("PNG", (SIDE_PIXELS, SIDE_PIXELS), "RGB")
    assert made.getpixel((0, 0)) == (255, 255, 255)
    middle = made.crop((40, 40, 56, 56)).tobytes()
    assert min(middle[0::3]) > 180
    assert max(middle[1::3]) < 60


def test_nothing_but_the_pixels_survives() -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "<script>alert(1)</script>")

    made = square_png(picture(pnginfo=note, icc_profile=b"profile" * 20, dpi=(72, 72)))

    assert b"script" not in made
    assert b"iCCP" not in made
    assert b"pHYs" not in made


def test_the_same_picture_made_twice_is_the_same_file() -> None:
    assert square_png(picture()) == square_png(picture())


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=100)
    return written.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is this large, and whose pixels compress to next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\x00" * min(1 + width // 8, 4_000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(row * min(height, 2000), 9)),
            (b"IEND", b""),
        )
    )


def text_bomb() -> bytes:
    """A compressed remark of many megabytes."""
    good, remark = picture(), b"Comment\x00\x00" + zlib.compress(b"a" * 60_000_000, 9)
    chunk = struct.pack(">I", len(remark)) + b"zTXt" + remark + struct.pack(">I", zlib.crc32(b"zTXt" + remark))
    return good[:33] + chunk + good[33:]


def _scans(jpeg: bytes) -> tuple[bytes, bytes, bytes]:
    """What is before the last scan, that scan, and the end of the file."""
    start = jpeg.rindex(b"\xff\xda")
    return jpeg[:start], jpeg[start:-2], jpeg[-2:]


def drawn_in_turns(times: int, **saving: Any) -> bytes:
    """A JPEG whose last scan is there as often as that."""
    before, scan, end = _scans(picture("JPEG", (64, 64), **saving))
    return before + scan * times + end


def disguised(times: int) -> bytes:
    """Says it is progressive only after the header of another frame's kind was read: the marker is not its first."""
    before, scan, end = _scans(picture("JPEG", (1024, 1024), progressive=True))
    comment = b"\xff\xfe\x00\x04\xff\xc0"
    return before[:2] + comment + before[2:] + scan * times + end


_REFUSED: list[Any] = [
    pytest.param(picture("JPEG", progressive=True), id="JPEG drawn in turns"),
    pytest.param(drawn_in_turns(2_000, progressive=True), id="JPEG drawn in thousands of turns"),
    pytest.param(drawn_in_turns(21), id="JPEG that says it is drawn at once, and is not"),
    pytest.param(disguised(100), id="JPEG drawn in turns, after a remark"),
    pytest.param(b"", id="nothing"),
    pytest.param(b"<html></html>", id="a page"),
    pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", id="SVG"),
    pytest.param(
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>", id="XML"
    ),
    pytest.param(moving("GIF"), id="GIF that moves"),
    pytest.param(picture("GIF"), id="GIF"),
    pytest.param(moving("PNG"), id="PNG that moves"),
    pytest.param(picture("BMP", (50, 50)), id="BMP"),
    pytest.param(picture("TIFF", (50, 50)), id="TIFF"),
    pytest.param(picture("PPM", (50, 50)), id="PPM"),
    pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", id="EPS"),
    pytest.param(picture(size=(1025, 10)), id="too wide"),
    pytest.param(picture(size=(10, 1025)), id="too high"),
    pytest.param(bomb(30_000, 30_000), id="30,000 pixels a side"),
    pytest.param(bomb(12_000, 12_000), id="as many pixels as are warned of"),
    pytest.param(bomb(2**31 - 1, 2**31 - 1), id="as large as can be said"),
    pytest.param(bomb(0, 10), id="no pixels"),
    pytest.param(text_bomb(), id="a remark that unpacks to megabytes"),
    pytest.param(picture()[:60], id="cut off in the middle"),
    pytest.param(picture("JPEG")[:200], id="JPEG cut off"),
    pytest.param(b"\x89PNG\r\n\x1a\n" + b"\x00" * 500, id="a PNG in name alone"),
    pytest.param(picture() + b"\x00" * 70_000, id="larger than 64 KB"),
]


@pytest.mark.parametrize("unwanted", _REFUSED)
async def test_refuses(unwanted: bytes) -> None:
    with pytest.raises(LogoRefused) as refused:
        await LogoMaker().make(unwanted)

    assert refused.value.reason.isascii()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "YCbCr"])
@pytest.mark.parametrize("quality", [1, 60, 95])
def test_every_jpeg_drawn_at_once_is_taken(mode: str, quality: int) -> None:
    written = io.BytesIO()
    Image.effect_noise((90, 90), 80).convert("RGB").convert(mode).save(written, "JPEG", quality=quality)

    assert square_png(written.getvalue()).startswith(b"\x89PNG")


def test_a_picture_of_many_turns_is_refused_before_any_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", lambda self: loaded.append(self))

    for unwanted in (drawn_in_turns(2_000, progressive=True), drawn_in_turns(21), disguised(100)):
        with pytest.raises(LogoRefused):
            square_png(unwanted)

    assert loaded == []


def test_a_png_may_hold_any_bytes() -> None:
    assert square_png(picture(icc_profile=b"\xff\xda" * 500)).startswith(b"\x89PNG")
