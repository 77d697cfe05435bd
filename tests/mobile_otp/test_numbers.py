import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mobile_otp.numbers import InvalidMobileNumber, MobileNumber, NumberError, parse_mobile_number

ONE_NUMBER = "+84381234567"


def reason_for(text: str, *, allow_sandbox: bool = False) -> NumberError:
    with pytest.raises(InvalidMobileNumber) as caught:
        parse_mobile_number(text, allow_sandbox=allow_sandbox)
    return caught.value.reason


@pytest.mark.parametrize(
    "spelling",
    [
        "0381234567",
        "0168 123 4567",
        "+84 168 1234567",
        "1681234567",
        "+84 038 123 4567",
        "0084 38.123.4567",
        "0084 0168 123 4567",
        "841681234567",
        "84381234567",
        "381234567",
        "０３８１２３４５６７",
        "＋８４３８１２３４５６７",
        "٠٣٨١٢٣٤٥٦٧",
        "\u202a+84 38 123 4567\u202c",
        "038\u00a0123\u00a04567",
        "038–123–4567",
        "(+84) 38-123-4567",
        "  0381234567\t",
    ],
)
def test_every_spelling_of_a_number_becomes_the_same_number(spelling: str) -> None:
    assert parse_mobile_number(spelling).e164 == ONE_NUMBER


def test_a_number_that_begins_like_the_country_code_is_not_cut() -> None:
    for spelling in ("0841234567", "841234567", "84841234567", "+84841234567", "01241234567", "1241234567"):
        assert parse_mobile_number(spelling).e164 == "+84841234567"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(pytest.param(f"016{digit}", f"03{digit}", id=f"Viettel 016{digit}") for digit in range(2, 10)),
        *(
            pytest.param(old, new, id=f"MobiFone {old}")
            for old, new in zip(
                ("0120", "0121", "0122", "0126", "0128"), ("070", "079", "077", "076", "078"), strict=True
            )
        ),
        *(
            pytest.param(old, new, id=f"VinaPhone {old}")
            for old, new in zip(
                ("0123", "0124", "0125", "0127", "0129"), ("083", "084", "085", "081", "082"), strict=True
            )
        ),
        pytest.param("0186", "056", id="Vietnamobile 0186"),
        pytest.param("0188", "058", id="Vietnamobile 0188"),
        pytest.param("0199", "059", id="Gmobile 0199"),
    ],
)
def test_a_number_of_before_2018_becomes_the_number_it_is_now(old: str, new: str) -> None:
    assert parse_mobile_number(old + "1234567").national == new + "1234567"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", NumberError.MISSING),
        ("   \u200b\t", NumberError.MISSING),
        ("0281234567", NumberError.NOT_MOBILE),
        ("0251234567", NumberError.NOT_MOBILE),
        ("024 3812 3456", NumberError.NOT_MOBILE),
        ("+84 24 3812 3456", NumberError.NOT_MOBILE),
        ("1900 1234", NumberError.NOT_MOBILE),
        ("1800 123456", NumberError.NOT_MOBILE),
        ("0521234567", NumberError.INVALID_NUMBER),
        ("0601234567", NumberError.INVALID_NUMBER),
        ("01601234567", NumberError.INVALID_NUMBER),
        ("038123456", NumberError.INVALID_NUMBER),
        ("03812345678", NumberError.INVALID_NUMBER),
        ("113", NumberError.INVALID_NUMBER),
        ("+", NumberError.INVALID_NUMBER),
        ("+84", NumberError.INVALID_NUMBER),
        ("++84381234567", NumberError.INVALID_NUMBER),
        ("+0381234567", NumberError.INVALID_NUMBER),
        ("038+1234567", NumberError.MORE_THAN_ONE),
        ("hoa@example.vn", NumberError.INVALID_NUMBER),
        ("tel:0381234567", NumberError.INVALID_NUMBER),
        ("0381234567<script>", NumberError.INVALID_NUMBER),
        ("0381234567\x00", NumberError.INVALID_NUMBER),
        ("0381234567 / 0901234567", NumberError.MORE_THAN_ONE),
        ("0381234567 0901234567", NumberError.MORE_THAN_ONE),
        ("0381234567 hoặc 0901234567", NumberError.MORE_THAN_ONE),
        ("+84381234567+84901234567", NumberError.MORE_THAN_ONE),
        ("0381234567/8", NumberError.MORE_THAN_ONE),
        ("+33612345678", NumberError.NOT_VIETNAMESE),
        ("0033612345678", NumberError.NOT_VIETNAMESE),
        ("+1 650 253 0000", NumberError.NOT_VIETNAMESE),
        ("0381234567;ext=1", NumberError.EXTENSION),
        ("0381234567 ext. 12", NumberError.EXTENSION),
        ("0381234567 x12", NumberError.EXTENSION),
        ("0381234567#12", NumberError.EXTENSION),
        ("0381234567 máy lẻ 12", NumberError.EXTENSION),
        ("0" * 65, NumberError.INVALID_NUMBER),
        ("0381234567" * 100_000, NumberError.INVALID_NUMBER),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_what_is_not_one_vietnamese_mobile_number_is_refused_with_its_reason(text: str, reason: NumberError) -> None:
    assert reason_for(text) is reason
    assert reason_for(text, allow_sandbox=True) is reason


