"""The `authorization_details` parameter (RFC 9396): read strictly, checked against the types that are offered."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from idp.errors import OAuthError
from idp.protocol.detail_types import DetailType
from idp.protocol.detail_values import is_value_of

PARAMETER: Final = "authorization_details"
MOST_DETAILS: Final = 5
_LONGEST: Final = 4096

Detail = Mapping[str, Any]


class InvalidAuthorizationDetails(OAuthError):
    """RFC 9396 §5."""

    error = "invalid_authorization_details"


def parse_details(text: str) -> tuple[Detail, ...]:
    """Raises ValueError when it is not a short JSON array of objects; what they hold, `details_fault` judges."""
    if len(text) > _LONGEST:
        raise ValueError("too long")
    try:
        parsed = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(parsed, list) or not all(isinstance(detail, dict) for detail in parsed):
        raise ValueError("not an array of objects")
    return tuple(parsed)


def details_fault(details: Sequence[Detail], types: Mapping[str, DetailType]) -> str | None:
    """Why they cannot be asked for, in words that quote nothing of them; None when they can (RFC 9396 §5)."""
    if not 1 <= len(details) <= MOST_DETAILS:
        return f"must hold one to {MOST_DETAILS} objects"
    if any(detail in details[:place] for place, detail in enumerate(details)):
        return "must not hold the same object twice"
    return next((fault for detail in details if (fault := _fault(detail, types))), None)


def _fault(detail: Detail, types: Mapping[str, DetailType]) -> str | None:
    named = detail.get("type")
    known = types.get(named) if isinstance(named, str) else None
    if known is None:
        return "has a type that is not offered to this client"
    if set(detail) - set(known.fields) - {"type"}:
        return "has a field that its type does not know"
    for name, field in known.fields.items():
        if name not in detail:
            if field.required:
                return f"lacks the field {name}"
        elif not is_value_of(field.kind, detail[name], field.choices):
            return f"has a value of {name} that is no {field.kind}"
    return None


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
