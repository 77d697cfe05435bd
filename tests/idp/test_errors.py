"""Both families of refusals."""

import re

import pytest

from idp import errors
from idp.errors import CITIZEN_ERRORS, CitizenError, InvalidClient, InvalidRequest, OAuthError, TooManyTries

# RFC 6749 §4.1.2.1, §5.2; OpenID Connect Core §3.1.2.6; RFC 6750 §3.1.
STANDARD_CODES = {
    "access_denied", "account_selection_required", "consent_required", "insufficient_scope", "interaction_required",
    "invalid_client", "invalid_grant", "invalid_request", "invalid_request_object", "invalid_request_uri",
    "invalid_scope", "invalid_token", "login_required", "registration_not_supported", "request_not_supported",
    "request_uri_not_supported", "server_error", "temporarily_unavailable", "unauthorized_client",
    "unmet_authentication_requirements", "unsupported_grant_type", "unsupported_response_type",
}  # fmt: skip


def test_each_standard_code_has_one_class() -> None:
    # Some specifications' own codes live in modules of their own, imported or not.
    classes = [kind for kind in OAuthError.__subclasses__() if kind.__module__ == errors.__name__]

    assert {kind.error for kind in classes} == STANDARD_CODES
    assert len(classes) == len(STANDARD_CODES)


def test_a_protocol_refusal_tells_its_code_and_its_public_sentence_alone() -> None:
    error = InvalidRequest("scope is missing", private_detail="canary-4711")

    assert error.as_dict() == {"error": "invalid_request", "error_description": "scope is missing"}
    assert "canary" not in f"{error} {error!r}"


def test_a_refusal_without_a_sentence_has_no_empty_member() -> None:
    assert InvalidClient().as_dict() == {"error": "invalid_client"}
    assert InvalidClient().status == 401


@pytest.mark.parametrize("text", ["đường dẫn", 'say "no"', "back\\slash", "two\nlines", "tab\t"])
def test_a_description_outside_the_allowed_characters_is_refused_at_the_source(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        InvalidRequest(text)


def test_every_citizen_error_is_in_the_registry_once() -> None:
    defined = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, CitizenError) and value is not CitizenError
    }

    assert set(CITIZEN_ERRORS) == defined
    assert len(CITIZEN_ERRORS) == len(defined)


def test_codes_are_unique_and_can_be_read_aloud() -> None:
    codes = [kind.code for kind in CITIZEN_ERRORS]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"MC-1\d{3}", code) for code in codes)
    assert len({kind.message_key for kind in CITIZEN_ERRORS}) == len(codes)


def test_a_citizen_error_shows_neither_details_nor_the_private_detail_in_logs() -> None:
    error = TooManyTries(private_detail="canary-1", details={"phut": 15})

    assert f"{error} {error!r}" == "MC-1204 too_many_tries TooManyTries('MC-1204')"


def test_a_citizen_error_asks_for_the_values_of_its_text_where_it_is_raised() -> None:
    with pytest.raises(ValueError, match="phut"):
        TooManyTries()
