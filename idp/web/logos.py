"""Somebody else's picture becomes one of ours: decoded within bounds, drawn anew on white, encoded as a small PNG.

Nothing of the original file survives: no metadata, no profile, no second frame, no script. Whoever changes what is at
the address afterwards changes nothing here.
"""

import io
from collections.abc import Callable
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from PIL import Image, UnidentifiedImageError

from idp.protocol.logo import SIDE_PIXELS

MAXIMUM_BYTES: Final = 64 * 1024
_MOST_PIXELS_A_SIDE: Final = 1024
# No vector format (it can hold scripts and addresses), none that is there to move.
_FORMATS: Final = ("PNG", "JPEG")
# A JPEG drawn in turns costs a pass over all its pixels for each of them, and a turn takes ten bytes. One that is
# drawn at once has one for each colour at most; a preview inside the file has some more.
_MOST_SCANS: Final = 20
_START_OF_SCAN: Final = b"\xff\xda"
# A decoder is the costliest thing a stranger can ask for: one at a time in each worker.
_DECODERS: Final = 1
_WAIT_SECONDS: Final = 5.0

T = TypeVar("T")


class LogoRefused(Exception):
    """`reason` says in a few ASCII words what is wrong with the picture; nothing of it is quoted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LogoMaker:
    """One per worker: decodes outside the event loop, and only so much at once."""

    def __init__(self) -> None:
        self._places: anyio.CapacityLimiter | None = None

    async def make(self, picture: bytes) -> bytes:
        """Raises LogoRefused."""
        with anyio.move_on_after(_WAIT_SECONDS):
            return await self._in_a_thread(lambda: square_png(picture))
        raise LogoRefused("too many pictures at once; try again")

    async def _in_a_thread(self, work: Callable[[], T]) -> T:
        self._places = self._places or anyio.CapacityLimiter(_DECODERS)
        return await anyio.to_thread.run_sync(work, limiter=self._places)


def square_png(picture: bytes) -> bytes:
    """A square of `SIDE_PIXELS` on white. Raises LogoRefused."""
    if len(picture) > MAXIMUM_BYTES:
        raise LogoRefused("it is larger than 64 KB")
    try:
        with Image.open(io.BytesIO(picture), formats=_FORMATS) as opened:
            if opened.format == "JPEG" and picture.count(_START_OF_SCAN) > _MOST_SCANS:
                raise LogoRefused("it is drawn in too many turns")
            _check(opened)
            opened.load()
            drawn = opened.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LogoRefused("it is no PNG and no JPEG of a reasonable size") from error
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, KeyError, IndexError) as error:
        # What a broken file makes the decoders raise.
        raise LogoRefused("it cannot be read") from error
    drawn.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    canvas = Image.new("RGB", (SIDE_PIXELS, SIDE_PIXELS), "white")
    corner = ((SIDE_PIXELS - drawn.width) // 2, (SIDE_PIXELS - drawn.height) // 2)
    canvas.paste(drawn, corner, drawn)
    written = io.BytesIO()
    canvas.save(written, "PNG", optimize=True)
    return written.getvalue()


def _check(opened: Image.Image) -> None:
    """What the header says, before a single pixel is decoded."""
    if max(opened.size) > _MOST_PIXELS_A_SIDE or min(opened.size) < 1:
        raise LogoRefused(f"it must have {_MOST_PIXELS_A_SIDE} pixels a side at most")
    if getattr(opened, "n_frames", 1) != 1:
        raise LogoRefused("it must not move")
    if "progressive" in opened.info or "progression" in opened.info:
        raise LogoRefused("it must be a baseline JPEG, not a progressive one")
