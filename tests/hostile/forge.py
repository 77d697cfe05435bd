"""A signer of one kind of token and everything that can be bent in what it signs. Knows nobody who reads it."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.support.assertions import ClientKey, b64

STRANGER: Final = ClientKey()
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Forge:
    """`key` is what the reader trusts; `claims` makes those of a good token anew at every call, with changes."""

    key: ClientKey
    header: Mapping[str, Any]
    claims: Callable[..., dict[str, Any]] = field(repr=False)

    def sign(self, changes: Mapping[str, Any] | None = None, **header: Any) -> str:
        """A good token but for the changes; a header changed to None is left out."""
        return self.sign_bytes(json.dumps(self.claims(**(changes or {}))).encode(), **header)

    def sign_bytes(self, payload: bytes, **header: Any) -> str:
        told = {name: value for name, value in {**self.header, **header}.items() if value is not None}
        # Over whatever the header says, the signature is the key's own.
        return self.key.sign_raw(json.dumps(told).encode(), payload)

    def sign_with_header(self, header: bytes) -> str:
        return self.key.sign_raw(header, json.dumps(self.claims()).encode())

    def with_number(self, name: str, number: str) -> str:
        """The claim as JSON text of our own: numbers that `json.dumps` would not write."""
        written = json.dumps(self.claims(**{name: "@number@"})).replace('"@number@"', number)
        return self.sign_bytes(written.encode())

    def of_stranger(self) -> "Forge":
        return replace(self, key=STRANGER)


def unsigned(forge: Forge, alg: str = "none", signature: str = "") -> str:
    header = b64(json.dumps({**forge.header, "alg": alg}).encode())
    return f"{header}.{b64(json.dumps(forge.claims()).encode())}.{signature}"


def by_shared_secret(forge: Forge, secret: bytes, alg: str = "HS256") -> str:
    """The old confusion: the public key, which everybody has, taken for a secret."""
    head = unsigned(forge, alg).rpartition(".")[0]
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[alg]
    return f"{head}.{b64(hmac.digest(secret, head.encode(), digest))}"


def another_spelling(forge: Forge) -> str:
    """The last letter of the signature carries bits that nobody needs: another letter, the same signature."""
    signed = forge.sign()
    return signed[:-1] + _LETTERS[_LETTERS.index(signed[-1]) ^ 1]


def in_standard_alphabet(forge: Forge) -> str:
    signed = forge.sign()
    while not {"-", "_"} & set(signed.rpartition(".")[2]):
        signed = forge.sign()
    head, _, signature = signed.rpartition(".")
    return f"{head}.{signature.replace('-', '+').replace('_', '/')}"


def as_json(forge: Forge, *, general: bool = False) -> str:
    protected, payload, signature = forge.sign().split(".")
    if general:
        return json.dumps({"payload": payload, "signatures": [{"protected": protected, "signature": signature}]})
    return json.dumps({"protected": protected, "payload": payload, "signature": signature})


def in_der(forge: Forge) -> str:
    head, _, signature = forge.sign().rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    half = len(raw) // 2
    parts = b"".join(b"\x02" + bytes([half + 1]) + b"\x00" + raw[at : at + half] for at in (0, half))
    return f"{head}.{b64(b'0' + bytes([len(parts)]) + parts)}"


def nested(forge: Forge) -> str:
    return forge.sign_bytes(forge.sign().encode(), cty="JWT")


def doubled_claim(forge: Forge, name: str) -> str:
    """Two members of one name: which of them counts depends on the parser."""
    good = json.dumps(forge.claims())
    return forge.sign_bytes(f'{{"{name}": "https://attacker.example", {good[1:]}'.encode())


def encrypted(**header: Any) -> str:
    """The shape of a JWE that nobody could open, for readers that must not even try."""
    told = {"enc": "A256GCM", "cty": "JWT", **header}
    return ".".join((b64(json.dumps(told).encode()), *(b64(bytes(size)) for size in (256, 12, 64, 16))))


def _public_key(forge: Forge) -> bytes:
    return forge.key.key.as_pem(private=False)


# Each is refused whatever the token is for. What a kind of token allows by design, its row exempts by name.
FORMS: Final[Mapping[str, Callable[[Forge], str]]] = {
    "alg none": unsigned,
    "alg none with a signature": lambda forge: unsigned(forge, signature="AAAA"),
    "alg none over a good signature": lambda forge: unsigned(forge, signature=forge.sign().rpartition(".")[2]),
    "alg NoNe": lambda forge: unsigned(forge, "NoNe"),
    "an empty alg": lambda forge: forge.sign(alg=""),
    "no alg": lambda forge: forge.sign(alg=None),
    "a list as alg": lambda forge: forge.sign(alg=["ES256"]),
    "no signature": lambda forge: forge.sign().rpartition(".")[0] + ".",
    "half a signature": lambda forge: forge.sign()[:-40],
    "HS256 with the public key in PEM": lambda forge: by_shared_secret(forge, _public_key(forge)),
    "HS512 with the public key in PEM": lambda forge: by_shared_secret(forge, _public_key(forge), "HS512"),
    "HS256 with the public key in JSON": lambda forge: by_shared_secret(
        forge, json.dumps(forge.key.key.as_dict(private=False)).encode()
    ),
    "HS256 with nothing": lambda forge: by_shared_secret(forge, b""),
    "RS256 over an EC key": lambda forge: forge.sign(alg="RS256").rpartition(".")[0] + "." + b64(bytes(256)),
    "ES384 over a P-256 key": lambda forge: forge.sign(alg="ES384"),
    "ES256K": lambda forge: forge.sign(alg="ES256K"),
    "EdDSA over an EC key": lambda forge: forge.sign(alg="EdDSA"),
    "a signature of zeros": lambda forge: forge.sign().rpartition(".")[0] + "." + b64(bytes(64)),
    "a stranger's key": lambda forge: forge.of_stranger().sign(),
    "a stranger's key in the header": lambda forge: forge.of_stranger().sign(jwk=STRANGER.key.as_dict(private=False)),
    "a stranger's key by reference": lambda forge: forge.of_stranger().sign(jku="https://attacker.example/jwks"),
    "the right key and jku": lambda forge: forge.sign(jku="https://attacker.example/jwks"),
    "x5u": lambda forge: forge.sign(x5u="https://attacker.example/certificate"),
    "x5c": lambda forge: forge.sign(x5c=["MIIB"]),
    "crit": lambda forge: forge.sign(crit=["exp"]),
    "an empty crit": lambda forge: forge.sign(crit=[]),
    "an unencoded payload": lambda forge: forge.sign(b64=False, crit=["b64"]),
    "zip": lambda forge: forge.sign(zip="DEF"),
    "an unknown kid": lambda forge: forge.sign(kid="of-nobody"),
    "a list as kid": lambda forge: forge.sign(kid=["client-1"]),
    "a typ of another kind": lambda forge: forge.sign(typ="at+jwt"),
    "a number as typ": lambda forge: forge.sign(typ=7),
    "a list as typ": lambda forge: forge.sign(typ=["JWT"]),
    "padding": lambda forge: forge.sign() + "==",
    "padding of the header": lambda forge: forge.sign().replace(".", "=.", 1),
    "the standard alphabet": in_standard_alphabet,
    "another spelling of the signature": another_spelling,
    "a signature in DER": in_der,
    "a space within": lambda forge: forge.sign().replace(".", " .", 1),
    "a tab behind": lambda forge: forge.sign() + "\t",
    "four parts": lambda forge: forge.sign() + ".x",
    "two parts": lambda forge: forge.sign().rpartition(".")[0],
    "the JSON serialisation": as_json,
    "the general JSON serialisation": lambda forge: as_json(forge, general=True),
    "a token in a token": nested,
    "20 KB": lambda forge: forge.sign({"filler": "x" * 20_000}),
    "a header of 17 KB": lambda forge: forge.sign(filler="x" * 17_000),
    "a list as header": lambda forge: forge.sign_with_header(b'["ES256"]'),
    "null as header": lambda forge: forge.sign_with_header(b"null"),
    "a deep header": lambda forge: forge.sign_with_header(b"[" * 5000),
    "a header that is no text": lambda forge: forge.sign_with_header(b"\xff\xfe"),
    "a doubled member of the header": lambda forge: forge.sign_with_header(
        b'{"alg":"none",' + json.dumps(dict(forge.header)).encode()[1:]
    ),
    "a list as claims": lambda forge: forge.sign_bytes(b"[]"),
    "text as claims": lambda forge: forge.sign_bytes(b'"claims"'),
    "deep claims": lambda forge: forge.sign_bytes(b"[" * 5000),
    "claims that are no text": lambda forge: forge.sign_bytes(b"\xff\xfe"),
    "a doubled claim": lambda forge: doubled_claim(forge, next(iter(forge.claims()))),
    "not a number among the claims": lambda forge: forge.with_number("filler", "NaN"),
    "nothing": lambda forge: "..",
    "PBES2 with ten million rounds": lambda forge: encrypted(alg="PBES2-HS512+A256KW", p2c=10_000_000, p2s="AAAA"),
    "RSA1_5": lambda forge: encrypted(alg="RSA1_5"),
    "a shared key for encryption": lambda forge: encrypted(alg="dir"),
    "a compressed JWE": lambda forge: encrypted(alg="ECDH-ES", zip="DEF", epk=STRANGER.key.as_dict(private=False)),
    "a JWE of alg none": lambda forge: encrypted(alg="none", enc="none"),
}
