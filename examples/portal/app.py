"""The portal's pages. The connection to MotCua is the lines marked `# sdk`; everything else is the portal."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from examples.pages import Pages, language_of
from examples.sandbox import require_sandbox
from examples.service_texts import claim_rows, level_words
from relying_party_sdk import Identity, LoginError, RelyingParty  # sdk
from relying_party_sdk.starlette import LoginRoutes, current_identity, find_identity, login_required  # sdk

HERE = Path(__file__).parent
LOG_IN = "/dang-nhap/bat-dau"
PAGES = Pages(HERE / "templates", theme="portal", title={"vi": "Cổng dịch vụ công", "en": "Public-service portal"})


def create_app(party: RelyingParty, *, session_secret: str) -> Starlette:
    """Raises NotASandbox in production mode."""
    require_sandbox("the sample portal")
    return Starlette(
        routes=[
            Route("/", home),
            Route("/ho-so", applications),
            Route("/dang-nhap/da-thoat", logged_out),
            Route("/dang-nhap/thoat", ask_to_log_out, methods=["GET"]),
            Mount("/dang-nhap", LoginRoutes(party, session_secret=session_secret, on_error=failed)),  # sdk
            Mount("/portal", StaticFiles(directory=HERE / "static")),
            Route("/health", health),
        ]
    )


async def home(request: Request) -> Response:
    citizen = await find_identity(request)  # sdk
    if citizen is None:
        return _anonymous(request, has_logged_out=False)
    return PAGES.show(request, "home.html", {**_facts(citizen, request), "logged_out": False})


@login_required()  # sdk
async def applications(request: Request) -> Response:
    citizen = current_identity(request)  # sdk
    return PAGES.show(request, "applications.html", _facts(citizen, request))


async def logged_out(request: Request) -> Response:
    """Where the provider sends the citizen after a log-out."""
    return _anonymous(request, has_logged_out=True)


async def ask_to_log_out(request: Request) -> Response:
    """A link cannot log anybody out: it leads to a page with the button."""
    return PAGES.show(request, "log_out.html", {})


async def health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def failed(error: LoginError) -> str:
    """The portal's own page for a login that failed, in both languages."""
    context = {"message_vi": error.message_vi, "message_en": error.message_en, "code": error.code}
    return PAGES.render("failed.html", {**context, "log_in_url": LOG_IN})


def _anonymous(request: Request, *, has_logged_out: bool) -> Response:
    log_in_url = f"{LOG_IN}?ui_locales={language_of(request)}"
    context = {"citizen": None, "logged_out": has_logged_out, "log_in_url": log_in_url}
    return PAGES.show(request, "home.html", context)


def _facts(citizen: Identity, request: Request) -> dict[str, object]:
    language = language_of(request)
    return {
        "citizen": citizen,
        "level": level_words(citizen.level.acr, language),
        "rows": claim_rows(citizen.claims, language),
    }
