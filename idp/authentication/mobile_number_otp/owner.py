"""Who holds a number: the subscriber its operator vouches for, or else only "whoever holds this number"."""

from dataclasses import dataclass, replace

from idp.authentication.attributes import today_of
from idp.authentication.contract import AuthenticationResult, SourceConfiguration, Visit
from idp.authentication.deadline import within_patience
from idp.authentication.register_client import RegisterClient
from idp.errors import DeceasedRefused
from idp.identity.pivot import PivotIdentity
from idp.protocol.levels import LevelOfAssurance

_UNPROOFED = LevelOfAssurance.LOW.name.lower()
# After half a year without use, whoever holds the number may be somebody else (domain rules, §1.4).
_FORGOTTEN_AFTER_SECONDS = 180 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class OwnNumber:
    """A `CodeOwner`. The number typed is the number the code goes to, so it may be shown."""

    configuration: SourceConfiguration
    register: RegisterClient | None = None
    shows_destination: bool = True

    async def phone_of(self, identifier: str, *, visit: Visit) -> str | None:
        return identifier

    async def vouch(self, identifier: str, *, visit: Visit) -> tuple[str | None, AuthenticationResult] | None:
        result = AuthenticationResult(
            source_id=self.configuration.id,
            source_subject=identifier,
            identity=PivotIdentity(name="", birthdate="", phone_number=identifier),
            amr=("otp", "sms"),
            level=self.configuration.assurance,
            identity_level=_UNPROOFED,
            authenticated_at=visit.now,
            forgotten_after=_FORGOTTEN_AFTER_SECONDS,
        )
        if self.register is None:
            return identifier, result
        with within_patience(self.configuration.id):
            record = await self.register.lookup("mobile_number", identifier, today=today_of(visit.now))
        if record is None:
            return identifier, result
        if record.deceased:
            raise DeceasedRefused(private_detail=f"{self.configuration.id}: the register says deceased")
        # Number and subscription: the next subscriber of a recycled number is somebody else.
        return identifier, replace(
            result,
            source_subject=f"{identifier} {record.subject}",
            identity=replace(record.identity, phone_number=identifier),
            identity_level=self.configuration.identity_level,
            forgotten_after=None,
            # Without a register's word the number was enough; from now on it leads to nobody who held it before.
            supersedes=(identifier,),
        )

    def is_failing(self) -> bool:
        return self.register is not None and self.register.is_failing()

    async def check(self) -> str:
        if self.register is None:
            return "No register is configured: every number is a person of its own."
        return await self.register.check()
