"""A provider whose proxy tells certificates, and the headers of such a proxy."""

from typing import Any, Final

from tests.support.certificates import Held

SECRET: Final = "what only the proxy knows, and we: 0123456789"
PROXY: Final = "127.0.0.1"
ON: Final[dict[str, Any]] = {
    "client_certificates": "nginx",
    "client_certificate_secret": SECRET,
    "trusted_proxies": (PROXY,),
}


def from_proxy(held: Held | None, *, is_verified: bool = True, **changes: str | None) -> dict[str, str]:
    """What nginx sends; `**changes` replace or (None) drop headers, with `_` for `-`."""
    told: dict[str, str | None] = {
        "x-client-cert": held.escaped if held else None,
        "x-client-cert-verify": "SUCCESS" if is_verified else "FAILED:self-signed certificate",
        "x-client-cert-secret": SECRET,
    }
    told |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in told.items() if value is not None}
