"""RFC 8707 §2: a resource is an absolute URI without a fragment."""

import pytest

from idp.protocol.resource_servers import by_resource
from idp.protocol.resource_uris import resource_fault, split_resources
from tests.support.clients import client


@pytest.mark.parametrize(
    "uri", ["https://a.example", "https://a.example:8443/b/c?d=e", "urn:vn:bhxh:du-lieu", "https://a.example/%C4%83"]
)
def test_these_name_one(uri: str) -> None:
    assert resource_fault(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        *("", "a.example", "//a.example", "/a", "http://a.example", "https://", "https:///a", "https://a.example/#"),
        *("https://a.example#b", "https://a b.example", "https://a.example/\x00", "https://ă.example", "urn:"),
        *("https://u:p@a.example", "javascript:alert(1)", "https://a.example/\\b", "https://a.example/" + "b" * 500),
        "https://a.example\n",
    ],
)
def test_these_do_not(uri: str) -> None:
    assert resource_fault(uri) is not None


def test_each_counts_once_in_the_order_of_the_request() -> None:
    assert split_resources("b\x00a\x00b") == ("b", "a")


def test_a_resource_of_two_clients_is_nobodys_and_the_others_stay() -> None:
    first, second = client(client_id="1", resource="urn:a"), client(client_id="2", resource="urn:a")
    other = client(client_id="3", resource="urn:b")

    assert by_resource([first, other, second, client()]) == {"urn:b": other}
