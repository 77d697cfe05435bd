"""Everything that can go wrong in a login, one class per outcome.

A class owns its stable `code`, what the citizen reads (Vietnamese, English), what the developer mends,
and its place in the documentation. The private `detail` of an instance never holds personal data.
"""

from __future__ import annotations

from typing import ClassVar

DOCUMENTATION = "docs/sdk.md"


class LoginError(Exception):
    """A login, logout or set-up that did not succeed."""

    code: ClassVar[str] = "login_failed"
    status: ClassVar[int] = 400
    message_vi: ClassVar[str] = "Đăng nhập chưa thành công. Vui lòng thử lại."
    message_en: ClassVar[str] = "You are not logged in. Please try again."
    mend: ClassVar[str] = "Start the login again; if it happens every time, read the detail in the log."

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(detail)

    @property
    def documentation(self) -> str:
        """Where the error is explained, one heading per code."""
        return f"{DOCUMENTATION}#{self.code}"

    def __str__(self) -> str:
        what = f"{self.code}: {self.detail}. " if self.detail else f"{self.code}: "
        return f"{what}{self.mend} (see {self.documentation})"


class ConfigurationError(LoginError):
    """The service's own settings cannot work."""

    code = "configuration"
    status = 500
    message_vi = "Dịch vụ chưa được cấu hình đúng. Vui lòng quay lại sau."
    message_en = "This service is not set up correctly. Please come back later."
    mend = "Correct the named setting and start the service again."


class ReturnToRefused(LoginError):
    """The page to come back to is not a path of this service."""

    code = "return_to_refused"
    message_vi = "Địa chỉ quay lại không hợp lệ."
    message_en = "The page to return to is not valid."
    mend = "return_to must be a path of your own service, such as /ho-so?trang=2: one leading slash, no host."


class ProviderUnavailable(LoginError):
    """The provider did not answer, answered too slowly or with a server error."""

    code = "provider_unavailable"
    status = 503
    message_vi = "Hệ thống định danh đang bận hoặc tạm ngừng. Vui lòng thử lại sau ít phút."
    message_en = "The identity system is busy or down. Please try again in a few minutes."
    mend = "Check that this machine reaches the issuer over HTTPS, then look at the provider's status page."


class ProviderMetadataInvalid(LoginError):
    """What the provider publishes about itself cannot be trusted or used."""

    code = "provider_metadata"
    status = 502
    message_vi = "Hệ thống định danh trả lời không hợp lệ. Vui lòng thử lại sau."
    message_en = "The identity system gave an answer we cannot use. Please try again later."
    mend = "Compare the configured issuer, byte for byte, with `issuer` in /.well-known/openid-configuration."


class CallbackMalformed(LoginError):
    """The callback's parameters are missing, doubled or oversized."""

    code = "callback_malformed"
    mend = "Pass the callback's query string unchanged; the path must be reached only through the provider."


class LoginStateMissing(LoginError):
    """This browser holds no login that fits the callback."""

    code = "login_state_missing"
    message_vi = "Lần đăng nhập này đã kết thúc, hoặc được bắt đầu ở trình duyệt khác. Vui lòng đăng nhập lại từ đầu."
    message_en = "This login is already finished, or began in another browser. Please log in from the start."
    mend = "Set the login cookie on the answer that redirects to the provider, on the host of redirect_uri."


class LoginStateInvalid(LoginError):
    """The sealed state was changed, sealed with another secret, or belongs to another login."""

    code = "login_state_invalid"
    message_vi = LoginStateMissing.message_vi
    message_en = LoginStateMissing.message_en
    mend = "Every worker of the service needs the same client secret, key or state_secret."


class LoginStateExpired(LoginError):
    """More than ten minutes passed since the login began."""

    code = "login_state_expired"
    message_vi = "Bước đăng nhập đã kéo dài quá lâu. Vui lòng đăng nhập lại."
    message_en = "The login took too long. Please log in again."
    mend = "Nothing, if it is rare; otherwise check the clocks of the service's machines."


class CallbackReplayed(LoginError):
    """The same callback was presented a second time."""

    code = "callback_replayed"
    message_vi = "Lần đăng nhập này đã được dùng. Nếu chưa vào được dịch vụ, vui lòng đăng nhập lại."
    message_en = "This login was already used. If you are not logged in, please log in again."
    mend = "Redirect after the callback, so that reloading the page does not repeat it."


class WrongIssuer(LoginError):
    """The callback came from another provider than the one asked (RFC 9207)."""

    code = "wrong_issuer"
    mend = "The `iss` of the callback must equal the configured issuer; somebody may be mixing providers up."


class AccessDenied(LoginError):
    """The citizen refused, or may not use this service."""

    code = "access_denied"
    status = 403
    message_vi = "Việc đăng nhập đã dừng lại. Không có thông tin nào được gửi tới dịch vụ."
    message_en = "The login was stopped. No information was sent to this service."
    mend = "Offer the login again, and another way to use the service."


