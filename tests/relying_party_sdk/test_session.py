"""What a session cookie holds: tokens with the key they are bound to, and sessions sealed by an earlier version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relying_party_sdk import Identity, Tokens
from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.sealing import Seal
from relying_party_sdk.session import MAX_COOKIE_LENGTH, begin_session, open_session, seal_session

NOW = 1_800_000_000
SEAL = Seal("bi-mat-chi-dung-de-thu", purpose="session")
TOKENS = Tokens("the", "lam-moi", NOW + 300, ("openid",), DpopKey.generate())
IDENTITY = replace(Identity.sample(), tokens=TOKENS)


def test_a_token_is_kept_with_its_key() -> None:
    sealed = seal_session(begin_session(IDENTITY, now=NOW, keep_tokens=True), SEAL)

    opened = open_session(sealed, SEAL, now=NOW)

    assert opened is not None
    assert opened.identity.tokens == TOKENS
    assert len(sealed) < MAX_COOKIE_LENGTH / 2


def test_neither_is_kept_unless_it_is_wanted() -> None:
    opened = open_session(seal_session(begin_session(IDENTITY, now=NOW, keep_tokens=False), SEAL), SEAL, now=NOW)

    assert opened is not None
    assert opened.identity.tokens is None


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        pytest.param(["the", None, None, ["openid"]], Tokens("the", scopes=("openid",)), id="before there were keys"),
        pytest.param(["the", None, None, [], "khong phai khoa"], None, id="a key that is none"),
    ],
)
def test_an_older_session_goes_on_and_a_broken_one_ends(tokens: list[object], expected: Tokens | None) -> None:
    session = begin_session(IDENTITY, now=NOW, keep_tokens=True)
    written = {**SEAL.open(seal_session(session, SEAL)), "t": tokens}

    opened = open_session(SEAL.seal(written), SEAL, now=NOW)

    assert (opened.identity.tokens if opened else None) == expected
