"""The citizens of the sandbox are exactly the cases promised, and their numbers cannot be real."""

import hashlib
from datetime import date

import pytest
from stdnum.vn import mst

from examples.personas import (
    MOBILE,
    SOCIAL_INSURANCE,
    TAX,
    Persona,
    Record,
    load_personas,
    mobile_records,
    social_insurance_records,
    tax_records,
)
from idp.identity.matching import decide
from idp.identity.recognition.candidates import choose

TODAY = date(2026, 11, 21)
PERSONAS = load_personas()
BY_ID = {persona.id: persona for persona in PERSONAS}


def test_there_are_exactly_the_promised_cases() -> None:
    assert list(BY_ID) == [
        "plain", "tax-only", "tone-marks", "unmarked", "year-only", "homonym-a", "homonym-b",
        "phone-changed-hands", "new-subscriber", "new-phone", "deceased", "minor", "mother", "twelve-digit-tax-code",
        "no-email", "nobody-vouches", "two-tax-codes", "ethnic-name", "no-personal-id",
        "missing-at-insurance", "swapped-date", "middle-name", "reordered", "adds-later", "year-only-no-id",
        "tone-differs", "homonym-c",
    ]  # fmt: skip


@pytest.mark.parametrize("record", tax_records(PERSONAS), ids=lambda record: record.identifier)
def test_a_tax_code_is_valid_and_never_real(record: Record) -> None:
    code = record.identifier
    if len(code) == 12:
        assert code in {persona.personal_id for persona in PERSONAS}
        return
    assert code.startswith("99")
    assert mst.is_valid(code)


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.id)
def test_the_personal_id_tells_the_same_sex_and_year_as_the_person(persona: Persona) -> None:
    century_and_sex, year = int(persona.personal_id[3]), persona.personal_id[4:6]

    assert persona.personal_id.startswith("099")
    assert len(persona.personal_id) == 12
    assert persona.gender == ("female" if century_and_sex % 2 else "male")
    assert persona.birthdate[:4] == f"{19 + century_and_sex // 2}{year}"


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.id)
def test_every_person_is_explained_in_both_languages_and_has_a_fictitious_number(persona: Persona) -> None:
    assert persona.shows["vi"] != persona.shows["en"]
    assert persona.phone.startswith("+8453")
    assert len(persona.phone) == 12


def test_no_two_people_share_a_number() -> None:
    for records in (tax_records(PERSONAS), social_insurance_records(PERSONAS, today=TODAY), mobile_records(PERSONAS)):
        identifiers = [record.identifier for record in records]
        assert len(set(identifiers)) == len(identifiers)
        assert len({record.subject for record in records}) == len(records)
    assert len({persona.personal_id for persona in PERSONAS}) == len(PERSONAS)


def test_an_insurance_number_is_never_a_valid_tax_code() -> None:
    for record in social_insurance_records(PERSONAS, today=TODAY):
        assert record.identifier.startswith("99")
        assert not mst.is_valid(record.identifier)


def test_the_plain_person_is_the_same_in_all_three_registers() -> None:
    seen = {
        (record.name, record.birthdate, record.gender, record.personal_id)
        for records in (
            tax_records(PERSONAS),
            social_insurance_records(PERSONAS, today=TODAY),
            mobile_records(PERSONAS),
        )
        for record in records
        if record.personal_id == BY_ID["plain"].personal_id
    }

    assert seen == {("Trần Văn Đức", "1979-11-02", "male", "099079000028")}
    assert set(BY_ID["plain"].sources) == {TAX, SOCIAL_INSURANCE, MOBILE}


def test_the_homonyms_differ_in_nothing_but_their_personal_id() -> None:
    one, other = BY_ID["homonym-a"], BY_ID["homonym-b"]

    assert (one.name, one.birthdate, one.gender) == (other.name, other.birthdate, other.gender)
    assert one.personal_id != other.personal_id


def test_the_old_number_on_file_now_belongs_to_somebody_else() -> None:
    insured = _one(social_insurance_records(PERSONAS, today=TODAY), BY_ID["phone-changed-hands"])
    subscriber = _one(mobile_records(PERSONAS), BY_ID["new-subscriber"])

    assert insured.phone == subscriber.phone
    assert insured.personal_id != subscriber.personal_id
    assert insured.phone_since is not None
    assert subscriber.active_since is not None
    assert insured.phone_since < subscriber.active_since


def test_everybody_elses_number_on_file_has_not_changed_hands_since() -> None:
    subscribers = {record.identifier: record for record in mobile_records(PERSONAS)}
    for record in social_insurance_records(PERSONAS, today=TODAY):
        if record.personal_id in {BY_ID["phone-changed-hands"].personal_id, BY_ID["new-phone"].personal_id}:
            continue
        assert record.phone_since is not None
        assert (TODAY - date.fromisoformat(record.phone_since)).days >= 30
        owner = subscribers[record.phone or ""]
        child_and_mother = (BY_ID["minor"].personal_id, BY_ID["mother"].personal_id)
        assert (
            owner.personal_id == (record.personal_id or owner.personal_id)
            or (record.personal_id, owner.personal_id) == child_and_mother
        )
        assert owner.active_since is not None
        assert owner.active_since <= record.phone_since


