"""JSON answers of the endpoints that programs talk to: never cached, errors as RFC 6749 §5.2 has them."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from idp.authorization_server.dpop_nonce import HEADER, UseDpopNonce
from idp.errors import OAuthError


def json_answer(document: Mapping[str, Any], *, status: int = 200) -> Response:
    return Response(
        orjson.dumps(document), status_code=status, media_type="application/json", headers={"cache-control": "no-store"}
    )


def error_response(error: OAuthError, *, used_basic: bool = False) -> Response:
    """A 401 for a client that used the Authorization header names the scheme it should use (RFC 6749 §5.2)."""
    response = json_answer(error.as_dict(), status=error.status)
    if error.status == 401 and used_basic:
        response.headers["www-authenticate"] = 'Basic realm="motcua"'
    if isinstance(error, UseDpopNonce):
        response.headers[HEADER] = error.fresh
    if error.status in {429, 503}:
        response.headers["retry-after"] = "5"
    return response
