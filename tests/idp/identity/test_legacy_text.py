"""Names of old registers whose bytes were read as Latin-1."""

import pytest

from idp.identity.attributes.legacy_text import LegacyEncoding, detect_legacy, transcode_legacy


@pytest.mark.parametrize(
    ("bytes_as_latin1", "encoding", "name"),
    [
        ("NguyÔn V¨n Hïng", LegacyEncoding.TCVN3, "Nguyễn Văn Hùng"),
        ("TrÇn ThÞ ¸nh", LegacyEncoding.TCVN3, "Trần Thị Ánh"),
        ("§ç ThÞ Thóy", LegacyEncoding.TCVN3, "Đỗ Thị Thúy"),
        ("NGUYÔN V¡N HïNG", LegacyEncoding.TCVN3, "NGUYỄN VĂN HÙNG"),
        ("Nguyeãn Vaên Huøng", LegacyEncoding.VNI, "Nguyễn Văn Hùng"),
        ("PHAÏM THÒ HOÀNG", LegacyEncoding.VNI, "PHẠM THỊ HỒNG"),
        ("Ñaëng Thò Myõ", LegacyEncoding.VNI, "Đặng Thị Mỹ"),
        ("Leâ Thò Höông", LegacyEncoding.VNI, "Lê Thị Hương"),
        ("Tröông Vónh Kyù", LegacyEncoding.VNI, "Trương Vĩnh Ký"),
    ],
)
def test_a_misread_name_is_put_right(bytes_as_latin1: str, encoding: LegacyEncoding, name: str) -> None:
    assert detect_legacy(bytes_as_latin1) is encoding
    assert transcode_legacy(bytes_as_latin1) == name


@pytest.mark.parametrize(
    "name",
    ["Tô Lâm", "Lê Hà", "Võ Hùng", "NGUYỄN VĂN HÙNG", "Nguyen Van Hung", "José García", "Y Bhiăt Mlô", ""],
)
def test_a_name_that_is_proper_or_cannot_be_told_is_left_alone(name: str) -> None:
    assert detect_legacy(name) is None
    assert transcode_legacy(name) == name
