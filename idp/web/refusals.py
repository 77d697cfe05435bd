"""From a refusal to its answer: the page with its status, for citizens; the edge's own errors included."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import HTMLResponse

from idp.errors import (
    CitizenError,
    MalformedRequestRefused,
    MethodNotAllowed,
    PageNotFound,
    RequestTooLargeRefused,
    StaleForm,
)
from idp.web.csrf import CrossSiteRefused, CsrfRefused
from idp.web.forms import EdgeError, MalformedRequest, RequestTooLarge
from idp.web.headers import page_response
from idp.web.pages import Pages

_OF_THE_EDGE: Final[Mapping[type[EdgeError], type[CitizenError]]] = MappingProxyType(
    {
        MalformedRequest: MalformedRequestRefused,
        RequestTooLarge: RequestTooLargeRefused,
        CsrfRefused: StaleForm,
        CrossSiteRefused: StaleForm,
    }
)
_OF_A_STATUS: Final[Mapping[int, type[CitizenError]]] = MappingProxyType(
    {404: PageNotFound, 405: MethodNotAllowed, 413: RequestTooLargeRefused}
)


def citizen_error(error: EdgeError) -> CitizenError:
    """What a person reads where the edge refused a request."""
    return _OF_THE_EDGE.get(type(error), MalformedRequestRefused)(private_detail=error.reason)


def citizen_error_for_status(status: int) -> CitizenError:
    """What a person reads where the router refused: no such page, no such method."""
    return _OF_A_STATUS.get(status, MalformedRequestRefused)()


def refusal_page(pages: Pages, error: CitizenError, *, locale: str, path: str = "") -> HTMLResponse:
    response = page_response(pages.error(error, locale=locale, path=path), status=error.status)
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    return response
