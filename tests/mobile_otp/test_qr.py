import re
from xml.etree.ElementTree import fromstring

import pytest
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from mobile_otp.qr import qr_svg

URI = "otpauth://totp/MotCua:Minh?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=MotCua&digits=6&period=30"
SVG = "{http://www.w3.org/2000/svg}"


def modules_of(svg: str) -> set[tuple[int, int]]:
    """The dark modules, read back from the strokes."""
    path = fromstring(svg).find(f"{SVG}path")
    assert path is not None
    runs = re.findall(r"M(\d+) (\d+)\.5h(\d+)", path.attrib["d"])
    return {(int(x) + step, int(y)) for x, y, length in runs for step in range(int(length))}


def test_the_picture_holds_exactly_the_modules_of_the_code() -> None:
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(URI)
    matrix = code.get_matrix()

    dark = modules_of(qr_svg(URI, title="QR"))

    assert dark == {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}


def test_there_is_a_quiet_zone_of_four_modules() -> None:
    svg = qr_svg(URI, title="QR")
    size = int(fromstring(svg).attrib["viewBox"].split()[2])

    assert all(4 <= x < size - 4 and 4 <= y < size - 4 for x, y in modules_of(svg))


def test_a_strict_content_security_policy_has_nothing_to_block() -> None:
    svg = qr_svg(URI, title="QR")

    assert not re.search(r"style|script|href|url\(|\bon\w+=|\bid=|<\?|<!", svg)
    assert len(svg) < 9000


def test_a_screen_reader_gets_the_title_and_markup_in_it_stays_text() -> None:
    svg = qr_svg(URI, title='Mã QR <b onload="x">')

    root = fromstring(svg)
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == 'Mã QR <b onload="x">'


def test_a_text_too_long_to_scan_is_refused() -> None:
    with pytest.raises(ValueError, match="1024"):
        qr_svg("a" * 1025, title="QR")
