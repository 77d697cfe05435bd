"""A browser for one person: cookies with their SameSite rule, redirects, and forms that submit themselves.

Knows the few pages of the service by their addresses, and nothing of OpenID Connect.
"""

from collections.abc import Mapping
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx2

MOST_HOPS = 12


class Browser:
    """One browser, which trusts the certificates that the machine trusts."""

    def __init__(self, http: httpx2.Client | None = None) -> None:
        self._jar = CookieJar()
        self._http = http if http is not None else httpx2.Client(follow_redirects=False, timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def forget(self) -> None:
        """Another browser: no cookies."""
        self._jar = CookieJar()

    def look(self, url: str) -> httpx2.Response:
        """Open an address and stay there."""
        return self._send("GET", url, {}, page=None)

    def open(self, url: str) -> httpx2.Response:
        """Open an address and go wherever the browser is sent; the last answer."""
        return self._arrive(self._send("GET", url, {}, page=None), page=url)

    def submit(self, url: str, *, page: str) -> httpx2.Response:
        """Press the button of a form without fields, on `page`."""
        return self._arrive(self._send("POST", url, {}, page=page), page=page)

    def _arrive(self, answer: httpx2.Response, *, page: str) -> httpx2.Response:
        for _ in range(MOST_HOPS):
            here = str(answer.request.url)
            if answer.is_redirect:
                # A redirect keeps the page it began on.
                answer = self._send("GET", urljoin(here, answer.headers["location"]), {}, page=page)
                continue
            form = _SubmittingForm.of(answer)
            if form is None:
                return answer
            page = here
            answer = self._send("POST", urljoin(here, form.action), form.fields, page=page)
        raise RuntimeError(f"still on the way after {MOST_HOPS} hops")

    def _send(self, method: str, url: str, form: Mapping[str, str], *, page: str | None) -> httpx2.Response:
        site = _site(url, page)
        headers = {"Sec-Fetch-Site": site}
        if method == "POST":
            headers["Origin"] = _origin(page or url)
        if cookies := self._cookies(url, method=method, cross_site=site == "cross-site"):
            headers["Cookie"] = cookies
        self._http.cookies.clear()
        answer = self._http.request(method, url, headers=headers, data=dict(form) if method == "POST" else None)
        for cookie in answer.cookies.jar:
            self._jar.set_cookie(cookie)
        return answer

    def _cookies(self, url: str, *, method: str, cross_site: bool) -> str:
        """SameSite (RFC 6265bis §5.6.7.1): a POST from another site carries only what says `None`."""
        self._jar.clear_expired_cookies()
        host = urlsplit(url).hostname
        sent = [
            f"{cookie.name}={cookie.value}"
            for cookie in self._jar
            if cookie.domain == host
            and not (cross_site and method == "POST" and cookie.get_nonstandard_attr("SameSite") != "None")
        ]
        return "; ".join(sent)


class _SubmittingForm(HTMLParser):
    """A form that the page submits when it is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._submits = False

    @classmethod
    def of(cls, answer: httpx2.Response) -> Self | None:
        if "html" not in answer.headers.get("content-type", ""):
            return None
        page = cls()
        page.feed(answer.text)
        return page if page._submits and page.action else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "body":
            self._submits = "submit" in given.get("onload", "")
        if tag == "form":
            self.action = given.get("action", "")
        if tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")


def _site(url: str, page: str | None) -> str:
    """`Sec-Fetch-Site`: every host of this suite is a site of its own."""
    if page is None:
        return "none"
    return "same-origin" if _origin(url) == _origin(page) else "cross-site"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
