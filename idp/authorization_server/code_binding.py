"""What a code is bound to, as one digest that its row keeps. Pure."""

import hashlib
from dataclasses import dataclass, replace

from idp.authorization_server.authorization import Authorization


@dataclass(frozen=True, kw_only=True)
class CodeBinding:
    """What a code is worth nothing without (RFC 6749 §4.1.3, RFC 7636 §4.6): a request that gets one of them wrong
    meets another digest, so it can neither use nor burn the code.

    `reaches_resources` nobody sends: a code that does is used by who has looked at what it holds, and by no other.
    """

    client_id: str
    redirect_uri: str
    code_challenge: str
    dpop_jkt: str | None = None
    reaches_resources: bool = False

    def digest(self) -> bytes:
        key = () if self.dpop_jkt is None else (self.dpop_jkt,)
        looked_at = ("resources",) if self.reaches_resources else ()
        bound = "\x00".join((self.client_id, self.redirect_uri, self.code_challenge, *key, *looked_at))
        return hashlib.sha256(bound.encode()).digest()

    def without_key(self) -> "CodeBinding":
        return replace(self, dpop_jkt=None)

    def fits(self, authorization: Authorization) -> bool:
        """Whether a code for it would be found by this."""
        return binding_of(authorization).digest() in (self.digest(), self.without_key().digest())


def binding_of(authorization: Authorization) -> CodeBinding:
    return CodeBinding(
        client_id=authorization.client_id,
        redirect_uri=authorization.redirect_uri or "",
        code_challenge=authorization.code_challenge or "",
        dpop_jkt=authorization.dpop_jkt,
        reaches_resources=authorization.reaches_resources,
    )
