"""`python -m relying_party_sdk.new_key FILE`: a private key for the service, and its public half to register.

The file holds a JWK that only its owner may read; what is printed is no secret.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from joserfc.jwk import ECKey

from relying_party_sdk.signing import public_jwk

# A key that decrypts names no algorithm: the registration does, for each kind of answer.
MEMBERS: Mapping[str, Mapping[str, str]] = {"sig": {"use": "sig", "alg": "ES256"}, "enc": {"use": "enc"}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 where the file is there already: a key in use is never written over."""
    options = argparse.ArgumentParser(prog="python -m relying_party_sdk.new_key", description=__doc__)
    options.add_argument("file", type=Path, help="where the private key goes")
    options.add_argument("--use", choices=list(MEMBERS), default="sig", help="to sign (usual), or to decrypt")
    given = options.parse_args(arguments)
    key = ECKey.generate_key("P-256", auto_kid=True)
    members = MEMBERS[given.use]
    try:
        with open(os.open(given.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({**key.as_dict(private=True), **members}, file)
    except FileExistsError:
        print(f"{given.file} is there already; give another name", file=sys.stderr)
        return 1
    print(json.dumps({"keys": [public_jwk(key, **members)]}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
