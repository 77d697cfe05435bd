"""`python -m examples.terminal [ISSUER]`: nothing but the standard library, as a small device would do it."""

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

CLIENT_ID = "terminal"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main() -> None:
    issuer = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    provider = _asked(f"{issuer}/.well-known/openid-configuration")
    codes = _asked(provider["device_authorization_endpoint"], {"client_id": CLIENT_ID, "scope": "openid profile"})
    print(f"{codes['verification_uri']}   {codes['user_code']}", flush=True)
    tokens = _tokens(provider["token_endpoint"], codes)
    # A kiosk that keeps what it was told must verify the ID token; this one only greets, and asks over TLS itself.
    person = _asked(provider["userinfo_endpoint"], bearer=tokens["access_token"])
    print(person.get("name", person["sub"]), flush=True)


def _tokens(endpoint: str, codes: Mapping[str, Any]) -> dict[str, Any]:
    """Asks until somebody has decided, no faster than it is told to (RFC 8628 §3.5)."""
    interval, form = codes["interval"], {"client_id": CLIENT_ID, "grant_type": GRANT}
    while True:
        time.sleep(interval)
        answer = _asked(endpoint, {**form, "device_code": codes["device_code"]})
        if answer.get("error") == "slow_down":
            interval += 5
        elif answer.get("error") != "authorization_pending":
            break
    if "error" in answer:
        raise SystemExit(answer["error"])
    return answer


def _asked(url: str, form: Mapping[str, str] | None = None, *, bearer: str | None = None) -> dict[str, Any]:
    """The JSON of an answer, a refusal's included."""
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    request = urllib.request.Request(url, urlencode(form).encode() if form else None, headers)
    try:
        with _DIRECT.open(request, timeout=10) as answer:
            document: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refusal:
        document = json.load(refusal)
    return document


if __name__ == "__main__":
    main()
