"""One-time codes: six digits, kept only as a keyed hash. Does not count tries and does not know time."""

import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable

CODE_DIGITS = 6
_KEY_BYTES = 32
_LONGEST_INPUT = 32
_SIX_ASCII_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
# Sets this use of a key apart from every other keyed hash.
_PURPOSE = b"motcua one-time code 1|"


def new_code(*, randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """Six digits, each of the million equally likely; `randbelow` must be a CSPRNG outside tests."""
    return f"{randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def code_hash(code: str, *, key: bytes, binding: bytes) -> bytes:
    """HMAC-SHA-256 over where the code may be used (`binding`: interaction, browser, number) and the code.

    A million codes are tried in a second, so only the key, which is not in the database, protects them.
    """
    if len(key) < _KEY_BYTES:
        raise ValueError(f"the key needs at least {_KEY_BYTES} bytes")
    if not _SIX_ASCII_DIGITS.fullmatch(code):
        raise ValueError("a code has six ASCII digits")
    # The code's length is fixed, so binding and code cannot be cut apart in two ways.
    return hmac.digest(key, _PURPOSE + binding + code.encode("ascii"), "sha256")


def code_matches(typed: str, expected_hash: bytes, *, key: bytes, binding: bytes) -> bool:
    """Whether what was typed is the code behind `expected_hash`, compared in constant time."""
    code = normalise_code(typed)
    return code is not None and hmac.compare_digest(code_hash(code, key=key, binding=binding), expected_hash)


def normalise_code(typed: str) -> str | None:
    """The six ASCII digits meant by what a phone sent (spaces, full-width digits), else None."""
    if len(typed) > _LONGEST_INPUT:
        return None
    code = "".join(unicodedata.normalize("NFKC", typed).split())
    return code if _SIX_ASCII_DIGITS.fullmatch(code) else None
