"""Every page, rendered in both languages with every sample."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from jinja2 import UndefinedError

from idp.errors import CitizenError, StorageUnavailable, TooManyTries
from idp.web.csrf import CrossSiteRefused, CsrfRefused
from idp.web.forms import MalformedRequest, RequestTooLarge
from idp.web.i18n import Locale
from idp.web.pages import TEMPLATES_FOLDER, Brand, Pages
from idp.web.refusals import citizen_error, citizen_error_for_status, refusal_page
from tests.idp.web.gallery import BUTTON_PAGE
from tests.idp.web.samples import ERRORS, HOSTILE, SAMPLES, Sample

ISSUER = "https://dinhdanh.example.vn"
PAGES = Pages(sandbox=True, brand=Brand(issuer=ISSUER, hotline="1900 0000", guide_url="/guide"))
ALL = [pytest.param(sample, id=sample.id) for sample in SAMPLES]
VOID = frozenset({"meta", "link", "input", "br", "img"})


class Outline(HTMLParser):
    """Checks that tags are closed in order, and collects what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def by_id(self, wanted: str) -> dict[str, str | None]:
        (found,) = [attributes for _, attributes in self.tags if attributes.get("id") == wanted]
        return found


def outline(sample: Sample, locale: Locale = Locale.VI) -> Outline:
    return Outline(PAGES.render(sample.template, locale=locale, path="/here", **sample.context))


def sample(wanted: str) -> Sample:
    (found,) = [sample for sample in SAMPLES if sample.id == wanted]
    return found


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("sample", ALL)
def test_every_page_is_whole(sample: Sample, locale: Locale) -> None:
    page = outline(sample, locale)

    assert page.all("html") == [{"lang": locale.value}]
    assert len(page.all("h1")) == 1
    assert "{" not in page.text.replace("{{7*7}}{code}", "")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in page.all("input"):
        if attributes["type"] != "hidden":
            assert any(label["for"] == attributes["id"] for label in page.all("label"))
    for _, attributes in page.tags:
        assert set((attributes.get("aria-describedby") or "").split()) <= set(ids)


@pytest.mark.parametrize("sample", ALL)
def test_no_page_holds_inline_code_or_style(sample: Sample) -> None:
    page = outline(sample)

    for tag, attributes in page.tags:
        assert tag != "style"
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    assert all(script["src"] for script in page.all("script"))


@pytest.mark.parametrize("sample", ALL)
def test_every_form_carries_its_token_and_leaves_validation_to_us(sample: Sample) -> None:
    page = outline(sample)

    hidden = [attributes for attributes in page.all("input") if attributes.get("name") == "csrf"]
    # Looking something up changes nothing, and needs no token.
    changing = [form for form in page.all("form") if form["method"] != "get"]
    assert len(changing) == len(hidden)
    for form in changing:
        assert form["method"] == "post"
    assert all("novalidate" in form for form in page.all("form"))


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("wanted", [sample.id for sample in SAMPLES if sample.id.startswith("hostile")])
def test_hostile_values_are_shown_never_obeyed(wanted: str, locale: Locale) -> None:
    html = PAGES.render(sample(wanted).template, locale=locale, path="/here", **sample(wanted).context)

    assert "<script>alert" not in html
    assert HOSTILE in Outline(html).text


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("error", [pytest.param(error, id=error.code) for error in ERRORS])
def test_every_refusal_says_its_code_what_to_do_and_a_way_on(error: CitizenError, locale: Locale) -> None:
    page = Outline(PAGES.error(error, locale=locale))

    assert error.code in page.text
    assert page.by_id("continue")["href"] == "/back"
    assert "{" not in page.text
    assert page.text.startswith("Lỗi: " if locale is Locale.VI else "Error: ")


def test_a_page_with_an_error_says_so_in_its_title_at_the_top_and_at_the_field() -> None:
    page = outline(sample("code-wrong"))

    assert page.text.startswith("Lỗi: Nhập mã xác thực – Một cửa")
    assert {"href": "#one-time-code"} in page.all("a")
    field = page.by_id("one-time-code")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "one-time-code-hint one-time-code-error"
    assert page.text.count("Mã xác thực chưa đúng. Còn 3 lần thử.") == 2


def test_a_page_without_an_error_does_not_claim_one() -> None:
    page = outline(sample("code"))

    assert page.text.startswith("Nhập mã xác thực – Một cửa")
    assert "aria-invalid" not in page.by_id("one-time-code")


def test_sources_are_buttons_with_the_source_as_value() -> None:
    buttons = [button for button in outline(sample("choose-one-down")).all("button") if button.get("name") == "source"]

    assert [(button["value"], "disabled" in button) for button in buttons] == [
        ("social-insurance", False),
        ("mobile", False),
        ("down", True),
        ("down-until", True),
    ]


def test_a_source_that_is_down_says_why_and_when_it_returns() -> None:
    text = outline(sample("choose-one-down")).text

    assert "Tạm gián đoạn. Vui lòng chọn nguồn khác hoặc thử lại sau." in text
    assert "Bảo trì đến 18:00 ngày 21/11/2026." in text


