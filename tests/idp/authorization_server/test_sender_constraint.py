"""One value for what a token is bound to (RFC 9449, RFC 8705), and how it is kept."""

import base64
import hashlib

import pytest

from idp.authorization_server.sender_constraint import (
    Confirmation,
    SenderConstraint,
    cnf_of,
    stored_or_none,
    token_type_of,
)

_JKT = base64.urlsafe_b64encode(hashlib.sha256(b"a key").digest()).rstrip(b"=").decode()
_OF_KEY = SenderConstraint.of_key(_JKT)
_OF_CERTIFICATE = SenderConstraint.of_certificate(b"a certificate")


def test_a_key_is_kept_as_its_thumbprint_as_rows_of_older_releases_are() -> None:
    assert _OF_KEY.stored == hashlib.sha256(b"a key").digest()


@pytest.mark.parametrize("sender", [_OF_KEY, _OF_CERTIFICATE], ids=["key", "certificate"])
def test_what_was_kept_is_what_is_found(sender: SenderConstraint) -> None:
    assert SenderConstraint.from_stored(sender.stored) == sender


def test_a_key_and_a_certificate_of_the_same_digest_are_two_senders() -> None:
    key = SenderConstraint(Confirmation.KEY, _OF_CERTIFICATE.digest)

    assert key.stored != _OF_CERTIFICATE.stored
    assert key.text != _OF_CERTIFICATE.text


@pytest.mark.parametrize(
    "stored",
    [b"", bytes(31), bytes(33), b"\x02" + bytes(32), b"\x01" + bytes(33)],
    ids=["nothing", "short", "a prefix of nobody", "another prefix", "long"],
)
def test_what_it_cannot_read_is_not_taken_for_a_bearer_token(stored: bytes) -> None:
    with pytest.raises(ValueError, match="not a sender constraint"):
        SenderConstraint.from_stored(stored)


def test_says_what_the_specifications_call_it() -> None:
    told = base64.urlsafe_b64encode(hashlib.sha256(b"a certificate").digest()).rstrip(b"=").decode()

    assert (token_type_of(_OF_KEY), cnf_of(_OF_KEY)) == ("DPoP", {"cnf": {"jkt": _JKT}})
    assert (token_type_of(_OF_CERTIFICATE), cnf_of(_OF_CERTIFICATE)) == ("Bearer", {"cnf": {"x5t#S256": told}})


def test_a_token_bound_to_nobody_is_a_bearer_token() -> None:
    assert (token_type_of(None), cnf_of(None), stored_or_none(None)) == ("Bearer", {}, None)
