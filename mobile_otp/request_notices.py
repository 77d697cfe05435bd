"""The text that tells a person of a request that waits for their yes or no: who asks, what to compare, no link.

Same rules as every notice: one part, GSM 7-bit, no person's name, no identifier.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mobile_otp.gsm7 import segments, without_marks
from mobile_otp.messages import Language, plain_brand, plain_name

_ONE_PART: Final = 160
_UNNAMED: Final[Mapping[Language, str]] = MappingProxyType(
    {Language.VI: "Mot dich vu", Language.EN: "A service"},
)
_WAITING: Final[Mapping[Language, str]] = MappingProxyType(
    {
        Language.VI: "{brand}: {name} dang cho ban tra loi, ma doi chieu {number}{message}. Hay tu mo trang chu. "
        "Neu khong phai ban, goi {hotline}.",
        Language.EN: "{brand}: {name} waits for your answer, code to compare {number}{message}. Open our home page "
        "yourself. Not you? Call {hotline}.",
    }
)
_MESSAGE: Final[Mapping[Language, str]] = MappingProxyType(
    {Language.VI: ", loi nhan: {words}", Language.EN: ", message: {words}"}
)


def request_waiting(
    brand: str, hotline: str, *, service: str, message: str, number: str, language: Language = Language.VI
) -> str:
    """`message`: the service's own short words, checked by the caller; cut where they leave no room for its name.

    Raises ValueError for a brand nobody would register.
    """
    fixed = {"brand": plain_brand(brand), "hotline": hotline, "number": number}
    words = without_marks(message)
    template, said = _WAITING[language], _MESSAGE[language].format(words=words) if words else ""
    room = _ONE_PART - len(template.format(**fixed, name="", message=""))
    name = plain_name(service, longest=max(room - len(said), room // 3)) or _UNNAMED[language]
    said = said[: room - len(name)].rstrip(" ,:")
    text = template.format(**fixed, name=name, message=said)
    if segments(text).parts != 1:
        raise ValueError("the notice does not fit one part")
    return text
