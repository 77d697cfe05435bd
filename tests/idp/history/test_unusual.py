"""What makes a login stand out, as a table."""

from typing import Any

import pytest

from idp.history.unusual import KnownBefore, Reason, is_unusual, unusual_reasons

NOW = 1_800_000_000
DAY = 24 * 3600
ORDINARY = KnownBefore(logged_in_before=True, device_seen_at=NOW - DAY, source_used_at=NOW - DAY, refusals=0)


def known(**changes: Any) -> KnownBefore:
    return KnownBefore(**{**vars(ORDINARY), **changes})


@pytest.mark.parametrize(
    ("before", "reasons"),
    [
        pytest.param(ORDINARY, (), id="same device, same source"),
        pytest.param(known(device_seen_at=None), (Reason.NEW_DEVICE,), id="a browser never seen"),
        pytest.param(known(source_used_at=NOW - 180 * DAY), (), id="a source last used 180 days ago"),
        pytest.param(known(source_used_at=NOW - 180 * DAY - 1), (Reason.LONG_UNUSED_SOURCE,), id="longer than that"),
        pytest.param(known(source_used_at=None), (), id="a source never used yet is told as a link, not here"),
        pytest.param(known(device_seen_at=None, new_devices=4), (Reason.NEW_DEVICE,), id="the fifth new one that day"),
        pytest.param(known(device_seen_at=None, new_devices=5), (), id="the sixth new one that day"),
        pytest.param(known(refusals=2), (), id="two refusals"),
        pytest.param(known(refusals=3), (Reason.REFUSED_BEFORE,), id="three refusals"),
        pytest.param(
            known(device_seen_at=None, refusals=3), (Reason.NEW_DEVICE, Reason.REFUSED_BEFORE), id="several at once"
        ),
        pytest.param(
            KnownBefore(logged_in_before=False, device_seen_at=None, source_used_at=None, refusals=9),
            (),
            id="a first login",
        ),
    ],
)
def test_a_login_stands_out_for_these_reasons(before: KnownBefore, reasons: tuple[Reason, ...]) -> None:
    assert unusual_reasons(before, now=NOW) == reasons


def test_a_new_device_alone_is_not_unusual() -> None:
    assert not is_unusual(())
    assert not is_unusual([Reason.NEW_DEVICE])
    assert is_unusual([Reason.NEW_DEVICE, Reason.REFUSED_BEFORE])
    assert is_unusual([Reason.LONG_UNUSED_SOURCE])
