"""What a service may write beside its request (CIBA Core 7.1): a short line that both screens show. Pure.

It is read on a page and in a text message, in the name of an authority; so it is plain words, and can hold neither an
address to follow nor a number to call.
"""

import re
import unicodedata
from typing import Final

from idp.backchannel_authentication.errors import InvalidBindingMessage
from mobile_otp.gsm7 import without_marks

LONGEST: Final = 30
# Words in letters that an old telephone can show without their marks, digits, and what joins them. No dot and no
# slash: no address.
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,:#-]+")
# The shortest telephone numbers of the country that somebody could be told to call have eight digits.
_MOST_DIGITS: Final = 8
_DIGIT: Final = re.compile(r"[0-9]")
# Five digits together are a short code to send a paid message to, or a hotline.
_RUN: Final = re.compile(r"[0-9]{5}")


def binding_message(text: str) -> str:
    """As it is shown. Raises InvalidBindingMessage."""
    shown = " ".join(unicodedata.normalize("NFC", text).split())
    if unicodedata.normalize("NFKC", shown) != shown:
        # Wide digits and the like: what is sent would not be what was looked at.
        raise InvalidBindingMessage("binding_message must be in its plain form (NFKC)")
    sent = without_marks(shown)
    if not sent or max(len(shown), len(sent)) > LONGEST:
        raise InvalidBindingMessage(f"binding_message must have 1 to {LONGEST} characters")
    if not _PLAIN.fullmatch(sent):
        raise InvalidBindingMessage("binding_message must be plain words and digits")
    if len(_DIGIT.findall(sent)) >= _MOST_DIGITS:
        raise InvalidBindingMessage(f"binding_message must have fewer than {_MOST_DIGITS} digits")
    if _RUN.search(sent):
        raise InvalidBindingMessage("binding_message must not have five digits together")
    return shown
