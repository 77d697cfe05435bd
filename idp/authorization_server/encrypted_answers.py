"""What a client wants encrypted is encrypted to a key of that client, always around what we signed (RFC 7519 §5.2).

The key is found before anything is used up or written: where there is none the answer fails, and is never given in
the clear. A client that wants nothing encrypted passes by without a look at its keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.authorization_server.client_keys import KeysUnavailable
from idp.errors import OAuthError
from idp.protocol.client import Client
from idp.protocol.encryption import Encryption
from idp.services import Services
from keys.encryption import ContentEncryption, KeyManagement, UnusableRecipientKey, check_recipient, encrypt_token


class NoEncryptionKey(OAuthError):
    """The client asked for encryption and shows no key for it; only the client can mend that."""

    error = "invalid_request"


@dataclass(frozen=True)
class Recipient:
    """One client's key, which was found usable, for one kind of answer."""

    wanted: Encryption
    key: Mapping[str, Any] = field(repr=False)

    def encrypted(self, signed: str) -> str:
        """A nested JWT. Raises NoEncryptionKey, should a key that passed every check not serve after all."""
        alg, enc = KeyManagement(self.wanted.alg), ContentEncryption(self.wanted.enc)
        try:
            return encrypt_token(signed, self.key, alg=alg, enc=enc)
        except UnusableRecipientKey as error:
            raise NoEncryptionKey("no key of this client can be had to encrypt for it") from error


async def recipient_of(services: Services, client: Client, wanted: Encryption | None, *, now: int) -> Recipient | None:
    """None where nothing is to be encrypted. Raises NoEncryptionKey."""
    if wanted is None:
        return None
    try:
        key = await services.client_keys.to_encrypt_for(client, services.http, wanted.alg, now=now)
        check_recipient(key, KeyManagement(wanted.alg))
    except (KeysUnavailable, UnusableRecipientKey) as error:
        raise NoEncryptionKey("no key of this client can be had to encrypt for it") from error
    return Recipient(wanted, key)
