"""Whose phone is on file, and whether it may be believed."""

import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta

from idp.authentication.attributes import today_of
from idp.authentication.contract import AuthenticationResult, SourceConfiguration, Visit
from idp.authentication.deadline import within_patience
from idp.authentication.register_client import RegisterClient, RegisterRecord
from idp.authentication.registry_otp.options import RegistryOptions
from idp.errors import DeceasedRefused
from idp.identity.identifiers.kinds import IdentifierKind
from idp.identity.pivot import PivotIdentity

_PERSONAL_ID_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class PhoneOnFile:
    """A `CodeOwner`. `subscribers` is the operator's register, where one is configured."""

    configuration: SourceConfiguration
    options: RegistryOptions
    register: RegisterClient
    subscribers: RegisterClient | None = None
    shows_destination: bool = False

    async def phone_of(self, identifier: str, *, visit: Visit) -> str | None:
        with within_patience(self.configuration.id):
            record = await self._record(identifier, visit)
            return await self._believed_phone(record, visit)

    async def vouch(self, identifier: str, *, visit: Visit) -> tuple[str | None, AuthenticationResult] | None:
        with within_patience(self.configuration.id):
            record = await self._record(identifier, visit)
            phone = await self._believed_phone(record, visit)
        if record is None or phone is None:
            return None
        # Only now: before the code was proved, this would have told a stranger of a death.
        if record.deceased:
            raise DeceasedRefused(private_detail=f"{self.configuration.id}: the register says deceased")
        return phone, AuthenticationResult(
            source_id=self.configuration.id,
            source_subject=record.subject,
            # The code arrived there, so its owner can be told there; what a service may have is another question.
            identity=replace(self._with_number(record.identity, identifier), phone_on_file=phone),
            amr=("otp", "sms"),
            level=self.configuration.assurance,
            identity_level=self.configuration.identity_level,
            authenticated_at=visit.now,
        )

    def is_failing(self) -> bool:
        return self.register.is_failing() or (self.subscribers is not None and self.subscribers.is_failing())

    async def check(self) -> str:
        told = await self.register.check()
        if self.subscribers is None:
            return told
        return f"{told} Subscribers: {await self.subscribers.check()}"

    async def _record(self, identifier: str, visit: Visit) -> RegisterRecord | None:
        by_personal_id = self.options.accepts_personal_id and len(identifier) == _PERSONAL_ID_LENGTH
        kind = IdentifierKind.PERSONAL_ID.value if by_personal_id else self.options.identifier
        return await self.register.lookup(kind, identifier, today=today_of(visit.now))

    def _with_number(self, identity: PivotIdentity, identifier: str) -> PivotIdentity:
        """The number typed is the register's own word by now: it was found there, and its phone was proved."""
        if len(identifier) == _PERSONAL_ID_LENGTH:
            return identity
        return replace(identity, social_insurance_number=identifier)

    async def _believed_phone(self, record: RegisterRecord | None, visit: Visit) -> str | None:
        """The phone on file if it is old enough and did not change hands since; else None, after as much work."""
        today = today_of(visit.now)
        phone = record.phone if record is not None and is_old_enough(record, self.options, today=today) else None
        if self.subscribers is None:
            return phone
        # Nobody's number is asked about too, or the time of the answer would tell known from unknown.
        asked = phone or f"+8454{secrets.randbelow(10**7):07d}"
        subscriber = await self.subscribers.lookup("mobile_number", asked, today=today)
        if phone is None or record is None or not is_same_holder(record, subscriber):
            return None
        return phone


def is_old_enough(record: RegisterRecord, options: RegistryOptions, *, today: date) -> bool:
    """Whether the phone is on file for as long as is asked; a phone without a date is taken for a new one."""
    if options.minimum_number_age_days == 0:
        return True
    if record.phone_since is None:
        return False
    return record.phone_since <= today - timedelta(days=options.minimum_number_age_days)


def is_same_holder(record: RegisterRecord, subscriber: RegisterRecord | None) -> bool:
    """Whether the subscription is at least as old as the entry on file.

    A number nobody subscribes to, or since nobody knows when, may be in anybody's hands tomorrow.
    """
    if subscriber is None or subscriber.active_since is None or record.phone_since is None:
        return False
    return subscriber.active_since <= record.phone_since
