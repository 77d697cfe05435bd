"""The source itself: to the provider with state, nonce and PKCE; back with a person it vouches for."""

from collections.abc import Callable, Mapping
from typing import Final

from idp.authentication.attributes import AttributeRefused, Reading, read_identity, today_of
from idp.authentication.contract import (
    Authenticated,
    AuthenticationResult,
    Declined,
    Outcome,
    Redirect,
    SourceConfiguration,
    SourceLied,
    SourceUnavailable,
    Visit,
)
from idp.authentication.deadline import within_patience
from idp.authentication.upstream_oidc.exchange import UpstreamClient
from idp.authentication.upstream_states import keep_state
from idp.protocol.levels import LevelOfAssurance, level_of
from idp.web.guarded_http import OutgoingRequestFailed
from relying_party_sdk.authorization import (
    authorization_parameters,
    authorization_url,
    check_callback,
    random_value,
    single_parameters,
)
from relying_party_sdk.claims import MAX_SUBJECT_LENGTH
from relying_party_sdk.errors import AccessDenied, InteractionRequired, LoginError, LoginStateInvalid, WrongIssuer
from relying_party_sdk.id_token import IdTokenClaims
from relying_party_sdk.levels import LevelOfAssurance as AskedLevel

# RFC 8176 §2, those that a person's login can hold.
_KNOWN_AMR: Final = frozenset(
    {"face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "retina", "sc", "sms"}
    | {"swk", "tel", "user", "vbm", "wia"}
)
_CLOCK_LEEWAY_SECONDS: Final = 60


class UpstreamOidcSource:
    """An `IdentitySource`. Its redirect URI is its own: no answer can be taken for another's (RFC 9700 §4.4)."""

    category = None

    def __init__(
        self,
        configuration: SourceConfiguration,
        client: UpstreamClient,
        *,
        allow_sandbox: bool,
        random: Callable[[], str] = random_value,
    ) -> None:
        self.configuration = configuration
        self._client = client
        self._allow_sandbox = allow_sandbox
        self._random = random

    async def begin(self, visit: Visit) -> Outcome:
        with within_patience(self.configuration.id):
            metadata = await self._client.publication.metadata()
        state, nonce, code_verifier = self._random(), self._random(), self._random()
        # `prompt=login`: single sign-on is ours to give; a session at the source does not say who sits there now.
        parameters = authorization_parameters(
            client_id=self._client.options.client_id,
            redirect_uri=self._client.redirect_uri,
            scopes=self._client.options.scope.split(),
            state=state,
            nonce=nonce,
            code_verifier=code_verifier,
            level=AskedLevel(visit.minimum_level.acr),
            ui_locale=visit.locale,
            prompt="login",
        )
        kept = {"state": state, "nonce": nonce, "code_verifier": code_verifier, "began_at": visit.now}
        return Redirect(
            url=authorization_url(metadata.authorization_endpoint, parameters),
            state=kept,
            writes=(
                keep_state(state, source_id=self.configuration.id, interaction_id=visit.interaction_id, now=visit.now),
            ),
        )

    async def submit(self, visit: Visit, form: Mapping[str, str]) -> Outcome:
        """This source has no form of ours: whoever posts one is sent to the provider again."""
        return await self.begin(visit)

    async def complete(self, visit: Visit, parameters: Mapping[str, str]) -> Outcome:
        with within_patience(self.configuration.id):
            return await self._completed(visit, parameters)

    async def _completed(self, visit: Visit, parameters: Mapping[str, str]) -> Outcome:
        kept = self._kept(visit)
        metadata = await self._client.publication.metadata()
        try:
            code = check_callback(
                single_parameters(parameters),
                state=kept["state"],
                issuer=metadata.issuer,
                answers_with_issuer=metadata.answers_with_issuer,
            )
        except (AccessDenied, InteractionRequired):
            return Declined(reason="declined_at_source")
        except (LoginStateInvalid, WrongIssuer) as error:
            raise SourceLied(self.configuration.id, error.code) from error
        except LoginError as error:
            raise SourceUnavailable(self.configuration.id, error.code) from error
        unverified_id_token, access_token = await self._client.redeem(code, code_verifier=kept["code_verifier"])
        id_token = await self._client.verify(
            unverified_id_token, nonce=kept["nonce"], access_token=access_token, now=visit.now
        )
        claims = await self._client.claims(id_token, access_token)
        return Authenticated(result=self._result(visit, id_token, claims))

    def is_failing(self) -> bool:
        return self._client.http.is_failing(self._client.options.issuer)

    def leads_to(self) -> tuple[str, ...]:
        known = self._client.publication.known_metadata
        endpoint = known.authorization_endpoint if known else self._client.options.authorization_origin
        return tuple(address for address in (self._client.options.issuer, endpoint) if address)

    async def check(self) -> str:
        metadata = await self._client.publication.metadata()
        keys = await self._client.publication.keys(newer=True)
        if not keys:
            raise SourceUnavailable(self.configuration.id, "no_usable_keys")
        if self._client.options.health_url:
            try:
                await self._client.http.get_json(self._client.options.health_url)
            except OutgoingRequestFailed as error:
                raise SourceUnavailable(self.configuration.id, error.reason) from error
        return f"{metadata.issuer} answers; it publishes {len(keys)} usable signing keys."

    def _kept(self, visit: Visit) -> Mapping[str, str]:
        kept = {name: visit.state.get(name) for name in ("state", "nonce", "code_verifier")}
        if not all(isinstance(value, str) and value for value in kept.values()):
            raise SourceLied(self.configuration.id, "answer_nobody_asked_for")
        return {name: str(value) for name, value in kept.items()}

    def _result(self, visit: Visit, id_token: IdTokenClaims, claims: Mapping[str, object]) -> AuthenticationResult:
        options = self._client.options
        reading = Reading(
            today_of(visit.now),
            trusts_personal_id=options.trusts_personal_id,
            trusts_tax_code=options.trusts_tax_code,
            allow_sandbox=self._allow_sandbox,
        )
        try:
            identity = read_identity(claims, reading)
        except AttributeRefused as error:
            raise SourceLied(self.configuration.id, error.reason) from error
        return AuthenticationResult(
            source_id=self.configuration.id,
            source_subject=self._subject(id_token),
            identity=identity,
            amr=tuple(method for method in id_token.amr if method in _KNOWN_AMR),
            level=self._level(id_token.acr),
            identity_level=self.configuration.identity_level,
            authenticated_at=self._authenticated_at(visit, id_token),
        )

    def _subject(self, id_token: IdTokenClaims) -> str:
        """Taken from the signed ID token alone, held to the shape of `sub` whichever claim is configured."""
        subject = id_token.claims.get(self._client.options.subject_claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
            raise SourceLied(self.configuration.id, "subject_wrong")
        if not all("!" <= letter <= "~" for letter in subject):
            raise SourceLied(self.configuration.id, "subject_wrong")
        return subject

    def _level(self, acr: str | None) -> LevelOfAssurance:
        """What the source is configured for, or less where it says less; it cannot lift itself."""
        if acr is None:
            return self.configuration.assurance
        # A level we do not know may be any: the citizen is believed as little as can be.
        told = level_of(acr) or LevelOfAssurance.LOW
        return min(told, self.configuration.assurance)

    def _authenticated_at(self, visit: Visit, id_token: IdTokenClaims) -> int:
        """The source's word, never later than now. Without it, the moment we sent the citizen there: not later than
        the truth, because `prompt=login` asked for a fresh login. Raises SourceLied where it was not obeyed."""
        told, began_at = id_token.authenticated_at, visit.state.get("began_at")
        if not isinstance(began_at, int):
            raise SourceLied(self.configuration.id, "answer_nobody_asked_for")
        if told is None:
            return began_at
        # Core §3.1.2.1: the provider has to ask for the login anew. An older one is somebody's open session.
        if told < began_at - _CLOCK_LEEWAY_SECONDS:
            raise SourceLied(self.configuration.id, "not_fresh")
        return min(told, visit.now)
