"""The provider's JOSE keys: generate, rotate, publish, sign, verify, encrypt, decrypt.

Knows nobody: no database, no client, no person, no clock. Keys and tokens come in as values and go out as
values; whoever stores them calls `seal_private` first. The only package that imports jwcrypto.

- `held_key`: one key and its state, be it a `signing_key` or a `decryption_key`; `private_part`: who holds the
  secret (this process, later an HSM)
- `sealing`: private keys at rest
- `key_ring`: all keys together, and the transitions between their states
- `signer`: compact JWS out; `verify`: our own tokens back in, strictly
- `encryption`: JWE for one recipient; `decryption`: nested tokens that others encrypted for us
"""