def test_no_source_at_all_is_explained() -> None:
    assert "Hiện không có nguồn định danh nào" in outline(sample("choose-none")).text


def test_the_code_field_suits_phones_and_their_keyboards() -> None:
    field = outline(sample("code")).by_id("one-time-code")

    assert (field["name"], field["inputmode"], field["autocomplete"]) == ("code", "numeric", "one-time-code")


def test_a_destination_that_is_not_told_leaves_no_trace_of_whether_there_is_one() -> None:
    text = outline(sample("code-untold")).text

    assert "đã được gửi tới số điện thoại đã đăng ký." in text
    assert "053" not in text


def test_resending_waits_in_words_and_works_without_a_script() -> None:
    page = outline(sample("code-untold"))

    assert "disabled" in page.by_id("resend")
    assert "Có thể gửi lại sau 30 giây" in page.text
    assert any(link["href"] == "/here" for link in page.all("a"))


def test_resending_is_open_once_the_wait_is_over() -> None:
    page = outline(sample("code"))

    assert "disabled" not in page.by_id("resend")
    assert page.all("script") == []


@pytest.mark.parametrize("wanted", ["consent", "information", "logout"])
def test_yes_and_no_weigh_the_same(wanted: str) -> None:
    page = outline(sample(wanted))
    yes, no = page.by_id("approve"), page.by_id("refuse")

    assert (yes["name"], yes["value"]) == ("decision", "approve")
    assert (no["name"], no["value"]) == ("decision", "refuse")
    assert yes["class"] == no["class"]


def test_optional_claims_are_unticked_and_required_ones_are_no_choice() -> None:
    boxes = [box for box in outline(sample("consent")).all("input") if box["type"] == "checkbox"]

    assert [(box["name"], "checked" in box) for box in boxes] == [("claim.phone_number", False)]


def test_each_claim_says_where_it_comes_from_and_since_when() -> None:
    text = outline(sample("consent")).text

    assert "Thông tin do Bảo hiểm xã hội cung cấp, cập nhật ngày 09/03/2026. Để lập hồ sơ đúng người." in text
    assert "Thông tin do nhà mạng cung cấp. Để báo khi hồ sơ có kết quả." in text


def test_the_lawful_page_cites_the_law_and_asks_for_no_consent() -> None:
    text = outline(sample("information")).text

    assert "theo Luật số 91/2025/QH15 ; không cần sự đồng ý" in text
    assert "Đồng ý" not in text


def test_the_band_is_on_every_page_of_the_sandbox_and_on_none_of_production() -> None:
    production = Pages(sandbox=False, brand=Brand(issuer=ISSUER))

    assert "MÔI TRƯỜNG THỬ NGHIỆM" in outline(sample("logout-done-alone")).text
    assert "THỬ NGHIỆM" not in production.render("logout/done", locale="vi")


def test_every_page_says_the_true_address_in_words() -> None:
    assert "Địa chỉ đúng của hệ thống này: dinhdanh.example.vn" in outline(sample("logout-done-alone")).text


def test_the_switch_names_the_other_language_in_itself() -> None:
    links = outline(sample("code"), Locale.EN).all("a")

    assert {"class": "mc-switch", "href": "/here?lang=vi", "hreflang": "vi", "lang": "vi"} in links


def test_a_value_the_endpoint_forgot_is_an_error_not_a_hole() -> None:
    with pytest.raises(UndefinedError):
        PAGES.render("consent/consent", locale="vi", action="/x", csrf="c")


def test_a_refusal_answers_with_its_status_and_when_to_come_back() -> None:
    answer = refusal_page(PAGES, StorageUnavailable(retry_after=5), locale="vi")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_the_private_detail_of_a_refusal_is_on_no_page() -> None:
    error = TooManyTries(private_detail="canary-4711", details={"phut": 5})

    assert "canary" not in PAGES.error(error, locale="vi")


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (MalformedRequest("x"), "MC-1501"),
        (RequestTooLarge("x"), "MC-1504"),
        (CsrfRefused("x"), "MC-1202"),
        (CrossSiteRefused("x"), "MC-1202"),
    ],
)
def test_what_the_edge_refuses_has_a_page(refused: MalformedRequest, code: str) -> None:
    assert citizen_error(refused).code == code


@pytest.mark.parametrize(("status", "code"), [(404, "MC-1502"), (405, "MC-1503"), (413, "MC-1504"), (400, "MC-1501")])
def test_what_the_router_refuses_has_a_page(status: int, code: str) -> None:
    assert citizen_error_for_status(status).code == code


def test_the_mark_is_the_same_on_pages_in_its_file_and_in_the_button_for_services() -> None:
    inline = (TEMPLATES_FOLDER / "layout" / "mark.html").read_text() + BUTTON_PAGE.read_text()
    file = ElementTree.parse(TEMPLATES_FOLDER.parent / "web" / "static" / "mark.svg")
    path = file.find("{http://www.w3.org/2000/svg}path")

    assert path is not None
    assert re.findall(r' d="([^"]+)"', inline) == [path.get("d")] * 2
