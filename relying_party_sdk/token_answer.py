"""The token endpoint's answer by type (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relying_party_sdk.claims import number
from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.errors import TokenAnswerInvalid
from relying_party_sdk.identity import Tokens

MAX_VALUE_LENGTH = 16 * 1024


@dataclass(frozen=True)
class TokenAnswer:
    """Tokens, and an ID token nobody has verified yet."""

    tokens: Tokens
    unverified_id_token: str | None = field(repr=False)


def read_token_answer(
    answer: Mapping[str, object],
    *,
    now: int,
    asked: tuple[str, ...],
    refresh_token: str | None = None,
    dpop_key: DpopKey | None = None,
) -> TokenAnswer:
    """The answer's members, each of the right type; `refresh_token` is kept when no new one comes (RFC 6749 §6).

    With `dpop_key`, tokens bound to it are demanded (RFC 9449 §5): a bearer token would be one that was not asked for.
    """
    wanted = "Bearer" if dpop_key is None else "DPoP"
    access_token = _text(answer, "access_token")
    if access_token is None:
        raise TokenAnswerInvalid("`access_token` is missing")
    token_type = _text(answer, "token_type")
    if token_type is None or token_type.lower() != wanted.lower():
        raise TokenAnswerInvalid(f"`token_type` is not {wanted}")
    expires_in = number(answer, "expires_in")
    scope = _text(answer, "scope")
    tokens = Tokens(
        access_token=access_token,
        refresh_token=_text(answer, "refresh_token") or refresh_token,
        expires_at=None if expires_in is None else now + int(expires_in),
        scopes=tuple(scope.split()) if scope else asked,
        dpop_key=dpop_key,
    )
    return TokenAnswer(tokens, _text(answer, "id_token"))


def _text(answer: Mapping[str, object], name: str) -> str | None:
    value = answer.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MAX_VALUE_LENGTH or not value.isascii():
        raise TokenAnswerInvalid(f"`{name}` is not text of reasonable length")
    return value
