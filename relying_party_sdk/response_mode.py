"""How the provider's answer comes back through the browser."""

from __future__ import annotations

from enum import StrEnum

from relying_party_sdk.return_to import MAX_RETURN_TO_LENGTH


class ResponseMode(StrEnum):
    """`response_mode` of OAuth 2.0 Multiple Response Types §2.1 and Form Post Response Mode §2."""

    QUERY = "query"
    FORM_POST = "form_post"


# Of a page to come back to, where the login's cookie crosses sites: every byte there can be made to come along.
LONGEST_RETURN_TO = {ResponseMode.QUERY: MAX_RETURN_TO_LENGTH, ResponseMode.FORM_POST: MAX_RETURN_TO_LENGTH // 2}


def asked_response_mode(mode: ResponseMode, *, signed: bool) -> str | None:
    """The parameter's value, or `None` where the usual one is meant;
    signed answers have names of their own (JARM §2.3)."""
    if mode is ResponseMode.FORM_POST:
        return "form_post.jwt" if signed else "form_post"
    return "jwt" if signed else None