def test_a_number_put_on_file_three_days_ago_is_too_new() -> None:
    record = _one(social_insurance_records(PERSONAS, today=TODAY), BY_ID["new-phone"])

    assert record.phone_since == "2026-11-18"


def test_nobody_vouches_for_one_number() -> None:
    persona = BY_ID["nobody-vouches"]

    assert MOBILE in persona.sources
    assert persona.phone not in {record.identifier for record in mobile_records(PERSONAS)}


def test_the_minor_is_under_fourteen_and_the_deceased_is_marked_everywhere() -> None:
    assert int(BY_ID["minor"].birthdate[:4]) > TODAY.year - 14
    records = [*social_insurance_records(PERSONAS, today=TODAY), *mobile_records(PERSONAS)]
    deceased = {record.personal_id for record in records if record.deceased}
    assert deceased == {BY_ID["deceased"].personal_id}
    assert all(record.deceased for record in records if record.personal_id in deceased)
    assert TAX not in BY_ID["deceased"].sources


def test_two_tax_codes_carry_one_personal_id() -> None:
    both = [record for record in tax_records(PERSONAS) if record.personal_id == BY_ID["two-tax-codes"].personal_id]

    assert len({record.identifier for record in both}) == 2
    assert len({record.password for record in both}) == 2


def test_credentials_hold_only_what_a_citizen_types() -> None:
    assert BY_ID["plain"].credentials() == {
        "tax": {"identifier": "9900000016", "password": "lua-vang-1979"},
        "social-insurance": {"identifier": "9900000017"},
        "mobile": {"identifier": "0530000001"},
    }


@pytest.mark.parametrize(
    ("who", "one", "other", "decision"),
    [
        pytest.param("tone-marks", TAX, SOCIAL_INSURANCE, "LINK", id="tone marks"),
        pytest.param("unmarked", TAX, MOBILE, "LINK_TOL", id="no marks"),
        pytest.param("year-only", SOCIAL_INSURANCE, MOBILE, "LINK_TOL", id="the year alone"),
        pytest.param("no-personal-id", TAX, SOCIAL_INSURANCE, "PROVE", id="no number at the tax authority"),
        pytest.param("missing-at-insurance", TAX, SOCIAL_INSURANCE, "PROVE", id="no number at the insurance"),
        pytest.param("swapped-date", TAX, SOCIAL_INSURANCE, "PROVE", id="day and month swapped"),
        pytest.param("middle-name", TAX, SOCIAL_INSURANCE, "PROVE", id="a middle name missing"),
        pytest.param("adds-later", TAX, SOCIAL_INSURANCE, "PROVE", id="to be added later"),
        pytest.param("year-only-no-id", TAX, SOCIAL_INSURANCE, "REVIEW", id="the year alone, and no number"),
        pytest.param("tone-differs", TAX, SOCIAL_INSURANCE, "REVIEW", id="another tone"),
    ],
)
def test_the_registers_differ_as_the_description_says(who: str, one: str, other: str, decision: str) -> None:
    held = {
        TAX: tax_records(PERSONAS),
        SOCIAL_INSURANCE: social_insurance_records(PERSONAS, today=TODAY),
        MOBILE: mobile_records(PERSONAS),
    }
    here, there = (
        next(record for record in held[source] if record.subject == _subject(who, source)) for source in (one, other)
    )

    assert decide(_as_matched(here), _as_matched(there)).name == decision


def test_the_two_tax_codes_of_one_persona_hold_the_name_in_two_orders() -> None:
    both = [record for record in tax_records(PERSONAS) if record.personal_id == BY_ID["reordered"].personal_id]

    assert decide(*map(_as_matched, both)).name == "PROVE"


def test_the_namesake_without_a_number_has_two_rivals() -> None:
    alone = next(record for record in tax_records(PERSONAS) if record.subject == _subject("homonym-c", TAX))
    rivals = [
        _as_matched(record)
        for record in tax_records(PERSONAS)
        if record.personal_id in {BY_ID["homonym-a"].personal_id, BY_ID["homonym-b"].personal_id}
    ]

    assert choose(_as_matched(alone), rivals).decision == "REVIEW"


def test_a_record_hides_itself() -> None:
    assert "Đức" not in repr(tax_records(PERSONAS)[0])


def _subject(who: str, source: str) -> str:
    """The first record of that persona at that source."""
    identifier = BY_ID[who].phone if source == MOBILE else BY_ID[who].sources[source]["identifier"]
    return hashlib.sha256(f"{source}:{identifier}".encode()).hexdigest()[:24]


def _as_matched(record: Record) -> dict[str, str | None]:
    return {
        "name": record.name,
        "birthdate": record.birthdate,
        "sex": record.gender,
        "birthplace": record.birthplace,
        "personal_id": record.personal_id,
    }


def _one(records: tuple[Record, ...], persona: Persona) -> Record:
    return next(record for record in records if record.personal_id == persona.personal_id)
