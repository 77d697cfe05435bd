"""One notice to every channel known before: the same event as an SMS and as a letter, in the reader's language.

Texts hold no link, no identifier and no person's name: a fraudster who reads one learns nothing, and one who
imitates it has no link to imitate. Knows nothing of why something happened.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.login_events import NoticeWritten
from idp.identity.channels import Channel, ChannelKind
from idp.notices.labels import readable_label
from idp.notices.outbox_email import email_message
from idp.notices.outbox_sms import sms_message
from idp.settings import Settings
from idp.storage.database import Insert
from idp.storage.vault import Vault
from idp.web.i18n import VIET_NAM, Locale, format_date, format_time, text
from mobile_otp.messages import Language
from mobile_otp.notices import NoticeKind, notice

__all__ = ["NoticeKind", "email_text", "notice_writes", "sms_text"]

_WORTH_SENDING_SECONDS: Final = 24 * 3600
# Somebody with more channels than this is told on the oldest ones.
_MOST_CHANNELS: Final = 8


def notice_writes(
    vault: Vault,
    channels: Iterable[Channel],
    kind: NoticeKind,
    *,
    settings: Settings,
    locale: str,
    at: float,
    name: str = "",
    person_id: str | None = None,
) -> list[Insert]:
    """The outbox rows of one notice and its audit entry, for the transaction that makes it true.

    `name`: of the source or the service. `person_id`: whom it is about. A channel that this installation cannot serve
    is skipped: nobody is required to have the other one. Where none is left, nothing is written.
    """
    language = Locale(locale)
    served = [channel for channel in channels if _is_served(channel, settings)][:_MOST_CHANNELS]
    if not served:
        return []
    by_sms = sum(channel.kind is ChannelKind.SMS for channel in served)
    event = NoticeWritten(person_id=person_id, kind=kind.value, sms=by_sms, emails=len(served) - by_sms)
    entry = audit_entry(event, now_ms=int(at * 1000))
    return [*(_message(vault, channel, kind, settings, language, at, name) for channel in served), entry]


def sms_text(kind: NoticeKind, *, settings: Settings, locale: Locale, at: float, name: str = "") -> str:
    """One part, without marks."""
    moment, language = datetime.fromtimestamp(at, VIET_NAM), Language(locale.value)
    return notice(kind, settings.sms_brand, settings.hotline, at=moment, name=name, language=language)


def email_text(kind: NoticeKind, *, settings: Settings, locale: Locale, at: float, name: str = "") -> tuple[str, str]:
    """Subject and body."""
    moment = datetime.fromtimestamp(at, VIET_NAM)
    label = readable_label(name) or text(locale, "mail.unnamed")
    happened = text(locale, f"mail.{kind.value}.body", ten=label, gio=format_time(moment), ngay=format_date(moment))
    provider = settings.provider_name_vi if locale is Locale.VI else settings.provider_name_en
    paragraphs = (
        text(locale, "mail.greeting"),
        happened,
        text(locale, "mail.advice", tong_dai=settings.hotline),
        text(locale, "mail.no_link"),
        f"{text(locale, 'mail.closing')}\n{provider}",
    )
    return text(locale, f"mail.{kind.value}.subject"), "\n\n".join(paragraphs) + "\n"


def _is_served(channel: Channel, settings: Settings) -> bool:
    if channel.kind is ChannelKind.SMS:
        return settings.sms_gateway_url is not None
    return settings.smtp_url is not None


def _message(
    vault: Vault, channel: Channel, kind: NoticeKind, settings: Settings, locale: Locale, at: float, name: str
) -> Insert:
    now = int(at)
    expires_at = now + _WORTH_SENDING_SECONDS
    if channel.kind is ChannelKind.SMS:
        said = sms_text(kind, settings=settings, locale=locale, at=at, name=name)
        return sms_message(vault, to=channel.address, text=said, decoy=False, expires_at=expires_at, now=now)
    subject, body = email_text(kind, settings=settings, locale=locale, at=at, name=name)
    return email_message(vault, to=channel.address, subject=subject, body=body, expires_at=expires_at, now=now)
