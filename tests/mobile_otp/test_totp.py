from urllib.parse import unquote

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_otp.totp import Totp, TotpHash, code_at, matching_step, new_totp, otpauth_uri

RFC_SECRET = b"12345678901234567890"
VECTORS = {  # RFC 6238 appendix B: time → codes with SHA-1, SHA-256, SHA-512
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}
TOTP = Totp(RFC_SECRET)


@pytest.mark.parametrize("time", VECTORS)
def test_the_codes_of_the_specification_come_out(time: int) -> None:
    for hash_, length, expected in zip(TotpHash, (20, 32, 64), VECTORS[time], strict=True):
        secret = (RFC_SECRET * 4)[:length]
        assert code_at(Totp(secret, hash_, digits=8), time // 30) == expected


@given(secret=st.binary(min_size=16, max_size=64), now=st.integers(0, 2**33))
def test_an_independent_library_makes_the_same_codes(secret: bytes, now: int) -> None:
    totp = Totp(secret)
    uri = otpauth_uri(totp, "Minh", issuer="MotCua")

    oracle = pyotp.parse_uri(uri)

    assert isinstance(oracle, pyotp.TOTP)
    assert code_at(totp, now // 30) == oracle.generate_otp(now // 30)


def test_the_step_that_matched_is_told() -> None:
    for drift in (-1, 0, 1):
        assert matching_step(TOTP, code_at(TOTP, 100 + drift), now=3000 + 29) == 100 + drift


@pytest.mark.parametrize("drift", [-2, 2])
def test_codes_outside_the_window_do_not_match(drift: int) -> None:
    assert matching_step(TOTP, code_at(TOTP, 100 + drift), now=3000) is None


def test_a_code_once_accepted_is_never_accepted_again() -> None:
    code = code_at(TOTP, 100)
    step = matching_step(TOTP, code, now=3000)

    assert step == 100
    assert matching_step(TOTP, code, now=3001, after_step=step) is None
    assert matching_step(TOTP, code, now=3030, after_step=step) is None
    assert matching_step(TOTP, code_at(TOTP, 99), now=3000, after_step=step) is None
    assert matching_step(TOTP, code_at(TOTP, 101), now=3000, after_step=step) == 101


@pytest.mark.parametrize("typed", ["", "abcdef", "12345", "1234567", "٠١٢٣٤٥", "12 456", "+12345", "1" * 10**5])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert matching_step(TOTP, typed, now=3000) is None


def test_the_first_seconds_of_the_epoch_have_no_step_before_them() -> None:
    assert matching_step(TOTP, code_at(TOTP, 0), now=0) == 0


def test_the_secret_is_long_random_and_unseen() -> None:
    first, second = new_totp(), new_totp()

    assert len(first.secret) == 20
    assert first.secret != second.secret
    assert repr(TOTP) == "Totp(hash=<TotpHash.SHA1: 'SHA1'>, digits=6, period=30)"


@pytest.mark.parametrize(("secret", "digits", "period"), [(b"short", 6, 30), (bytes(20), 5, 30), (bytes(20), 6, 0)])
def test_weak_parameters_are_refused(secret: bytes, digits: int, period: int) -> None:
    with pytest.raises(ValueError, match="TOTP"):
        Totp(secret, digits=digits, period=period)


def test_labels_cannot_smuggle_a_parameter_or_a_second_colon() -> None:
    uri = otpauth_uri(TOTP, "a:b?secret=X&issuer=Y#z/đ", issuer="Một cửa: thử")

    label = uri.removeprefix("otpauth://totp/").split("?")[0]
    assert uri.count("?") == 1
    assert uri.count("#") == 0
    assert uri.count("secret=") == 1
    assert unquote(label) == "Một cửa  thử:a b?secret=X&issuer=Y#z/đ"
