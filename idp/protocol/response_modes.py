"""How an answer travels back to the service (Multiple Response Types 2.1, Form Post Response Mode 1.0, JARM 2.3)."""

from enum import StrEnum


class ResponseMode(StrEnum):
    """A fragment is not among them: it would put answers in reach of scripts."""

    QUERY = "query"
    FORM_POST = "form_post"
    JWT = "jwt"
    QUERY_JWT = "query.jwt"
    FORM_POST_JWT = "form_post.jwt"

    @property
    def is_signed(self) -> bool:
        return self.endswith("jwt")

    @property
    def is_posted(self) -> bool:
        return self.startswith("form_post")


def mode_of(response_mode: str | None) -> ResponseMode | None:
    """The mode asked for, the query without one; None for a mode that is not offered."""
    if response_mode is None:
        return ResponseMode.QUERY
    return ResponseMode(response_mode) if response_mode in tuple(ResponseMode) else None
