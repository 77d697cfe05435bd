"""Django requests and answers from and to those of the SDK."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from relying_party_sdk.browser_exchange import BrowserAnswer, BrowserRequest, CookieChange

FORM = "application/x-www-form-urlencoded"


def received(request: HttpRequest) -> BrowserRequest:
    """What the login routes look at. Django itself caps the body (DATA_UPLOAD_MAX_MEMORY_SIZE)."""
    return BrowserRequest(
        method=request.method or "GET",
        query=request.META.get("QUERY_STRING", ""),
        cookies=request.COOKIES,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body if request.content_type == FORM else b"",
    )


def answered(answer: BrowserAnswer) -> HttpResponse:
    """The answer as Django sends it."""
    response = HttpResponse(answer.body.encode(), status=answer.status, headers=dict(answer.headers))
    for cookie in answer.cookies:
        set_cookie(response, cookie)
    return response


def set_cookie(response: HttpResponse, cookie: CookieChange) -> None:
    """Django keeps cookies apart from headers; the attributes are those of `CookieChange.header`."""
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age,
        path="/",
        secure=cookie.secure,
        httponly=True,
        samesite="None" if cookie.cross_site else "Lax",
    )
