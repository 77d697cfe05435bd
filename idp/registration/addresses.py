"""Where a stranger may send us: anywhere public, and never to what only the operator's allow-list opens.

What is not on that list and not public is refused when it is asked (`idp.web.outgoing_addresses`). Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from idp.protocol.client_members import ASKED_AT, TOLD_AT

_ASKED_OR_TOLD: Final = (*ASKED_AT, *TOLD_AT, "logo_uri", "request_uris")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def faults_of_strangers(metadata: Mapping[str, Any], allow_list: Iterable[str]) -> list[str]:
    """One sentence a member with an address that is reached through the allow-list alone."""
    allowed = frozenset(entry.lower() for entry in allow_list)
    return [
        f"{member}: an address that an open registration cannot have"
        for member in _ASKED_OR_TOLD
        if any(_target(uri) in allowed for uri in _uris(metadata.get(member)))
    ]


def _uris(value: object) -> Iterator[str]:
    yield from (uri for uri in (value if isinstance(value, list) else [value]) if isinstance(uri, str))


def _target(uri: str) -> str:
    """Spelled as the allow-list is; what cannot be read is never asked."""
    try:
        parts = urlsplit(uri)
        return f"{parts.hostname}:{parts.port or _DEFAULT_PORTS.get(parts.scheme)}"
    except ValueError:
        return ""
