"""Where an answer may go (RFC 9700 §4.1.3): one byte of difference, and it goes nowhere."""

import pytest

from idp.authorization_server.addressed_request import check_addressee
from idp.errors import InvalidLoginRequest, ServiceSuspended, UnknownService
from tests.support.clients import REGISTERED_URI, client

_OTHERS = [
    pytest.param("https://attacker.example/callback", id="another host"),
    pytest.param("https://town-hall.example.attacker.example/callback", id="the host as a prefix of another"),
    pytest.param("https://attackertown-hall.example/callback", id="the host as a suffix of another"),
    pytest.param("https://sub.town-hall.example/callback", id="a host below it"),
    pytest.param("https://town-hall.example./callback", id="the host with a root dot"),
    pytest.param("https://TOWN-HALL.example/callback", id="the host in capitals"),
    pytest.param("HTTPS://town-hall.example/callback", id="the scheme in capitals"),
    pytest.param("http://town-hall.example/callback", id="another scheme"),
    pytest.param("javascript:alert(1)//town-hall.example/callback", id="a script"),
    pytest.param("//town-hall.example/callback", id="no scheme"),
    pytest.param("/callback", id="a path alone"),
    pytest.param("https://town-hall.example:443/callback", id="the default port written out"),
    pytest.param("https://town-hall.example:8443/callback", id="another port"),
    pytest.param("https://town-hall.example/Callback", id="the path in another case"),
    pytest.param("https://town-hall.example/callback/", id="a trailing slash"),
    pytest.param("https://town-hall.example/callback/more", id="a longer path"),
    pytest.param("https://town-hall.example/callbac", id="a shorter path"),
    pytest.param("https://town-hall.example/callback/../callback", id="a path that walks up"),
    pytest.param("https://town-hall.example/x/../callback", id="a path that walks up to it"),
    pytest.param("https://town-hall.example//callback", id="a double slash"),
    pytest.param("https://town-hall.example/./callback", id="a dot segment"),
    pytest.param("https://town-hall.example/%63allback", id="an encoded letter"),
    pytest.param("https://town-hall.example/callback%2f", id="an encoded slash"),
    pytest.param("https://town-hall.example/callback%00", id="an encoded NUL"),
    pytest.param("https://town-hall.example/callback?", id="an empty query"),
    pytest.param("https://town-hall.example/callback?next=x", id="a query"),
    pytest.param("https://town-hall.example/callback#", id="an empty fragment"),
    pytest.param("https://town-hall.example/callback#x", id="a fragment"),
    pytest.param("https://attacker.example#@town-hall.example/callback", id="a fragment before the host"),
    pytest.param("https://town-hall.example@attacker.example/callback", id="the host as user information"),
    pytest.param("https://user@town-hall.example/callback", id="user information"),
    pytest.param("https://town-hall.example\\@attacker.example/callback", id="a backslash"),
    pytest.param("https://town-hall.example/callback ", id="a trailing space"),
    pytest.param(" https://town-hall.example/callback", id="a leading space"),
    pytest.param("https://town-hall.example/callback\t", id="a trailing tab"),
    pytest.param("https://town-hall.example/callback\n", id="a trailing line break"),
    pytest.param("https://town-hall.example/callbаck", id="a Cyrillic letter"),
    pytest.param("https://town-hall.example/callback\u200b", id="an invisible letter"),
    pytest.param("https://town-hall.example/other", id="another service's address"),
    pytest.param("", id="empty"),
    pytest.param("null", id="the word null"),
]


@pytest.mark.parametrize("redirect_uri", _OTHERS)
def test_an_address_that_is_not_registered_byte_for_byte_is_never_answered_to(redirect_uri: str) -> None:
    with pytest.raises(InvalidLoginRequest):
        check_addressee({"client_id": "town-hall", "redirect_uri": redirect_uri}, client())


def test_a_missing_address_is_never_guessed_even_where_only_one_is_registered() -> None:
    with pytest.raises(InvalidLoginRequest):
        check_addressee({"client_id": "town-hall"}, client())


def test_the_registered_address_is_taken_as_it_is() -> None:
    addressed = check_addressee({"client_id": "town-hall", "redirect_uri": REGISTERED_URI}, client())

    assert addressed.request.redirect_uri == REGISTERED_URI


def test_an_unknown_service_is_told_apart_from_a_wrong_address_only_to_the_citizen() -> None:
    with pytest.raises(UnknownService):
        check_addressee({"client_id": "nobody", "redirect_uri": REGISTERED_URI}, None)


def test_a_suspended_service_gets_no_answer_at_its_own_address_either() -> None:
    with pytest.raises(ServiceSuspended):
        check_addressee({"client_id": "town-hall", "redirect_uri": REGISTERED_URI}, client(disabled=True))
