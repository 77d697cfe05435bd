"""The consultation site's pages. The connection to MotCua is the lines marked `# sdk`; the rest is the site."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, make_response, render_template, request

from examples.sandbox import BANNER, require_sandbox
from examples.service_texts import claim_rows, level_words
from relying_party_sdk import Identity, LoginError, RelyingParty  # sdk
from relying_party_sdk.flask import Login, current_identity, find_identity, login_required  # sdk

LANGUAGE_COOKIE = "consultation_language"
LOG_IN = "/dang-nhap/bat-dau"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(party: RelyingParty, *, session_secret: str) -> Flask:
    """Raises NotASandbox in production mode."""
    require_sandbox("the sample consultation site")
    app = Flask(__name__)
    app.add_url_rule("/", view_func=home)
    app.add_url_rule("/gop-y", view_func=comment)
    app.add_url_rule("/dang-nhap/da-thoat", view_func=logged_out)
    app.add_url_rule("/dang-nhap/thoat", view_func=ask_to_log_out, methods=["GET"])
    app.add_url_rule("/health", view_func=health)
    Login(app, party, session_secret=session_secret, on_error=failed)  # sdk
    app.after_request(_finish)
    return app


def home() -> str:
    citizen = find_identity()  # sdk
    return _anonymous(has_logged_out=False) if citizen is None else _page("home.html", **_facts(citizen))


@login_required()  # sdk
def comment() -> str:
    return _page("comment.html", **_facts(current_identity()))  # sdk


def logged_out() -> str:
    """Where the provider sends the citizen after a log-out."""
    return _anonymous(has_logged_out=True)


def ask_to_log_out() -> str:
    """A link cannot log anybody out: it leads to a page with the button."""
    return _page("log_out.html")


def health() -> Response:
    return jsonify(status="ok")


def failed(error: LoginError) -> str:
    """The site's own page for a login that failed, in both languages."""
    context = {"message_vi": error.message_vi, "message_en": error.message_en, "code": error.code}
    return _page("failed.html", log_in_url=LOG_IN, **context)


def _anonymous(*, has_logged_out: bool) -> str:
    log_in_url = f"{LOG_IN}?{urlencode({'ui_locales': _language()})}"
    return _page("home.html", citizen=None, logged_out=has_logged_out, log_in_url=log_in_url)


def _facts(citizen: Identity) -> dict[str, Any]:
    language = _language()
    return {
        "citizen": citizen,
        "level": level_words(citizen.level.acr, language),
        "rows": claim_rows(citizen.claims, language),
    }


def _page(template: str, **context: Any) -> str:
    language = _language()
    other = "en" if language == "vi" else "vi"

    def t(vi: str, en: str) -> str:
        return vi if language == "vi" else en

    return render_template(
        template,
        **context,
        t=t,
        lang=language,
        banner=BANNER[language],
        other_language=f"{request.path if request.method == 'GET' else '/'}?{urlencode({'lang': other})}",
    )


def _language() -> str:
    """`?lang=`, then the cookie it left, then the browser's wish, then Vietnamese."""
    for wish in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wish in BANNER:
            return wish
    return request.accept_languages.best_match(["vi", "en"]) or "vi"


def _finish(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.update(HEADERS)
    if request.args.get("lang") in BANNER:
        response.set_cookie(LANGUAGE_COOKIE, _language(), httponly=True, samesite="Lax")
    return make_response(response)
