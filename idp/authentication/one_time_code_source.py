"""A source whose proof is a code sent to a phone: the identifier page, the code page, and what leads from one
to the other. What the kinds differ in (whose phone it is, who vouches for the person) is behind `CodeOwner`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from idp.audit.events import OneTimeCodeRefused, OneTimeCodeSent, SourceFailed
from idp.authentication.asked import Asked
from idp.authentication.attributes import today_of
from idp.authentication.contract import (
    Authenticated,
    AuthenticationResult,
    Outcome,
    Show,
    SourceConfiguration,
    SourceLied,
    SourceUnavailable,
    Visit,
)
from idp.authentication.one_time_code import (
    CodeExpired,
    CodeMalformed,
    CodeWrong,
    Holder,
    Letter,
    OneTimeCodes,
)
from idp.authentication.one_time_code_limits import RESEND_SECONDS, CrowdLimitReached, LimitReached
from idp.errors import NumberDisabled
from idp.identity.identifiers.kinds import Identifier, IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.parsing import parse_identifier
from idp.protocol.factors import FactorCategory
from idp.settings import Settings
from idp.storage.vault import Vault

_IDENTIFIER_PAGE: Final = "authentication/identifier"
_CODE_PAGE: Final = "authentication/one_time_code"
_DOWN_PAGE: Final = "authentication/source_unavailable"
# For as long as a code may live: whoever has the browser then could have typed it.
_PROOF_SECONDS: Final = 300


class CodeOwner(Protocol):
    """What one kind knows of the person behind an identifier."""

    @property
    def shows_destination(self) -> bool:
        """Whether the citizen typed the number that the code goes to; a number on file is never shown."""

    async def phone_of(self, identifier: str, *, visit: Visit) -> str | None:
        """Where the code goes; None for nobody, which must take as long. Raises SourceUnavailable, SourceLied."""

    async def vouch(self, identifier: str, *, visit: Visit) -> tuple[str | None, AuthenticationResult] | None:
        """After the right code: the phone on file now, and the person. None where there is nobody any more."""

    def is_failing(self) -> bool: ...

    async def check(self) -> str: ...


class OneTimeCodeSource:
    """An `IdentitySource`."""

    category = FactorCategory.POSSESSION

    def __init__(
        self,
        configuration: SourceConfiguration,
        owner: CodeOwner,
        *,
        kind: IdentifierKind,
        codes: OneTimeCodes,
        vault: Vault,
        settings: Settings,
    ) -> None:
        self.configuration = configuration
        self._owner = owner
        self._kind = kind
        self._codes = codes
        self._vault = vault
        self._settings = settings

    async def begin(self, visit: Visit) -> Outcome:
        if self._settings.sms_gateway_url is None:
            raise SourceUnavailable(self.configuration.id, "no_sms_gateway")
        asked = Asked.from_state(visit.state)
        if asked is None:
            return self._identifier_page(visit, value=self._hinted(visit))
        if asked.proved_until > visit.now:
            return await self._vouched(visit, asked)
        return self._code_page(visit, asked)

    async def submit(self, visit: Visit, form: Mapping[str, str]) -> Outcome:
        asked = Asked.from_state(visit.state)
        if "identifier" in form:
            return await self._identified(visit, form["identifier"], asked)
        if asked is not None and "resend" in form:
            return await self._send(visit, asked.identifier, asked)
        if asked is not None and "code" in form and asked.proved_until <= visit.now:
            return await self._prove(visit, form["code"], asked)
        return await self.begin(visit)

    async def complete(self, visit: Visit, parameters: Mapping[str, str]) -> Outcome:
        raise SourceLied(self.configuration.id, "answer_nobody_asked_for")

    def is_failing(self) -> bool:
        return self._settings.sms_gateway_url is None or self._owner.is_failing()

    def leads_to(self) -> tuple[str, ...]:
        return ()

    async def check(self) -> str:
        if self._settings.sms_gateway_url is None:
            raise SourceUnavailable(self.configuration.id, "no_sms_gateway")
        return await self._owner.check()

    async def _identified(self, visit: Visit, typed: str, asked: Asked | None) -> Outcome:
        try:
            identifier = self._parsed(typed, visit.now)
        except InvalidIdentifier as error:
            reason = "empty" if error.reason == "missing" else error.reason
            return self._identifier_page(visit, error=reason, value=typed[:64], status=400)
        return await self._send(visit, identifier.canonical, asked, from_identifier_page=True)

    async def _send(
        self, visit: Visit, identifier: str, asked: Asked | None, *, from_identifier_page: bool = False
    ) -> Outcome:
        holder = self._holder(visit, identifier)
        letter = Letter(
            brand=self._settings.sms_brand,
            service_name=visit.service_name,
            locale=visit.locale,
            lifetime=self._settings.one_time_code_lifetime,
        )
        try:
            await self._codes.admit(holder, now=visit.now)
            phone = await self._owner.phone_of(identifier, visit=visit)
            challenge, writes = await self._codes.issue(
                holder, letter, phone=phone, replaces=asked.challenge.id if asked else None, now=visit.now
            )
        except LimitReached as error:
            return self._send_refused(visit, error, None if from_identifier_page else asked)
        now_asked = Asked(identifier=identifier, challenge=challenge, sent_to=self._index(phone))
        page = self._code_page(visit, now_asked)
        event = OneTimeCodeSent(
            source_id=self.configuration.id, client_id=visit.client_id, interaction_id=visit.interaction_id
        )
        return Show(
            template=page.template, context=page.context, state=now_asked.to_state(), writes=writes, event=event
        )

    def _send_refused(self, visit: Visit, limit: LimitReached, asked: Asked | None) -> Outcome:
        if limit.seconds is None:
            raise NumberDisabled
        if isinstance(limit, CrowdLimitReached):
            event = self._refused(visit, "busy")
            if asked is None:
                return self._identifier_page(visit, error="busy", status=429, event=event)
            return self._code_page(visit, asked, error="busy", status=429, event=event)
        event = self._refused(visit, "send_limit")
        if asked is None:
            return self._identifier_page(visit, error="limit", minutes=limit.minutes, status=429, event=event)
        return self._code_page(visit, asked, error="sendlimit", wait_minutes=limit.minutes, status=429, event=event)

    async def _prove(self, visit: Visit, typed: str, asked: Asked) -> Outcome:
        try:
            await self._codes.prove(typed, asked.challenge, self._holder(visit, asked.identifier), now=visit.now)
        except CodeMalformed:
            return self._code_page(visit, asked, error="format", status=400)
        except CodeExpired:
            event = self._refused(visit, "expired")
            return self._code_page(visit, asked, error="expired", status=400, event=event)
        except CodeWrong as error:
            event = self._refused(visit, "wrong")
            return self._code_page(visit, asked, error="wrong", tries_left=error.tries_left, status=400, event=event)
        except LimitReached as error:
            if error.seconds is None:
                raise NumberDisabled from error
            event = self._refused(visit, "try_limit")
            return self._code_page(visit, asked, error="limit", wait_minutes=error.minutes, status=429, event=event)
        return await self._vouched(visit, replace(asked, proved_until=visit.now + _PROOF_SECONDS))

    async def _vouched(self, visit: Visit, asked: Asked) -> Outcome:
        """Who proved the code. While the register does not answer the proof is kept: trying again needs no new code."""
        try:
            vouched = await self._owner.vouch(asked.identifier, visit=visit)
        except SourceUnavailable as error:
            event = SourceFailed(
                source_id=self.configuration.id,
                client_id=visit.client_id,
                interaction_id=visit.interaction_id,
                reason=error.reason,
            )
            return Show(template=_DOWN_PAGE, context={}, state=asked.to_state(), status=503, event=event)
        if vouched is None:
            raise SourceLied(self.configuration.id, "record_vanished")
        phone, result = vouched
        # The register may have another phone on file by now: the code then proved the wrong one.
        if asked.sent_to not in self._indexes(phone):
            raise SourceLied(self.configuration.id, "phone_changed")
        return Authenticated(result=result)

    def _identifier_page(self, visit: Visit, *, status: int = 200, event: Any = None, **context: Any) -> Show:
        found = {"kind": self._kind.value, "error": None, "value": "", "minutes": 0, **context}
        return Show(template=_IDENTIFIER_PAGE, context=found, state=visit.state, status=status, event=event)

    def _code_page(self, visit: Visit, asked: Asked, *, status: int = 200, event: Any = None, **context: Any) -> Show:
        shown = ""
        if self._owner.shows_destination:
            shown = self._parsed(asked.identifier, visit.now).masked
        found = {
            "masked_destination": shown,
            "minutes": self._settings.one_time_code_lifetime // 60,
            "resend_wait_seconds": max(0, asked.challenge.sent_at + RESEND_SECONDS - visit.now),
            "error": None,
            "tries_left": None,
            **context,
        }
        return Show(template=_CODE_PAGE, context=found, state=asked.to_state(), status=status, event=event)

    def _parsed(self, typed: str, now: int) -> Identifier:
        return parse_identifier(self._kind, typed, today=today_of(now), allow_sandbox=self._settings.is_sandbox)

    def _hinted(self, visit: Visit) -> str:
        """The service's hint (Core §3.1.2.1), where it is an identifier of this very kind."""
        hint = visit.login_hint or ""
        try:
            self._parsed(hint, visit.now)
        except InvalidIdentifier:
            return ""
        return hint

    def _holder(self, visit: Visit, identifier: str) -> Holder:
        return Holder(
            source_id=self.configuration.id,
            identifier_kind=self._kind.value,
            identifier=identifier,
            interaction_id=visit.interaction_id,
            browser_hash=visit.browser_hash,
            address_keys=visit.address_keys,
        )

    def _index(self, phone: str | None) -> str:
        """Of a phone, to compare by; of nobody's phone, something that nothing equals."""
        return self._indexes(phone)[0] if phone else secrets.token_hex(32)

    def _indexes(self, phone: str | None) -> tuple[str, ...]:
        """Under every master key: a rotation does not void the codes on their way."""
        return tuple(index.hex() for index in self._vault.blind_indexes("code_sent_to", phone)) if phone else ()

    def _refused(self, visit: Visit, reason: str) -> OneTimeCodeRefused:
        return OneTimeCodeRefused(
            source_id=self.configuration.id,
            client_id=visit.client_id,
            interaction_id=visit.interaction_id,
            reason=reason,
        )
