"""How long a citizen waits for a source, however many requests it takes: then they are offered the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import anyio

from idp.authentication.contract import SourceUnavailable

WAIT_SECONDS: Final = 2.8


@contextmanager
def within_patience(source_id: str, *, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Raises SourceUnavailable when the block takes longer."""
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError as error:
        raise SourceUnavailable(source_id, "too_slow") from error
