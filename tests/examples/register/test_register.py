"""The register protocol as any client sees it, and the faults a register can be told to have."""

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from examples.faults import FaultSwitch
from examples.mobile_operator.app import create_app as mobile_operator_app
from examples.register.protocol import Credentials
from examples.social_insurance_register.app import create_app as social_insurance_app

CREDENTIALS = Credentials(client_id="motcua", client_secret="s" * 43)
AUTH = (CREDENTIALS.client_id, CREDENTIALS.client_secret)
PLAIN = {"identifier_type": "social_insurance_number", "identifier": "9900000017"}


@pytest.fixture
def insurance() -> TestClient:
    faults = FaultSwitch(delay=0)
    return TestClient(social_insurance_app(CREDENTIALS, today=date(2026, 11, 21), faults=faults))


@pytest.fixture
def operator() -> TestClient:
    return TestClient(mobile_operator_app(CREDENTIALS))


def test_finds_a_known_insurance_number_with_the_telephone_on_file(insurance: TestClient) -> None:
    answer = insurance.post("/lookup", json=PLAIN, auth=AUTH)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    record = answer.json()["record"]
    assert isinstance(record.pop("subject"), str)
    assert answer.json()["found"] is True
    assert record == {
        "name": "Trần Văn Đức",
        "birthdate": "1979-11-02",
        "gender": "male",
        "birthplace": "Thái Bình",
        "personal_id": "099079000028",
        "personal_id_verified": True,
        "deceased": False,
        "phone": "+84530000001",
        "phone_since": "2016-05-01",
        "active_since": None,
    }


def test_finds_the_subscriber_of_a_number_and_since_when(operator: TestClient) -> None:
    question = {"identifier_type": "mobile_number", "identifier": "+84530000008"}

    record = operator.post("/lookup", json=question, auth=AUTH).json()["record"]

    assert (record["name"], record["active_since"]) == ("Đỗ Minh Quân", "2026-02-01")


@pytest.mark.parametrize("number", ["+84530000014", "+84530009999"])
def test_a_number_nobody_vouches_for_is_not_found(operator: TestClient, number: str) -> None:
    question = {"identifier_type": "mobile_number", "identifier": number}

    answer = operator.post("/lookup", json=question, auth=AUTH)

    assert (answer.status_code, answer.json()) == (200, {"found": False})


def test_a_year_is_all_the_register_may_know(insurance: TestClient) -> None:
    question = {**PLAIN, "identifier": "9900000047"}

    assert insurance.post("/lookup", json=question, auth=AUTH).json()["record"]["birthdate"] == "1948"


def test_the_subject_is_stable_and_no_identifier(insurance: TestClient) -> None:
    first, second = (insurance.post("/lookup", json=PLAIN, auth=AUTH).json()["record"] for _ in range(2))

    assert first["subject"] == second["subject"]
    assert PLAIN["identifier"] not in first["subject"]


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="none"),
        pytest.param("Bearer " + "s" * 43, id="another scheme"),
        pytest.param("Basic !!!", id="not base64"),
        pytest.param("Basic bW90Y3VhOndyb25n", id="wrong secret"),
        pytest.param("Basic bW90Y3Vh", id="no colon"),
    ],
)
def test_refuses_wrong_credentials(insurance: TestClient, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}

    answer = insurance.post("/lookup", json=PLAIN, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "question",
    [
        pytest.param([], id="not an object"),
        pytest.param({"identifier": "9900000017"}, id="no type"),
        pytest.param({**PLAIN, "more": 1}, id="something else"),
        pytest.param({**PLAIN, "identifier_type": "mobile_number"}, id="another type"),
        pytest.param({**PLAIN, "identifier": 9900000017}, id="a number"),
        pytest.param({**PLAIN, "identifier": "9" * 33}, id="too long"),
        pytest.param({**PLAIN, "identifier": ""}, id="empty"),
    ],
)
def test_refuses_a_question_it_cannot_read_without_repeating_it(insurance: TestClient, question: Any) -> None:
    answer = insurance.post("/lookup", json=question, auth=AUTH)

    assert answer.status_code == 400
    assert "99000" not in answer.text


def test_refuses_a_body_that_is_not_json_or_too_large(insurance: TestClient) -> None:
    assert insurance.post("/lookup", content=b"{", auth=AUTH).status_code == 400
    assert insurance.post("/lookup", content=b" " * 70_000, auth=AUTH).status_code == 400


def test_is_down_for_one_call_when_the_header_says_so(insurance: TestClient) -> None:
    down = insurance.post("/lookup", json=PLAIN, auth=AUTH, headers={"X-Sandbox-Fault": "down"})

    assert (down.status_code, down.headers["Retry-After"]) == (503, "5")
    assert insurance.post("/lookup", json=PLAIN, auth=AUTH).status_code == 200


def test_answers_garbage_or_for_somebody_else_when_told_to(insurance: TestClient) -> None:
    garbled = insurance.post("/lookup", json=PLAIN, auth=AUTH, headers={"X-Sandbox-Fault": "garbled"})
    lying = insurance.post("/lookup", json=PLAIN, auth=AUTH, headers={"X-Sandbox-Fault": "lying"})

    assert garbled.headers["Content-Type"].startswith("text/html")
    assert lying.json()["record"]["name"] != "Trần Văn Đức"


def test_still_answers_rightly_when_only_slow(insurance: TestClient) -> None:
    slow = insurance.post("/lookup", json=PLAIN, auth=AUTH, headers={"X-Sandbox-Fault": "slow"})

    assert slow.json()["found"] is True


def test_refuses_a_fault_nobody_knows(insurance: TestClient) -> None:
    odd = insurance.post("/lookup", json=PLAIN, auth=AUTH, headers={"X-Sandbox-Fault": "tired"})

    assert odd.status_code == 400
    assert insurance.post("/sandbox/fault", data={"fault": "tired"}).status_code == 400


def test_a_fault_set_on_the_page_stays_until_it_is_taken_back(insurance: TestClient) -> None:
    insurance.post("/sandbox/fault", data={"fault": "down"})
    assert insurance.post("/lookup", json=PLAIN, auth=AUTH).status_code == 503
    assert insurance.get("/health").status_code == 503
    assert "Ngừng hoạt động" in insurance.get("/").text

    insurance.post("/sandbox/fault", data={"fault": "none"})
    assert insurance.post("/lookup", json=PLAIN, auth=AUTH).status_code == 200


def test_the_page_lists_every_record(insurance: TestClient, operator: TestClient) -> None:
    assert "9900000047" in insurance.get("/").text
    assert "12/03/1984" in insurance.get("/").text
    assert "+84530000008" in operator.get("/?lang=en").text
    assert "+84530000014" not in operator.get("/").text
