"""The back channel with the upstream provider: code → tokens → verified ID token → claims of the same person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from idp.authentication.contract import SourceLied, SourceUnavailable
from idp.authentication.upstream_oidc.options import UpstreamOptions
from idp.authentication.upstream_oidc.publication import Publication
from idp.web.guarded_http import Answer, AnswerUnusable, GuardedHttp, OutgoingRequestFailed, client_secret_basic
from relying_party_sdk.claims import optional_text
from relying_party_sdk.errors import TokenInvalid
from relying_party_sdk.id_token import IdTokenClaims, UnknownKey, validate_id_token
from relying_party_sdk.userinfo import PROTOCOL_CLAIMS, UnknownUserInfoKey, validate_userinfo

_LEEWAY_SECONDS = 10
_LONGEST_TOKEN = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class UpstreamClient:
    """Our credentials at one provider and the way to it."""

    http: GuardedHttp
    source_id: str
    options: UpstreamOptions
    client_secret: str = field(repr=False)
    redirect_uri: str
    publication: Publication

    async def redeem(self, code: str, *, code_verifier: str) -> tuple[str, str]:
        """`(unverified ID token, access token)` for a code. Raises SourceUnavailable, SourceLied."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": code_verifier,
        }
        endpoint = (await self.publication.metadata()).token_endpoint
        headers = {
            "authorization": client_secret_basic(self.options.client_id, self.client_secret),
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        answer = await self._request("POST", endpoint, headers, urlencode(form).encode())
        if answer.status in (400, 401):
            raise self._refused(answer)
        document = self._json_of(answer)
        unverified_id_token = document.get("id_token")
        access_token = document.get("access_token")
        if str(document.get("token_type")).lower() != "bearer":
            raise SourceLied(self.source_id, "token_type_wrong")
        if not isinstance(unverified_id_token, str):
            raise SourceLied(self.source_id, "id_token_missing")
        if (
            not isinstance(access_token, str)
            or not 0 < len(access_token) <= _LONGEST_TOKEN
            or not access_token.isascii()
        ):
            raise SourceLied(self.source_id, "access_token_missing")
        return unverified_id_token, access_token

    async def verify(self, unverified_id_token: str, *, nonce: str, access_token: str, now: int) -> IdTokenClaims:
        """Every rule of Core §3.1.3.7, with keys fetched once more when the token names a new one."""
        try:
            try:
                return await self._validated(unverified_id_token, nonce, access_token, now, newer_keys=False)
            except UnknownKey:
                return await self._validated(unverified_id_token, nonce, access_token, now, newer_keys=True)
        except TokenInvalid as error:
            raise SourceLied(self.source_id, f"id_token_{error.rule}") from error

    async def claims(self, id_token: IdTokenClaims, access_token: str) -> Mapping[str, object]:
        """Claims of ID token and UserInfo, those of the protocol left out; UserInfo's `sub` is the ID token's."""
        claims = {name: value for name, value in id_token.claims.items() if name not in PROTOCOL_CLAIMS}
        endpoint = (await self.publication.metadata()).userinfo_endpoint
        if endpoint is None:
            return claims
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json, application/jwt"}
        answer = await self._request("GET", endpoint, headers)
        if answer.status != 200:
            raise SourceUnavailable(self.source_id, f"userinfo_status_{answer.status}")
        try:
            try:
                told = await self._userinfo(answer, id_token.subject, newer_keys=False)
            except UnknownUserInfoKey:
                told = await self._userinfo(answer, id_token.subject, newer_keys=True)
        except TokenInvalid as error:
            raise SourceLied(self.source_id, f"userinfo_{error.rule}") from error
        return {**claims, **told}

    async def _validated(self, raw: str, nonce: str, access_token: str, now: int, *, newer_keys: bool) -> IdTokenClaims:
        return validate_id_token(
            raw,
            keys=await self.publication.keys(newer=newer_keys),
            issuer=self.options.issuer,
            client_id=self.options.client_id,
            algorithms=(self.options.id_token_signed_response_alg,),
            nonce=nonce,
            now=now,
            leeway=_LEEWAY_SECONDS,
            access_token=access_token,
        )

    async def _userinfo(self, answer: Answer, subject: str, *, newer_keys: bool) -> Mapping[str, object]:
        algorithm = self.options.userinfo_signed_response_alg
        return validate_userinfo(
            answer.body,
            content_type=answer.headers.get("content-type", ""),
            subject=subject,
            issuer=self.options.issuer,
            client_id=self.options.client_id,
            keys=await self.publication.keys(newer=newer_keys) if algorithm else (),
            algorithm=algorithm,
        )

    async def _request(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        try:
            return await self.http.request(method, url, headers=headers, content=content)
        except AnswerUnusable as error:
            raise SourceLied(self.source_id, f"answer_{error.reason}") from error
        except OutgoingRequestFailed as error:
            raise SourceUnavailable(self.source_id, error.reason) from error

    def _json_of(self, answer: Answer) -> Mapping[str, object]:
        if answer.status != 200:
            raise SourceUnavailable(self.source_id, f"token_status_{answer.status}")
        try:
            document = answer.json()
        except AnswerUnusable as error:
            raise SourceLied(self.source_id, "token_answer_not_json") from error
        if not isinstance(document, dict):
            raise SourceLied(self.source_id, "token_answer_not_json")
        return document

    def _refused(self, answer: Answer) -> SourceLied | SourceUnavailable:
        """A refused code is this login's fault or the source's; refused credentials are ours."""
        try:
            document = answer.json()
        except AnswerUnusable:
            document = None
        error = optional_text(document, "error") if isinstance(document, dict) else None
        if error == "invalid_grant":
            return SourceLied(self.source_id, "code_refused")
        return SourceUnavailable(self.source_id, "credentials_refused" if answer.status == 401 else "token_refused")
