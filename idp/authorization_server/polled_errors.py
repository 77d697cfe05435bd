"""What a client is told that polls (RFC 8628 §3.5, CIBA Core 11)."""

from idp.errors import OAuthError


class AuthorizationPending(OAuthError):
    """Nobody has decided yet."""

    error = "authorization_pending"


class SlowDown(OAuthError):
    """The same, to a client that polls faster than it was told to."""

    error = "slow_down"


class ExpiredToken(OAuthError):
    """Nobody decided in time."""

    error = "expired_token"
