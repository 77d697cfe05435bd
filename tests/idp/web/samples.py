"""Every citizen page with sample values: short ones, the longest names, and hostile ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from markupsafe import Markup

from idp.consent.elsewhere import ElsewhereView
from idp.errors import CITIZEN_ERRORS
from idp.home.endpoints import LoggedIn
from idp.home.services import StartableService
from idp.web.assets import asset
from idp.web.views import AllowanceView, ClaimRow, ServiceView, SourceTile, WayOn
from mobile_otp.qr import qr_svg

HOSTILE: Final = "<script>alert('mc')</script>\"'&{{7*7}}{code}"
LONGEST_NAME: Final = "Công Tằng Tôn Nữ Nguyễn Hoàng Phương Khánh Quỳnh Trang Thiên Hương"
LONG_SERVICE: Final = ServiceView(
    "Hệ thống tiếp nhận và trả kết quả giải quyết thủ tục hành chính về nghĩa vụ bảo hiểm",
    "Trung tâm Phục vụ hành chính công thành phố trực thuộc trung ương (dữ liệu giả lập)",
)
PORTAL: Final = ServiceView("Cổng dịch vụ công Sông Lam", "Ủy ban nhân dân tỉnh Sông Lam")
ALLOWANCES: Final = (
    AllowanceView(
        name="Nộp tờ khai thuế",
        sentence="Được nộp thay ông/bà một tờ khai thuế thu nhập cá nhân cho quý 1 năm 2026, với 1.234.567 đồng.",
        facts=(("Hạn nộp", "30/04/2026"), ("Mã hồ sơ", "HS-2026/17")),
        place="Khai thuế điện tử",
        once=True,
    ),
    AllowanceView(name="Tra cứu", sentence="Được xem quá trình đóng bảo hiểm.", place=LONG_SERVICE.name),
)
HOSTILE_ALLOWANCE: Final = AllowanceView(name=HOSTILE, sentence=HOSTILE, facts=((HOSTILE, HOSTILE),), place=HOSTILE)
ELSEWHERE: Final = ElsewhereView("47", "Quầy số 3: lệ phí hồ sơ", may_be_reported=True)

SPEAKING: Final = ServiceView(
    LONG_SERVICE.name,
    LONG_SERVICE.organisation,
    logo_url=asset("mark.svg"),
    policy_url="https://service.example/policy?a=1&b=2",
    tos_url="https://service.example/terms",
)

SOURCES: Final = (
    SourceTile(id="tax", label="Mã số thuế", hint="Dùng mã số thuế và mật khẩu tại cơ quan thuế"),
    SourceTile(id="social-insurance", label="Mã số bảo hiểm xã hội", hint="Mã xác thực gửi tới số đã đăng ký"),
    SourceTile(id="mobile", label="Số điện thoại chính chủ", hint="Mã xác thực gửi tới số này"),
)
DOWN: Final = SourceTile(id="down", label="Mã số thuế", available=False)
DOWN_UNTIL: Final = SourceTile(
    id="down-until", label="Thẻ thư viện", available=False, unavailable_reason="Bảo trì đến 18:00 ngày 21/11/2026."
)
ROWS: Final = (
    ClaimRow(
        claim="name",
        label="Họ, chữ đệm và tên",
        value="Trần Thị Mai",
        source_label="Bảo hiểm xã hội",
        reason="Để lập hồ sơ đúng người.",
        updated=date(2026, 3, 9),
    ),
    ClaimRow(claim="birthdate", label="Ngày, tháng, năm sinh", value="12/05/1984", source_label="Bảo hiểm xã hội"),
    ClaimRow(
        claim="phone_number",
        label="Số điện thoại di động",
        value="053 *** 0001",
        source_label="nhà mạng",
        reason="Để báo khi hồ sơ có kết quả.",
        optional=True,
    ),
)


@dataclass(frozen=True)
class Sample:
    id: str
    template: str
    context: Mapping[str, object] = field(default_factory=dict)
    form_action: tuple[str, ...] = ()


def _form(**more: object) -> dict[str, object]:
    return {"action": "/posted", "csrf": "sample", "service": PORTAL, "other_way_url": "/other", **more}


def _compare(**more: object) -> dict[str, object]:
    shown = {"user_code": "BCD-FGH-JKL", "asked_at": datetime(2026, 11, 22, 2, 15, tzinfo=UTC), "other_network": True}
    return _form(**{"request_id": "0" * 32, **shown, **more})


def _identifier(**more: object) -> dict[str, object]:
    return _form(source_label="Mã số bảo hiểm xã hội", kind="social_insurance_number", value="", error=None, **more)


def _code(**more: object) -> dict[str, object]:
    base: dict[str, object] = {
        "masked_destination": "053 *** 0001",
        "minutes": 5,
        "error": None,
        "tries_left": None,
        "resend_wait_seconds": 0,
        "resend_action": "/posted",
    }
    return _form(**{**base, **more})


def _consent(**more: object) -> dict[str, object]:
    base: dict[str, object] = {
        "purpose": "giải quyết hồ sơ cấp giấy phép xây dựng",
        "rows": ROWS,
        "citation": "Luật số 91/2025/QH15",
        "allowances": [],
        "places": [],
        "elsewhere": None,
    }
    return _form(**{**base, **more})


def _linking(**more: object) -> dict[str, object]:
    base: dict[str, object] = {
        "is_review": False,
        "sentences": [
            "Số định danh cá nhân: còn thiếu ở một nguồn",
            "Ngày, tháng, năm sinh: một nguồn ghi chưa đầy đủ",
        ],
        "answer": None,
        "told": "linking.notice.same",
        "outcome": "linking.outcome.asked",
        "source_label": "Mã số bảo hiểm xã hội",
        "other_label": "Mã số thuế",
        "sources": SOURCES,
        "reference": "MC-7K4P-2Q9F",
        "due": datetime(2026, 12, 4, 10, tzinfo=UTC),
        "case_url": "https://motcua.example/me/cases/rvm4i5PU4-leucqNBF4Hiw",
        "cases_url": "https://motcua.example/me/cases",
        "picture": Markup(qr_svg("https://motcua.example/me/cases/rvm4i5PU4", title="QR")),
        "reload_seconds": 3600,
        "cancel_action": "/posted",
        "cancel_csrf": "sample",
        "error": None,
    }
    return _form(**{**base, **more})


CHOOSE = "authentication/choose_source"
IDENTIFIER = "authentication/identifier"
CODE = "authentication/one_time_code"

SAMPLES: Final = (
    Sample("choose", CHOOSE, _form(sources=SOURCES, cancel_action="/posted")),
    Sample("choose-one-down", CHOOSE, _form(sources=(*SOURCES[1:], DOWN, DOWN_UNTIL), error="source")),
    Sample("choose-none", CHOOSE, _form(sources=())),
    Sample("choose-many", CHOOSE, _form(service=LONG_SERVICE, sources=[*SOURCES, DOWN] * 6)),
    Sample("identifier", IDENTIFIER, _identifier()),
    Sample("identifier-tax-branch", IDENTIFIER, _form(
        source_label="Mã số thuế", kind="tax_code", value="9900000016-001", error="branch")),
    Sample("identifier-mobile-empty", IDENTIFIER, _form(
        source_label="Số điện thoại chính chủ", kind="mobile_number", value="", error="empty")),
    Sample("identifier-limit", IDENTIFIER, _form(
        source_label="Số điện thoại chính chủ", kind="mobile_number", value="053 000 0001", error="limit", minutes=15)),
    Sample("identifier-generic", IDENTIFIER, _form(
        source_label="Thẻ thư viện", kind="generic", value="??", error="checksum", service=None)),
    Sample("code", CODE, _code()),
    Sample("code-untold", CODE, _code(masked_destination=None, resend_wait_seconds=30)),
    Sample("code-wrong", CODE, _code(error="wrong", tries_left=3)),
    Sample("code-wrong-once", CODE, _code(error="wrong", tries_left=1)),
    Sample("code-wrong-untold", CODE, _code(error="wrong")),
    Sample("code-format", CODE, _code(error="format")),
    Sample("code-expired", CODE, _code(error="expired")),
    Sample("code-limit", CODE, _code(error="limit", wait_minutes=15)),
    Sample("code-sendlimit", CODE, _code(error="sendlimit", wait_minutes=60)),
    Sample("choose-raising", CHOOSE, _form(sources=SOURCES[1:], is_raising=True, cancel_action="/posted")),
    *(
        Sample(f"second-factor-{error}", "authentication/second_factor", _form(
            error=error, minutes=15, cancel_action="/posted", cancel_csrf="sample"))
        for error in (None, "wrong", "format", "limit")
    ),
    Sample("doubt", "linking/doubt", _linking()),
    Sample("doubt-refused", "linking/doubt", _linking(answer="not_joined", told="linking.notice.not_joined")),
    Sample("doubt-expired", "linking/doubt", _linking(answer="expired", told="linking.notice.expired")),
    Sample("doubt-error", "linking/doubt", _linking(error="source", sources=[*SOURCES[1:], DOWN])),
    Sample("doubt-review", "linking/doubt", _linking(is_review=True)),
    Sample("doubt-elsewhere", "linking/elsewhere", _linking()),
    Sample("tolerated", "linking/tolerated", _linking(sentences=["Họ, chữ đệm và tên"])),
    Sample("add-source", "linking/add", _linking()),
    Sample("add-differs", "linking/add", _linking(answer="differs", told="linking.notice.differs")),
    *(
        Sample(f"outcome-{answer}", "linking/outcome", _linking(answer=answer, outcome=f"linking.outcome.{answer}"))
        for answer in ("proven", "asked", "taken", "elsewhere", "decided")
    ),
    Sample("hostile-doubt", "linking/doubt", _linking(
        sentences=[HOSTILE], source_label=HOSTILE, other_label=HOSTILE, answer="same", reference=HOSTILE)),
    Sample("hostile-elsewhere", "linking/elsewhere", _linking(
        reference=HOSTILE, case_url="https://motcua.example/" + "x" * 200)),
    Sample("source-down", "authentication/source_unavailable", {
        "source_label": "Mã số thuế", "other_way_url": "/other", "retry": "/retry", "service": PORTAL}),
    Sample("consent", "consent/consent", _consent(), ("https://dichvu.example.vn/callback",)),
    Sample("consent-long", "consent/consent", _consent(service=LONG_SERVICE, rows=[
        ClaimRow(claim="name", label="Họ, chữ đệm và tên", value=LONGEST_NAME, source_label="Bảo hiểm xã hội"),
        *ROWS[1:]])),
    Sample("consent-elsewhere", "consent/consent", _consent(elsewhere=ELSEWHERE)),
    Sample("consent-device", "consent/consent", _consent(elsewhere=ElsewhereView("WDJB-MJHT", "", False), rows=[])),
    Sample("information-elsewhere", "consent/information", _consent(elsewhere=ELSEWHERE)),
    Sample("hostile-elsewhere-message", "consent/consent", _consent(elsewhere=ElsewhereView(HOSTILE, HOSTILE, True))),
    *(Sample(f"decided-{said}", "authorization/decided", {"title": f"decided.{said}.title", "body": f"decided.{said}"})
      for said in ("approved", "refused", "reported")),
    Sample("consent-allowances", "consent/consent", _consent(allowances=ALLOWANCES)),
    Sample("consent-allowances-alone", "consent/consent", _consent(allowances=ALLOWANCES, rows=[], purpose="")),
    Sample("consent-places", "consent/consent", _consent(places=[PORTAL.name, "Dữ liệu bảo hiểm xã hội"])),
    Sample("information-allowances", "consent/information", _consent(allowances=ALLOWANCES, places=["Dữ liệu"])),
    Sample("hostile-allowances", "consent/consent", _consent(allowances=[HOSTILE_ALLOWANCE], places=[HOSTILE])),
    Sample("consent-bare", "consent/consent", _consent(service=ServiceView("Tham vấn"), purpose="", rows=ROWS[:1])),
    Sample("information", "consent/information", _consent(rows=ROWS[:2])),
    Sample("information-optional", "consent/information", _consent()),
    Sample("choose-papers", CHOOSE, _form(service=SPEAKING, sources=SOURCES)),
    Sample("consent-papers", "consent/consent", _consent(service=SPEAKING)),
    Sample("information-papers", "consent/information", _consent(service=SPEAKING)),
    Sample("device", "device_authorization/code", {"typed": "", "wrong": False}),
    Sample("device-wrong", "device_authorization/code", {"typed": "bcdf ghjk", "wrong": True}),
    Sample("device-compare", "device_authorization/compare", _compare()),
    Sample("device-compare-speaking", "device_authorization/compare", _compare(service=SPEAKING, other_network=False)),
    Sample("device-strange", "device_authorization/code", {"typed": HOSTILE, "wrong": True}),
    Sample("hostile-device-compare", "device_authorization/compare", _compare(
        service=ServiceView(HOSTILE, HOSTILE), request_id=HOSTILE)),
    Sample("services", "home/services", {"services": [
        StartableService(one, "https://service.example/start?iss=x") for one in (PORTAL, LONG_SERVICE, SPEAKING)]}),
    Sample("services-none", "home/services", {"services": []}),
    Sample("hostile-services", "home/services", {"services": [
        StartableService(ServiceView(HOSTILE, HOSTILE), "https://service.example/start")]}),
    Sample("home", "home/home", {"logged_in": None}),
    Sample("home-logged-in", "home/home", {"logged_in": LoggedIn(
        datetime(2026, 11, 21, 2, 15, tzinfo=UTC), "Mã số bảo hiểm xã hội")}),
    Sample("logout", "logout/confirm", _form(
        who="Trần Thị Mai", services=[PORTAL.name, "Tham vấn chính sách"], hidden={"request": "r1"})),
    Sample("logout-alone", "logout/confirm", {"services": [], "action": "/posted", "csrf": "sample"}),
    Sample("logout-done", "logout/done", {"services": [PORTAL.name], "way_on": WayOn("/back", PORTAL.name)}),
    Sample("logout-done-alone", "logout/done", {}),
    Sample("hostile-choose", CHOOSE, _form(
        service=ServiceView(HOSTILE, HOSTILE), sources=[SourceTile(id=HOSTILE, label=HOSTILE, hint=HOSTILE)])),
    Sample("hostile-identifier", IDENTIFIER, _form(
        source_label=HOSTILE, kind="generic", value=HOSTILE, error=HOSTILE)),
    Sample("hostile-code", CODE, _code(masked_destination=HOSTILE, service=ServiceView(HOSTILE))),
    Sample("hostile-consent", "consent/consent", _consent(purpose=HOSTILE, service=ServiceView(HOSTILE, HOSTILE), rows=[
        ClaimRow(claim=HOSTILE, label=HOSTILE, value=HOSTILE, source_label=HOSTILE, reason=HOSTILE, optional=True)])),
    Sample("hostile-home", "home/home", {"logged_in": LoggedIn(datetime(2026, 11, 21, tzinfo=UTC), HOSTILE)}),
    Sample("hostile-logout", "logout/confirm", _form(who=HOSTILE, services=[HOSTILE], hidden={"x": HOSTILE})),
)  # fmt: skip

ERROR_DETAILS: Final[dict[str, str | int]] = {
    **{"phut": 15, "nguon": "Mã số thuế", "tuoi": 14},
    **{"gio": "09:15", "ngay": "21/11/2026"},
}
ERRORS: Final = tuple(
    kind(details={name: ERROR_DETAILS[name] for name in kind.placeholders}, way_on="/back") for kind in CITIZEN_ERRORS
)
