"""Codes from an authenticator app (RFC 6238), telling which time step matched.

The step is what makes replay protection possible: the caller stores it and hands it back as `after_step`.
Does not store secrets and does not count tries.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, urlencode

_SECRET_BYTES = 20  # RFC 4226 §4 R6: at least 128 bits, 160 recommended
_SHORTEST_SECRET = 16


class TotpHash(StrEnum):
    SHA1 = "SHA1"  # the only one every authenticator app implements; as an HMAC it is still sound
    SHA256 = "SHA256"
    SHA512 = "SHA512"


@dataclass(frozen=True)
class Totp:
    secret: bytes = field(repr=False)
    hash: TotpHash = TotpHash.SHA1
    digits: int = 6
    period: int = 30

    def __post_init__(self) -> None:
        if len(self.secret) < _SHORTEST_SECRET or self.digits not in (6, 7, 8) or self.period < 1:
            raise ValueError("a TOTP secret has at least 128 bits, its codes 6 to 8 digits")


def new_totp() -> Totp:
    return Totp(secrets.token_bytes(_SECRET_BYTES))


def code_at(totp: Totp, step: int) -> str:
    """The code of one time step (RFC 4226 §5.3 over the step number)."""
    digest = hmac.digest(totp.secret, step.to_bytes(8, "big"), totp.hash.value.lower())
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**totp.digits).zfill(totp.digits)


def matching_step(totp: Totp, code: str, *, now: int, after_step: int | None = None, window: int = 1) -> int | None:
    """The newest step within `window` of now whose code this is (as `normalise_code` gives it), or None.

    Steps up to `after_step`, the last one accepted, never match again (RFC 6238 §5.2).
    """
    if not re.fullmatch(r"[0-9]+", code, re.ASCII):
        return None
    current = now // totp.period
    steps = range(max(current - window, 0), current + window + 1)
    # Every step is compared, so that the time taken does not tell which one was near.
    matching = [step for step in steps if hmac.compare_digest(code_at(totp, step), code)]
    fresh = [step for step in matching if after_step is None or step > after_step]
    return max(fresh, default=None)


def otpauth_uri(totp: Totp, account: str, *, issuer: str) -> str:
    """What the QR code holds. `account` is shown in the app: a label the person knows, not an identifier."""
    label = f"{quote(issuer.replace(':', ' '), safe='')}:{quote(account.replace(':', ' '), safe='')}"
    parameters = {
        "secret": base64.b32encode(totp.secret).decode("ascii").rstrip("="),
        "issuer": issuer.replace(":", " "),
        "algorithm": totp.hash.value,
        "digits": str(totp.digits),
        "period": str(totp.period),
    }
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"
