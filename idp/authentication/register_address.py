"""How the address of a register must look in a configuration."""

from urllib.parse import urlsplit


def checked_register_url(value: str) -> str:
    """HTTPS, or HTTP for a host on this machine (the sandbox); no credentials, query or fragment. Raises ValueError."""
    parts = urlsplit(value)
    if parts.username is not None or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("must be an address without user name, query and fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
        raise ValueError("must be an https:// address")
    return value
