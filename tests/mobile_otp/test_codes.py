import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_otp.codes import code_hash, code_matches, new_code, normalise_code

KEY = bytes(range(32))
BINDING = b"interaction-1|browser-1"


@pytest.mark.parametrize(("drawn", "code"), [(0, "000000"), (42, "000042"), (999_999, "999999")])
def test_a_code_has_six_digits_whatever_is_drawn(drawn: int, code: str) -> None:
    assert new_code(randbelow=lambda _: drawn) == code


def test_a_code_is_drawn_from_the_whole_million() -> None:
    asked: list[int] = []

    def randbelow(limit: int) -> int:
        asked.append(limit)
        return 7

    new_code(randbelow=randbelow)

    assert asked == [1_000_000]


def test_codes_differ() -> None:
    assert len({new_code() for _ in range(50)}) > 40


@pytest.mark.parametrize(
    "typed", ["482915", " 482 915 ", "４８２９１５", "482\u00a0915", "4 8 2 9 1 5", "482\u202f915\n"]
)
def test_a_code_is_understood_however_a_phone_writes_it(typed: str) -> None:
    stored = code_hash("482915", key=KEY, binding=BINDING)

    assert normalise_code(typed) == "482915"
    assert code_matches(typed, stored, key=KEY, binding=BINDING)


@pytest.mark.parametrize(
    "typed",
    ["", "48291", "4829155", "48291a", "٤٨٢٩١٥", "-48291", "4.8e5", "482-915", "482915\x00", " " * 33, "4" * 10**6],
    ids=lambda typed: repr(typed[:12]),
)
def test_anything_else_is_no_code(typed: str) -> None:
    stored = code_hash("482915", key=KEY, binding=BINDING)

    assert normalise_code(typed) is None
    assert not code_matches(typed, stored, key=KEY, binding=BINDING)


def test_a_code_fits_only_its_own_binding_and_key() -> None:
    stored = code_hash("482915", key=KEY, binding=BINDING)

    assert not code_matches("482916", stored, key=KEY, binding=BINDING)
    assert not code_matches("482915", stored, key=KEY, binding=b"interaction-2|browser-1")
    assert not code_matches("482915", stored, key=bytes(32), binding=BINDING)
    assert not code_matches("482915", b"", key=KEY, binding=BINDING)


def test_a_binding_that_ends_in_digits_is_not_confused_with_a_code() -> None:
    assert code_hash("345678", key=KEY, binding=b"12") != code_hash("234567", key=KEY, binding=b"1")


def test_the_hash_is_32_bytes_without_the_code_in_it() -> None:
    stored = code_hash("482915", key=KEY, binding=BINDING)

    assert len(stored) == 32
    assert b"482915" not in stored


def test_a_short_key_and_an_unnormalised_code_are_programming_errors() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        code_hash("482915", key=b"short", binding=BINDING)
    with pytest.raises(ValueError, match="six ASCII digits"):
        code_hash("482 915", key=KEY, binding=BINDING)


@given(st.text(max_size=40))
def test_whatever_is_typed_becomes_six_ascii_digits_or_nothing(typed: str) -> None:
    code = normalise_code(typed)

    assert code is None or (len(code) == 6 and code.isascii() and code.isdigit())