@pytest.mark.parametrize("prefix", ["053", "054", "057"])
def test_sandbox_numbers_exist_only_in_the_sandbox(prefix: str) -> None:
    typed = prefix + "0000001"

    number = parse_mobile_number(typed, allow_sandbox=True)

    assert number.is_sandbox
    assert number.national == typed
    assert reason_for(typed) is NumberError.INVALID_NUMBER


def test_a_real_number_is_no_sandbox_number() -> None:
    assert not parse_mobile_number("0381234567", allow_sandbox=True).is_sandbox


def test_a_number_shows_itself_only_masked() -> None:
    number = parse_mobile_number("0530000001", allow_sandbox=True)

    assert number.masked == "053 *** *001"
    assert repr(number) == str(number) == f"{number}" == "MobileNumber(053 *** *001)"
    assert "0530000001" not in repr([number])


def test_a_refusal_does_not_repeat_what_was_typed() -> None:
    with pytest.raises(InvalidMobileNumber) as caught:
        parse_mobile_number("0521234567")

    assert str(caught.value) == "invalid_number"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["0381234567", "+8438123456", "+843812345678", "+33381234567", "+84 381234567"])
def test_only_the_canonical_form_makes_a_value(text: str) -> None:
    with pytest.raises(ValueError, match="canonical") as caught:
        MobileNumber(text)
    assert text not in str(caught.value)


@given(st.text(max_size=80))
@example("0" * 64)
@example("+84" * 20)
@example("²³¹⁰" * 4)
def test_nothing_but_a_number_or_a_refusal_comes_out(text: str) -> None:
    try:
        number = parse_mobile_number(text, allow_sandbox=True)
    except InvalidMobileNumber:
        return
    assert parse_mobile_number(number.e164, allow_sandbox=True) == number


NUMBER_LIKE = st.text(alphabet="0123456789+٣８ -./;,x#()\u200e", min_size=6, max_size=24)
ANY_MOBILE = st.builds(
    "0{}{:07d}".format,
    st.sampled_from(["32", "38", "53", "56", "70", "77", "81", "84", "89", "90", "96"]),
    st.integers(0, 10**7 - 1),
)


@given(NUMBER_LIKE | ANY_MOBILE)
def test_the_canonical_form_is_its_own_canonical_form(text: str) -> None:
    try:
        number = parse_mobile_number(text, allow_sandbox=True)
    except InvalidMobileNumber:
        return
    for spelling in (number.e164, number.national, number.national[1:], "00" + number.e164[1:]):
        assert parse_mobile_number(spelling, allow_sandbox=True) == number
