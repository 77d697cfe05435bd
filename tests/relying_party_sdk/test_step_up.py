"""RFC 9470: what a resource asks of a login, written and read strictly, and kept by the login that follows."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from relying_party_sdk import LevelTooLow, RelyingParty
from relying_party_sdk.levels import LevelOfAssurance, level_from_acr, meets
from relying_party_sdk.step_up import (
    STATUS,
    InsufficientUserAuthentication,
    StepUp,
    challenge,
    check_authentication,
    step_up_of,
)
from relying_party_sdk.testing import FakeProvider

NOW = 1_800_000_000
TWO = StepUp(acr_values=("nd69-02",), max_age=600)


@pytest.mark.parametrize(
    "wanted",
    [TWO, StepUp(acr_values=("eidas3", "eidas2")), StepUp(max_age=0), StepUp(acr_values=("urn:example:gold",))],
    ids=str,
)
def test_what_is_written_is_read_again(wanted: StepUp) -> None:
    assert step_up_of(STATUS, challenge(wanted)) == wanted


def test_the_challenge_is_the_one_of_the_standard() -> None:
    assert challenge(TWO) == (
        'Bearer error="insufficient_user_authentication", '
        'error_description="a surer or more recent login is needed", acr_values="nd69-02", max_age="600"'
    )


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("bearer error=insufficient_user_authentication,max_age=5", StepUp(max_age=5)),
        ('Bearer ERROR="insufficient_user_authentication" , acr_values="a  b"', StepUp(acr_values=("a", "b"))),
        ('DPoP error="insufficient_user_authentication", max_age="5"', StepUp(max_age=5)),
        ('Basic error="insufficient_user_authentication", max_age="5"', None),
        ('Bearer realm="x\\"y", error="insufficient_user_authentication", max_age="5"', StepUp(max_age=5)),
        ('Bearer error="insufficient_user_authentication"', None),
        ('Bearer error="invalid_token", max_age="5"', None),
        ('Bearer error="insufficient_user_authentication", max_age="5", max_age="6"', None),
        ('Bearer error="insufficient_user_authentication", max_age="-5"', None),
        ('Bearer error="insufficient_user_authentication", max_age="5s"', None),
        ('Bearer error="insufficient_user_authentication", max_age="99999999999"', None),
        ('Bearer error="insufficient_user_authentication", acr_values="a b c d e f g h i"', None),
        ('Bearer error="insufficient_user_authentication" acr_values="a"', None),
        ("Bearer", None),
        ("", None),
        (None, None),
        ("Bearer " + "x" * 3000, None),
    ],
)
def test_reads_a_challenge_and_nothing_like_it(header: str | None, read: StepUp | None) -> None:
    assert step_up_of(STATUS, header) == read


def test_only_a_401_is_a_challenge() -> None:
    assert step_up_of(403, challenge(TWO)) is None


@pytest.mark.parametrize(
    "bad", [{}, {"acr_values": ('a"b',)}, {"acr_values": ("",)}, {"acr_values": ("a b",)}, {"max_age": -1}]
)
def test_a_wish_that_could_not_be_written_is_no_wish(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"acr|max_age|step-up"):
        StepUp(**bad)


@pytest.mark.parametrize(
    ("told", "enough"),
    [
        ({"acr": "nd69-02", "auth_time": NOW - 600}, True),
        ({"acr": "nd69-02", "auth_time": NOW - 601}, False),
        ({"acr": "nd69-02"}, False),
        ({"acr": "nd69-02", "auth_time": "now"}, False),
        ({"acr": "nd69-02", "auth_time": True}, False),
        ({"acr": "eidas3", "auth_time": NOW}, False),
        ({"auth_time": NOW}, False),
        ({"acr": 7, "auth_time": NOW}, False),
    ],
)
def test_a_login_is_enough_only_where_the_answer_says_so(told: dict[str, Any], enough: bool) -> None:
    introspected = {"active": True, **told}
    if enough:
        check_authentication(introspected, TWO, now=NOW)
        return
    with pytest.raises(InsufficientUserAuthentication) as refused:
        check_authentication(introspected, TWO, now=NOW)
    assert step_up_of(STATUS, refused.value.challenge) == TWO


def test_a_dead_token_is_another_error() -> None:
    with pytest.raises(ValueError, match="not active"):
        check_authentication({"active": False}, TWO, now=NOW)


@pytest.mark.parametrize(
    ("acr", "wanted", "met"),
    [
        ("eidas3", ("eidas2",), True),
        ("eidas2", ("eidas3", "eidas2"), True),
        ("eidas1", ("eidas2",), False),
        ("eidas3", ("nd69-02",), False),
        ("nd69-02", ("eidas2",), False),
        ("nd69-02", ("nd69-01",), False),
        ("nd69-01", ("nd69-01",), True),
        ("zzz", ("eidas1",), False),
    ],
)
def test_a_higher_eidas_level_will_do_and_every_other_word_means_itself(
    acr: str, wanted: tuple[str, ...], met: bool
) -> None:
    assert meets(acr, wanted) is met


def test_the_decrees_names_have_levels_too() -> None:
    assert level_from_acr("nd69-01") is LevelOfAssurance.LOW
    assert level_from_acr("nd69-02") is LevelOfAssurance.SUBSTANTIAL
    assert level_from_acr("nd69-03") is None


def test_a_login_asks_for_what_the_resource_wants_and_keeps_its_place(party: RelyingParty) -> None:
    login = party.begin_login("/ho-so/nop", acr_values=TWO.acr_values, max_age=TWO.max_age)

    asked = parse_qs(urlsplit(login.url).query)
    assert (asked["acr_values"], asked["max_age"]) == (["nd69-02"], ["600"])
    state = party.open_login(login.sealed_state)
    assert (state.return_to, state.acr_values) == ("/ho-so/nop", ("nd69-02",))


def test_an_answer_that_is_none_of_what_was_asked_is_no_session(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login("/ho-so", acr_values=("nd69-02",))
    callback = provider.authorize(login.url)

    with pytest.raises(LevelTooLow):
        party.finish_login(parse_pairs(callback), login.sealed_state)


def test_an_eidas_answer_that_is_more_than_asked_will_do(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login("/ho-so", acr_values=("eidas1",))

    identity = party.finish_login(parse_pairs(provider.authorize(login.url)), login.sealed_state)

    assert identity.return_to == "/ho-so"


def parse_pairs(url: str) -> list[tuple[str, str]]:
    return [(name, value) for name, values in parse_qs(urlsplit(url).query).items() for value in values]
