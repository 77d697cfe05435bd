"""How long a citizen waits for a source, and as whom a request is counted."""

import asyncio

import pytest

from idp.authentication.address import Network, address_keys
from idp.authentication.contract import SourceUnavailable
from idp.authentication.deadline import WAIT_SECONDS, within_patience
from tests.support.sources import vault


async def test_gives_up_on_a_source_that_does_not_answer() -> None:
    with pytest.raises(SourceUnavailable, match="too_slow"), within_patience("tax", seconds=0.01):
        await asyncio.Event().wait()


async def test_a_failure_inside_stays_what_it_was() -> None:
    with pytest.raises(KeyError), within_patience("tax"):
        raise KeyError


def test_the_choice_is_back_within_three_seconds() -> None:
    assert WAIT_SECONDS < 3


def shared(first: str, second: str) -> set[Network]:
    """The networks that both addresses are counted in."""
    found = set(address_keys(vault(), first)) & set(address_keys(vault(), second))
    return {key.network for key in found}


@pytest.mark.parametrize(
    ("first", "second", "networks"),
    [
        ("192.0.2.1", "192.0.2.1", {Network.HOST, Network.POOL}),
        ("192.0.2.1", "192.0.2.2", {Network.POOL}),
        ("192.0.2.1", "192.0.3.1", set()),
        ("192.0.2.1", "::ffff:192.0.2.1", {Network.HOST, Network.POOL}),
        ("192.0.2.1", "::ffff:192.0.2.9", {Network.POOL}),
        ("2001:db8::1", "2001:db8::ffff:2", {Network.SUBNET, Network.HOME, Network.SITE}),
        ("2001:db8::1", "2001:db8:0:1::1", {Network.HOME, Network.SITE}),
        ("2001:db8::1", "2001:db8:0:ff::1", {Network.HOME, Network.SITE}),
        ("2001:db8::1", "2001:db8:0:100::1", {Network.SITE}),
        ("2001:db8::1", "2001:db8:1::1", set()),
        ("fe80::1%eth0", "fe80::1%eth1", {Network.SUBNET, Network.HOME, Network.SITE}),
        ("testclient", "testclient", {Network.UNKNOWN}),
        ("testclient", "192.0.2.1", set()),
    ],
)
def test_counts_a_host_and_the_networks_around_it(first: str, second: str, networks: set[Network]) -> None:
    assert shared(first, second) == networks
    assert all(first not in key.name for key in address_keys(vault(), first))
