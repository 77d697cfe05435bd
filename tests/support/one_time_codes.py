"""Asks for a code as a source does, and reads it from the outbox."""

from idp.authentication.address import Network, NetworkKey
from idp.authentication.one_time_code import (
    Challenge,
    Holder,
    Letter,
    OneTimeCodes,
)
from idp.storage.database import Database
from tests.support.messages import messages_of
from tests.support.sources import NOW

PHONE = "+84530000002"


HOLDER = Holder(
    source_id="mobile",
    identifier_kind="mobile_number",
    identifier=PHONE,
    interaction_id="interaction-1",
    browser_hash=b"b" * 32,
    address_keys=(NetworkKey(Network.HOST, "192.0.2.1"),),
)


LETTER = Letter(brand="DNVN", service_name="Cổng dịch vụ công", locale="vi", lifetime=300)


async def send(
    codes: OneTimeCodes,
    database: Database,
    *,
    holder: Holder = HOLDER,
    phone: str | None = PHONE,
    now: int = NOW,
    replaces: str | None = None,
) -> tuple[Challenge, str]:
    """A challenge, and the code that went out for it."""
    await codes.admit(holder, now=now)
    challenge, writes = await codes.issue(holder, LETTER, phone=phone, replaces=replaces, now=now)
    before = {message["text"] for message in await messages_of(database)}
    await database.commit(*writes)
    new = [message for message in await messages_of(database) if message["text"] not in before]
    return challenge, str(new[0]["code"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"
