"""One challenge: a code on its way to a phone, and the one chance to bring it back.

Owns issue and proof of codes for every kind of source that uses them. An identifier nobody knows gets the same
challenge, the same writes and the same answers; only no code fits it. Knows no page and no register.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Final

from idp.authentication.address import NetworkKey
from idp.authentication.one_time_code_limits import CodeLimits, LimitReached, NoTriesLeft
from idp.notices.outbox_sms import sms_message
from idp.storage.database import Database, Insert, Write
from idp.storage.short_lived import get, put, take
from idp.storage.vault import Vault
from mobile_otp.codes import code_hash, code_matches, new_code, normalise_code
from mobile_otp.messages import Language, one_time_code

_KIND: Final = "one_time_code"
_KEY_PURPOSE: Final = "one-time code"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whose code it is: one identifier at one source, in one interaction of one browser."""

    source_id: str
    identifier_kind: str
    identifier: str = field(repr=False)
    interaction_id: str
    browser_hash: bytes = field(repr=False)
    address_keys: tuple[NetworkKey, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What the message is to say, and for how long its code lives."""

    brand: str
    service_name: str
    locale: str
    lifetime: int


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What the interaction keeps: it names the challenge and holds neither code nor phone."""

    id: str
    sent_at: int
    expires_at: int


class CodeExpired(Exception):
    """The code is too old, was used, or has no tries left: a new one is needed."""


class CodeMalformed(Exception):
    """Not six digits: nothing was compared and no try was spent."""


class CodeWrong(Exception):
    def __init__(self, tries_left: int) -> None:
        super().__init__("wrong one-time code")
        self.tries_left = tries_left


class OneTimeCodes:
    """Issues and proves. `phone` is None where there is nobody to send to; nothing outside this class can tell."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._limits = CodeLimits(database, vault)

    async def admit(self, holder: Holder, *, now: int) -> None:
        """Counts a request for a code before anybody is asked anything. Raises LimitReached."""
        await self._limits.check_not_exhausted(holder.identifier_kind, holder.identifier, now=now)
        await self._limits.count_request(
            holder.identifier_kind, holder.identifier, address_keys=holder.address_keys, now=now
        )

    async def issue(
        self, holder: Holder, letter: Letter, *, phone: str | None, replaces: str | None, now: int
    ) -> tuple[Challenge, tuple[Write, ...]]:
        """A challenge and what must be written with it: its row, the message, and the end of the one it replaces."""
        destination = phone or f"+8454{secrets.randbelow(10**7):07d}"
        try:
            await self._limits.count_destination(destination, now=now)
        except LimitReached:
            phone = None
        code = new_code()
        challenge = Challenge(id=secrets.token_urlsafe(16), sent_at=now, expires_at=now + letter.lifetime)
        expected = self._hash(code, challenge, holder) if phone else secrets.token_bytes(32)
        message = sms_message(
            self._vault,
            to=destination,
            text=_text(letter, code),
            decoy=phone is None,
            expires_at=challenge.expires_at,
            now=now,
        )
        writes: list[Write] = [self._row(challenge, expected), message]
        if replaces is not None:
            writes.append(take(_KIND, replaces, now=now))
        return challenge, tuple(writes)

    async def prove(self, typed: str, challenge: Challenge, holder: Holder, *, now: int) -> None:
        """Returns when the code is right, and then it is used up.

        The try is counted before the comparison; of any number of right answers at once, one returns.
        Raises CodeMalformed, CodeExpired, CodeWrong, LimitReached.
        """
        if normalise_code(typed) is None:
            raise CodeMalformed
        query = get(_KIND, challenge.id, now=now)
        row = await self._database.fetch_row(query.text, *query.args)
        if row is None or not isinstance(row["payload"], bytes):
            raise CodeExpired
        try:
            left = await self._limits.reserve_try(
                holder.identifier_kind,
                holder.identifier,
                challenge=challenge.id,
                code_seconds=max(1, challenge.expires_at - challenge.sent_at),
                now=now,
            )
        except NoTriesLeft as error:
            raise CodeExpired from error
        expected = bytes.fromhex(json.loads(row["payload"])["hash"])
        if not self._matches(typed, expected, challenge, holder):
            raise CodeWrong(left)
        refunds = self._limits.refunds(holder.identifier_kind, holder.identifier, now=now)
        if await self._database.commit(*refunds, gate=take(_KIND, challenge.id, now=now)) is None:
            raise CodeExpired

    def _row(self, challenge: Challenge, expected: bytes) -> Insert:
        payload = json.dumps({"hash": expected.hex()}).encode()
        return put(_KIND, challenge.id, payload=payload, expires_at=challenge.expires_at)

    def _hash(self, code: str, challenge: Challenge, holder: Holder) -> bytes:
        return code_hash(code, key=self._vault.derive(_KEY_PURPOSE), binding=_binding(challenge, holder))

    def _matches(self, typed: str, expected: bytes, challenge: Challenge, holder: Holder) -> bool:
        # Every master key, so that a rotation does not void the codes on their way.
        binding = _binding(challenge, holder)
        keys = self._vault.derive_all(_KEY_PURPOSE)
        found = [code_matches(typed, expected, key=key, binding=binding) for key in keys]
        return any(found)


def _binding(challenge: Challenge, holder: Holder) -> bytes:
    parts = [
        challenge.id,
        holder.interaction_id,
        holder.browser_hash.hex(),
        holder.source_id,
        holder.identifier_kind,
        holder.identifier,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def _text(letter: Letter, code: str) -> str:
    language = Language.EN if letter.locale == "en" else Language.VI
    minutes = letter.lifetime // 60
    return one_time_code(letter.brand, code, service=letter.service_name, minutes=minutes, language=language)
