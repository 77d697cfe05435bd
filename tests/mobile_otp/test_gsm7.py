import unicodedata

import pytest

from mobile_otp.gsm7 import SmsEncoding, segments, without_marks

GSM, UCS = SmsEncoding.GSM_7, SmsEncoding.UCS_2


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        pytest.param("", GSM, 1, id="empty"),
        pytest.param("a" * 160, GSM, 1, id="160 septets"),
        pytest.param("a" * 161, GSM, 2, id="161 septets"),
        pytest.param("a" * 306, GSM, 2, id="two full parts"),
        pytest.param("a" * 307, GSM, 3, id="one more"),
        pytest.param("€" * 80, GSM, 1, id="80 escapes"),
        pytest.param("€" * 81, GSM, 2, id="81 escapes"),
        pytest.param("a" * 152 + "€" + "a" * 152, GSM, 3, id="an escape is not torn apart"),
        pytest.param("àèéìòù@£", GSM, 1, id="marked letters GSM-7 has"),
        pytest.param("ç", UCS, 1, id="small c cedilla is not in GSM-7"),
        pytest.param("`", UCS, 1, id="nor is the back quote"),
        pytest.param("ệ" * 70, UCS, 1, id="70 units"),
        pytest.param("ệ" * 71, UCS, 2, id="71 units"),
        pytest.param("ệ" * 135, UCS, 3, id="67 a part"),
        pytest.param("😀" * 35, UCS, 1, id="35 pairs"),
        pytest.param("😀" * 67, UCS, 3, id="a pair is not torn apart"),
    ],
)
def test_parts_are_counted_as_a_network_does(text: str, encoding: SmsEncoding, parts: int) -> None:
    assert segments(text) == (encoding, parts)


def test_the_marked_template_fits_one_part_only_when_composed() -> None:
    text = "DNVN: 482915 là mã xác thực, hiệu lực 5 phút. Không cho ai biết mã."

    assert segments(text) == (UCS, 1)
    assert segments(unicodedata.normalize("NFD", text)) == (UCS, 2)


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("Tra cứu thuế", "Tra cuu thue"),
        ("Đặng Thị Đượm", "Dang Thi Duom"),
        (unicodedata.normalize("NFD", "Cổng dịch vụ công"), "Cong dich vu cong"),
        ("Ðăng ký", "Dang ky"),
        ("ĂÂÊÔƠƯ ăâêôơư", "AAEOOU aaeoou"),
        ("  hai \u00a0 từ\n", "hai tu"),
        ("ＦＵＬＬ", "FULL"),
    ],
)
def test_marks_are_taken_off(marked: str, plain: str) -> None:
    assert without_marks(marked) == plain


def test_every_vietnamese_letter_ends_as_an_ascii_letter() -> None:
    vowels = [base + tone for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in ("", *"\u0300\u0301\u0303\u0309\u0323")]

    assert without_marks("".join(vowels) + "đĐ").isascii()
