"""Request objects encrypted for us (RFC 9101 §6.1): what is inside is the client's signed one, and judged as such."""

from typing import Final

from idp.errors import InvalidRequestObject
from idp.protocol.client import Client
from idp.services import Services
from keys.decryption import open_token
from keys.encryption import ContentEncryption, KeyManagement
from keys.verify import InvalidToken, TokenFault

# Faults that tell a developer what to change. Of one that does not open, nothing is told: not why, not how far.
_TOLD: Final = {
    TokenFault.TOO_LARGE: "it is too long",
    TokenFault.REFUSED_HEADER: "its header is not accepted",
    TokenFault.WRONG_TYPE: "cty must be JWT",
    TokenFault.WRONG_ALGORITHM: "alg or enc is not the one registered, or not supported",
    TokenFault.UNKNOWN_KEY: "kid must name a key of ours whose use is enc",
    TokenFault.NOT_SIGNED: "what is inside must be signed",
}


def is_encrypted(request_object: str) -> bool:
    return request_object.count(".") == 4


def decrypted(services: Services, client: Client, unread: str) -> str:
    """The signed object inside, not verified yet. With the algorithms of the registration, where it names any.

    Raises InvalidRequestObject.
    """
    wanted = client.request_object_encryption
    algs = tuple(KeyManagement) if wanted is None else (KeyManagement(wanted.alg),)
    encs = tuple(ContentEncryption) if wanted is None else (ContentEncryption(wanted.enc),)
    try:
        return open_token(unread, services.configuration.key_ring, algs=algs, encs=encs)
    except InvalidToken as error:
        told = _TOLD.get(error.reason, "it cannot be opened")
        raise InvalidRequestObject(f"the encrypted request object is not acceptable: {told}") from error
