"""How long a citizen waits for a source, and as whom a request is counted."""

import asyncio

import pytest

from idp.authentication.address import address_key
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


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("testclient", "testclient", True),
    ],
)
def test_counts_a_household_as_one(first: str, second: str, same: bool) -> None:
    assert (address_key(vault(), first) == address_key(vault(), second)) is same
    assert first not in address_key(vault(), first)
