"""How a resource is named (RFC 8707 §2): an absolute URI without a fragment. Several in one request, up to a bound."""

import re
from typing import Final

# The one parameter that may be given several times, and what its values are kept together by: no form and no query
# can hold that character.
RESOURCE: Final = "resource"
SEPARATOR: Final = "\x00"
MOST_RESOURCES: Final = 5

_LONGEST: Final = 500
_ABSOLUTE: Final = re.compile(
    r"(?:https://[A-Za-z0-9._-]+(?::[0-9]{1,5})?(?:[/?][!$&-;=?-Z_a-z~%]*)?|urn:[!$&-;=?-Z_a-z~%]+)"
)


def resource_fault(uri: str) -> str | None:
    """Why this names no resource; None when it may."""
    if len(uri) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    if not _ABSOLUTE.fullmatch(uri):
        return "must be an absolute https:// or urn: URI without a fragment"
    return None


def split_resources(parameter: str) -> tuple[str, ...]:
    """The values of the parameter as it was read, each once, in their order."""
    return tuple(dict.fromkeys(parameter.split(SEPARATOR)))