class InteractionRequired(LoginError):
    """`prompt=none` was asked, but the citizen has to do something first."""

    code = "interaction_required"
    status = 401
    message_vi = "Vui lòng đăng nhập để tiếp tục."
    message_en = "Please log in to continue."
    mend = "Start a login without prompt=none."


class ProviderRefused(LoginError):
    """The provider answered the authorization request with another OAuth error."""

    code = "provider_refused"
    mend = "Look the named OAuth error up: scopes, redirect_uri and registration are the usual causes."


class TokenRefused(LoginError):
    """The code or refresh token was refused by the token endpoint."""

    code = "token_refused"
    mend = "A code works once, within seconds, at the redirect_uri it was made for; begin the login again."


class ClientRefused(LoginError):
    """The provider does not accept how this service proves who it is (`invalid_client`)."""

    code = "client_refused"
    status = 500
    message_vi = ConfigurationError.message_vi
    message_en = ConfigurationError.message_en
    mend = "Check client_id, the secret or key, and that token_endpoint_auth_method is the registered one."


class TokenAnswerInvalid(LoginError):
    """The token endpoint's answer is not what RFC 6749 §5.1 describes."""

    code = "token_answer_invalid"
    status = 502
    mend = "Report it to the operator of the provider, with the detail."


class TokenInvalid(LoginError):
    """A signed token broke a rule; `rule` names it."""

    code = "token_invalid"
    mend = "Compare the named rule with the client's registration."

    def __init__(self, rule: str, detail: str = "") -> None:
        self.rule = rule
        super().__init__(f"{rule}: {detail}" if detail else rule)


class IdTokenInvalid(TokenInvalid):
    """The ID token broke a rule of OpenID Connect Core §3.1.3.7 or of ours."""

    code = "id_token_invalid"
    mend = "Compare client_id, issuer and id_token_signed_response_alg with the registration, then the clock."


class UserInfoInvalid(TokenInvalid):
    """The UserInfo answer broke a rule (OpenID Connect Core §5.3.2, §5.3.4)."""

    code = "userinfo_invalid"
    mend = "Compare userinfo_signed_response_alg with the registration; `sub` must equal the ID token's."


class AuthorizationResponseInvalid(TokenInvalid):
    """The signed answer to the authorization request broke a rule (JARM §2.4)."""

    code = "authorization_response_invalid"
    mend = "Compare authorization_signed_response_alg, issuer and client_id with the registration, then the clock."


class LogoutTokenInvalid(TokenInvalid):
    """The back-channel logout token broke a rule (OpenID Connect Back-Channel Logout §2.6)."""

    code = "logout_token_invalid"
    mend = "Only the provider may call the back-channel logout address; check the registered client_id."


class LevelTooLow(LoginError):
    """The login succeeded, but below the level of assurance the page asks for."""

    code = "level_too_low"
    status = 403
    message_vi = "Dịch vụ này cần mức đảm bảo danh tính cao hơn. Vui lòng đăng nhập bằng cách khác."
    message_en = "This service needs a stronger proof of identity. Please log in another way."
    mend = "Ask for the level in begin_login(level=...) and see that the client may ask for it."


class NotLoggedIn(LoginError):
    """The page needs a citizen, and nobody is logged in."""

    code = "not_logged_in"
    status = 401
    message_vi = InteractionRequired.message_vi
    message_en = InteractionRequired.message_en
    mend = "Decorate the page with login_required, or use find_identity where nobody may be logged in."


class CrossSiteRequest(LoginError):
    """A form was posted from another site."""

    code = "cross_site_request"
    status = 403
    message_vi = "Yêu cầu đến từ một trang khác nên không được thực hiện."
    message_en = "The request came from another site and was not carried out."
    mend = "Post the logout form from a page of the service itself."


class TooManyLogins(LoginError):
    """More logins are in flight than this process keeps requests for."""

    code = "too_many_logins"
    status = 503
    message_vi = "Dịch vụ đang có quá nhiều lượt đăng nhập. Vui lòng thử lại sau ít phút."
    message_en = "Too many people are logging in here just now. Please try again in a few minutes."
    mend = "Have requests pushed instead (RFC 9126): nothing is kept here then, whoever begins logins."


class NotAVisit(LoginError):
    """A login was begun by a part of a page: an image, a frame or a script."""

    code = "not_a_visit"
    mend = "Send the whole window to the login by a link or a redirect, not a frame, and not fetch() or an image."


class SessionTooLarge(LoginError):
    """What should be remembered does not fit in a cookie."""

    code = "session_too_large"
    status = 500
    mend = "Ask for fewer scopes, or leave keep_tokens off."
