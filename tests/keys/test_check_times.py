import pytest

from keys.verify import InvalidToken, TokenFault, check_times


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        pytest.param({"exp": 969}, TokenFault.EXPIRED, id="expired beyond the leeway"),
        pytest.param({"exp": 970}, TokenFault.EXPIRED, id="expired at the leeway's end"),
        pytest.param({}, TokenFault.MALFORMED, id="no exp"),
        pytest.param({"exp": "2000"}, TokenFault.MALFORMED, id="exp as text"),
        pytest.param({"exp": True}, TokenFault.MALFORMED, id="exp as boolean"),
        pytest.param({"exp": None}, TokenFault.MALFORMED, id="exp null"),
        pytest.param({"exp": 2000, "nbf": 1031}, TokenFault.NOT_YET_VALID, id="not before"),
        pytest.param({"exp": 2000, "iat": 1031}, TokenFault.NOT_YET_VALID, id="issued in the future"),
        pytest.param({"exp": 2000, "iat": "1"}, TokenFault.MALFORMED, id="iat as text"),
    ],
)
def test_times_are_checked_when_asked(claims: dict[str, object], reason: TokenFault) -> None:
    with pytest.raises(InvalidToken) as caught:
        check_times(claims, now=1000, leeway=30)

    assert caught.value.reason is reason


@pytest.mark.parametrize("claims", [{"exp": 971}, {"exp": 2000.5, "nbf": 1030, "iat": 1030}])
def test_times_within_the_leeway_pass(claims: dict[str, object]) -> None:
    check_times(claims, now=1000, leeway=30)
