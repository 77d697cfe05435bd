"""What both services say about a login: the words for levels and for claims, in both languages."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

LEVELS = {
    "eidas1": {"vi": "thấp", "en": "low"},
    "eidas2": {"vi": "đáng kể", "en": "substantial"},
    "eidas3": {"vi": "cao", "en": "high"},
}
# The claim says it in a word, `acr` in a code.
IDENTITY_LEVELS = {words["en"]: words for words in LEVELS.values()}
CLAIMS = {
    "name": {"vi": "Họ, chữ đệm và tên", "en": "Full name"},
    "family_name": {"vi": "Họ", "en": "Family name"},
    "middle_name": {"vi": "Chữ đệm", "en": "Middle name"},
    "given_name": {"vi": "Tên", "en": "Given name"},
    "gender": {"vi": "Giới tính", "en": "Sex"},
    "birthdate": {"vi": "Ngày sinh", "en": "Date of birth"},
    "birthplace": {"vi": "Nơi đăng ký khai sinh", "en": "Place of birth registration"},
    "identity_level": {"vi": "Mức kiểm định danh tính", "en": "Level of identity proofing"},
    "phone_number": {"vi": "Số điện thoại di động", "en": "Mobile number"},
    "phone_number_verified": {"vi": "Số điện thoại đã được xác thực", "en": "Mobile number verified"},
    "email": {"vi": "Thư điện tử", "en": "E-mail"},
    "updated_at": {"vi": "Cập nhật ngày", "en": "Updated on"},
}
VIET_NAM = timezone(timedelta(hours=7))
VALUES = {
    "male": {"vi": "nam", "en": "male"},
    "female": {"vi": "nữ", "en": "female"},
    "True": {"vi": "có", "en": "yes"},
    "False": {"vi": "không", "en": "no"},
}


def level_words(acr: str, language: str) -> str:
    return LEVELS.get(acr, {}).get(language, acr)


def claim_rows(claims: Mapping[str, object], language: str) -> list[tuple[str, str, str]]:
    """`(claim, label, value)` of every claim received but `sub`, those we have words for first."""
    known = [name for name in CLAIMS if name in claims]
    others = sorted(name for name in claims if name not in CLAIMS and name != "sub")
    rows = []
    for name in (*known, *others):
        value = str(claims[name])
        label = CLAIMS.get(name, {}).get(language, name)
        rows.append((name, label, VALUES.get(value, {}).get(language, _shown(name, value, language))))
    return rows


def _shown(name: str, value: str, language: str) -> str:
    if name == "birthdate":
        return "/".join(reversed(value.split("-")))
    if name == "updated_at" and value.isdigit():
        return datetime.fromtimestamp(int(value), VIET_NAM).strftime("%d/%m/%Y")
    if name == "identity_level":
        return IDENTITY_LEVELS.get(value, {}).get(language, value)
    return value
