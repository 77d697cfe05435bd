"""Who may import whom, as tables. An exception is a row with its reason; a row nothing needs any more fails a test."""

from dataclasses import dataclass
from typing import Final

# From top to bottom. A module imports its own layer or one below it.
LAYERS: Final[tuple[tuple[str, ...], ...]] = (
    ("idp.app", "idp.background", "idp.background_turns", "idp.cli", "idp.commands", "idp.errors_to_answers"),
    (
        "idp.authentication",
        "idp.authorization",
        "idp.backchannel_authentication",
        "idp.consent",
        "idp.device_authorization",
        "idp.discovery",
        "idp.home",
        "idp.introspection",
        "idp.linking",
        "idp.logout",
        "idp.portals",
        "idp.pushed_authorization",
        "idp.registration",
        "idp.revocation",
        "idp.security_events",
        "idp.subject_changes",
        "idp.token",
        "idp.userinfo",
    ),
    ("idp.authorization_server", "idp.services", "idp.configuration"),
    ("idp.interactions", "idp.sessions", "idp.identity", "idp.operators", "idp.notices", "idp.history", "idp.audit"),
    ("idp.storage", "idp.web"),
    ("idp.protocol", "idp.settings", "idp.settings_source", "idp.errors"),
)

# One hop of a login never calls another: it finishes and redirects to the dispatcher.
STEPS: Final = LAYERS[1]

# These know nobody of ours and may be taken away and used alone.
INDEPENDENT: Final = ("keys", "mobile_otp", "relying_party_sdk")


@dataclass(frozen=True)
class AcceptedArrow:
    """An arrow that breaks the layers, allowed. Both ends are prefixes of dotted names."""

    importer: str
    imported: str
    reason: str


UPWARD: Final[tuple[AcceptedArrow, ...]] = (
    AcceptedArrow("idp.storage.registry", "idp.audit", "an audit row is part of every change of configuration"),
    AcceptedArrow("idp.configuration", "idp.authentication.contract", "it keeps sources as what they are, of any kind"),
)


@dataclass(frozen=True)
class Home:
    """A library and the only places of ours that may import it. A place `*.name` is any module so called."""

    library: str
    places: tuple[str, ...]


_TABLES = ("idp.storage",)
# Beyond the edge itself: what endpoints share of a request, and how a finished authentication answers.
_HTTP_EDGE = (
    "idp.services",
    "idp.authentication.completion",
    "idp.userinfo.access",
    "idp.web",
    "idp.app",
    "idp.errors_to_answers",
    "*.endpoints",
    "idp.authorization_server",
    "idp.portals",
    "relying_party_sdk.starlette",
    "examples",
)
_TERMINAL = ("idp.cli", "idp.commands")

HOMES: Final[tuple[Home, ...]] = (
    Home("jwcrypto", ("keys",)),
    Home("sqlmodel", _TABLES),
    Home("sqlalchemy", _TABLES),
    Home("alembic", _TABLES),
    Home("aiosqlite", _TABLES),
    Home("asyncpg", _TABLES),
    Home("sqlite3", (*_TABLES, "relying_party_sdk.session_store")),
    Home("starlette", _HTTP_EDGE),
    Home("authlib.oauth2", ("idp.authorization_server",)),
    Home("authlib.oidc", ("idp.authorization_server",)),
    Home("authlib.common", ("idp.authorization_server",)),
    Home("authlib.integrations", ("idp.authentication.upstream_oidc",)),
    Home("authlib.jose", ()),  # deprecated; keys/ and joserfc took its place
    Home("aiosmtplib", ("idp.notices.smtp",)),
    Home("aiosmtpd", ("examples", "tests")),
    Home("PIL", ("idp.web.logos", "tests")),
    Home("typer", _TERMINAL),
    Home("click", _TERMINAL),
    Home("rich", (*_TERMINAL, "examples.register_generator")),
    Home("uvicorn", (*_TERMINAL, "examples")),
    Home("flask", ("relying_party_sdk.flask", "examples")),
    Home("django", ("relying_party_sdk.django", "examples")),
)

# Of the SDK, the provider uses the pure validation of another provider's answers, where it is a client; its own
# portals are relying parties and use the whole of it.
SDK_READERS: Final = ("idp.authentication.upstream_oidc", "idp.portals")

BANNED_NAMES: Final = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"})

# Pure rules: `now` is handed in.
CLOCKLESS: Final = ("idp.protocol", "idp.identity")
CLOCKS: Final = frozenset({"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.time_ns"})

MAXIMUM_LINES: Final = 300
LONGER_FILES: Final[dict[str, str]] = {}

# Where everything may be caught and swallowed: the outer edges of a worker, and nowhere else.
CATCHES_EVERYTHING: Final[dict[str, str]] = {
    "idp.app": "the last answer of a request is a page with a code, never a traceback",
    "idp.background": "one failed turn must not end the work beside the requests",
    "idp.storage.outbox": "one failed delivery must not keep the other messages from going out",
    "idp.storage.sqlite_commits": "each of many commits gets its own failure back, raised where it was asked for",
}
