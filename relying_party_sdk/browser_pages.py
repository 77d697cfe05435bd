"""The few pages the adapters need when a service brings none: plain, in two languages, without style or script."""

from __future__ import annotations

from html import escape

from relying_party_sdk.browser_exchange import BrowserAnswer, CookieChange
from relying_party_sdk.errors import LoginError


def error_page(error: LoginError, *, retry: str, cookies: tuple[CookieChange, ...] = ()) -> BrowserAnswer:
    """What happened, the code to quote, and a way on."""
    body = (
        f"<p>{escape(error.message_vi)}</p>"
        f'<p lang="en">{escape(error.message_en)}</p>'
        f"<p>Mã lỗi / <span lang='en'>Error code</span>: <code>{escape(error.code)}</code></p>"
        f'<p><a href="{escape(retry)}">Đăng nhập lại / <span lang="en">Log in again</span></a></p>'
        '<p><a href="/">Về trang chủ / <span lang="en">Home page</span></a></p>'
    )
    return _page(error.status, "Chưa đăng nhập được", "Login not completed", body, "'none'", cookies)


def own_error_page(error: LoginError, text: str, *, cookies: tuple[CookieChange, ...] = ()) -> BrowserAnswer:
    """The page a service wrote itself, which may use the service's own style sheet and pictures."""
    return BrowserAnswer(error.status, _headers("default-src 'self'; form-action 'self'"), text, cookies)


def logout_page(action: str, *, return_to: str | None, form_targets: str) -> BrowserAnswer:
    """Asks before it logs out, so that a link cannot do it."""
    afterwards = f'<input type="hidden" name="return_to" value="{escape(return_to)}">' if return_to else ""
    body = (
        f'<form method="post" action="{escape(action)}">{afterwards}'
        '<button id="continue" type="submit">Đăng xuất / <span lang="en">Log out</span></button></form>'
        '<p><a href="/">Không, về trang chủ / <span lang="en">No, go to the home page</span></a></p>'
    )
    return _page(200, "Đăng xuất khỏi dịch vụ?", "Log out of this service?", body, form_targets, ())


def logged_out_page(*cookies: CookieChange) -> BrowserAnswer:
    """The place the provider comes back to after a logout."""
    body = '<p><a href="/">Về trang chủ / <span lang="en">Home page</span></a></p>'
    return _page(200, "Đã đăng xuất", "You are logged out", body, "'none'", cookies)


def _page(
    status: int, title_vi: str, title_en: str, body: str, form_targets: str, cookies: tuple[CookieChange, ...]
) -> BrowserAnswer:
    text = (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title_vi} / {title_en}</title></head><body><main>"
        f'<h1>{title_vi} / <span lang="en">{title_en}</span></h1>{body}</main></body></html>'
    )
    headers = _headers(f"default-src 'none'; form-action {form_targets}")
    return BrowserAnswer(status, headers, text, cookies)


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'; base-uri 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
