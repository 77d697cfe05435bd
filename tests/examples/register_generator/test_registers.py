"""The registers of invented people: the same for a seed, never real, and wrong as often as the rates say."""

import hashlib
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from examples.register_generator.faults import FaultRates, read_rates
from examples.register_generator.on_purpose import COUNTS
from examples.register_generator.output import Recipe, entries_of, write_registers
from examples.register_generator.people import ADULT_AT, TODAY
from examples.register_generator.provinces import provinces
from idp.identity.attributes.birthplaces import province_tables, provinces_meant
from idp.identity.identifiers.personal_id import parse_personal_id
from idp.identity.identifiers.tax_code import parse_tax_code

Line = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registers")
    write_registers(Recipe(people=4000, seed=7, rates=read_rates()), folder)
    return folder


def _lines(folder: Path, name: str) -> list[Line]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]


def _digest(folder: Path) -> str:
    files = sorted(folder.iterdir())
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()


def test_a_seed_makes_the_same_bytes_on_every_machine(tmp_path: Path) -> None:
    write_registers(Recipe(people=300, seed=1, rates=read_rates()), tmp_path)
    assert _digest(tmp_path) == "b1d7d6e57b778ce0e22f15c1b9ed9d9262be77ef0ca31960ae22e793071ad5e7"


def test_another_seed_makes_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_registers(Recipe(people=50, seed=seed, rates=read_rates()), tmp_path / str(seed))
    first, second = ({line["name"] for line in _lines(tmp_path / seed, "population")} for seed in ("1", "2"))
    assert len(first & second) < len(first) / 5


def test_people_are_made_as_they_are_asked_for() -> None:
    assert len(list(islice(entries_of(Recipe(people=10_000_000, seed=1, rates=read_rates())), 3000))) == 3000


def test_every_number_lies_in_a_range_that_is_given_to_nobody(folder: Path) -> None:
    for register in ("population", "tax", "insurance", "phone"):
        for line in _lines(folder, register):
            assert (line["personal_id"] or "099").startswith("099") or line["record_id"].endswith("-pair-08")
            assert (line.get("tax_code") or "99").startswith("99")
            assert (line.get("insurance_number") or "99").startswith("99")
            assert (line.get("phone_number") or "053").startswith(("053", "054", "057"))
            assert (line.get("phone") or "053").startswith(("053", "054", "057", "0153", "0154", "0157"))


def test_numbers_are_well_formed_and_given_once(folder: Path) -> None:
    population = [line["personal_id"] for line in _lines(folder, "population")]
    codes = [line["tax_code"] for line in _lines(folder, "tax") if "tax_code" in line]
    phones = [line["phone_number"] for line in _lines(folder, "phone")]
    assert len(set(population)) == len(population)
    assert len(set(codes)) == len(codes)
    # A reused phone is in one register once: in the other it is what its former holder left there.
    assert len(set(phones)) == len(phones)
    for number in population:
        parse_personal_id(number, today=TODAY)
    for code in codes:
        assert parse_tax_code(code, today=TODAY).canonical == code


def test_a_number_says_the_sex_and_birth_year_of_its_person(folder: Path) -> None:
    for line in _lines(folder, "population"):
        number = parse_personal_id(line["personal_id"], today=TODAY)
        assert (number.sex, number.birth_year) == (line["sex"], int(line["birthdate"][:4]))


def test_the_truth_names_the_person_of_every_record(folder: Path) -> None:
    truth = {line["record_id"]: line["person_id"] for line in _lines(folder, "truth")}
    records = [line for register in ("population", "tax", "insurance", "phone") for line in _lines(folder, register)]
    assert {line["record_id"] for line in records} == set(truth)
    assert all(truth[line["record_id"]] for line in records if line["birthdate"])


def test_registers_cover_as_many_as_the_recipe_says(folder: Path) -> None:
    """Of those who come by chance: whoever is put in on purpose is everywhere."""
    by_chance = {
        line["record_id"]: line["person_id"]
        for line in _lines(folder, "truth")
        if (line["used_by"] or line["person_id"] or "").startswith("p0")
    }
    grown = {
        by_chance[line["record_id"]]
        for line in _lines(folder, "population")
        if line["record_id"] in by_chance and int(line["birthdate"][:4]) <= TODAY.year - ADULT_AT
    }
    tax, insurance = (
        {person for record_id, person in by_chance.items() if record_id.startswith(f"{register}-")}
        for register in ("tax", "insurance")
    )
    lines = [record_id for record_id in by_chance if record_id.startswith("phone-")]
    assert 0.58 < len(tax) / len(grown) < 0.66
    assert 0.84 < len(insurance) / len(grown) < 0.91
    assert 1.18 < len(lines) / len(grown) < 1.30


def test_mistakes_are_as_frequent_as_their_rates(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for register, rate in read_rates().items():
        made, records = manifest["faults_made"], manifest["records"][register]
        for fault in ("number_missing", "marks_missing", "sex_missing", "birth_first_of_january"):
            expected = getattr(rate, fault) * records
            assert abs(made.get(f"{register}.{fault}", 0) - expected) < 5 * expected**0.5 + 5, (register, fault)


def test_twice_the_mistakes_are_made_when_asked_for() -> None:
    assert FaultRates(number_missing=0.12, marks_missing=0.7).times(2) == FaultRates(
        number_missing=0.24, marks_missing=1.0
    )


def test_without_numbers_nobody_has_one(tmp_path: Path) -> None:
    write_registers(Recipe(people=500, seed=1, rates=read_rates(), without_numbers=True), tmp_path)
    for register in ("population", "tax", "insurance", "phone"):
        assert {line["personal_id"] for line in _lines(tmp_path, register)} == {None}
    assert 0.85 < len(_lines(tmp_path, "population")) / 500 < 0.97


def test_namesakes_twins_foreigners_and_reissued_numbers_are_always_there(folder: Path) -> None:
    same = Counter((line["name"], line["birthdate"], line["sex"]) for line in _lines(folder, "population"))
    foreigners = {"Hoa Kỳ", "Hàn Quốc", "Ai Len", "Nhật Bản", "Pháp", "Séc"}
    assert sum(count > 1 for count in same.values()) >= COUNTS["homonym_clusters"]
    assert len(_lines(folder, "superseded")) == COUNTS["superseded_numbers"] + 1
    assert sum(line["birthplace"] in foreigners for line in _lines(folder, "tax")) == COUNTS["foreigners"]


def test_a_reused_phone_is_in_the_file_of_who_had_it_and_in_the_name_of_who_has_it(folder: Path) -> None:
    truth = {line["record_id"]: line["person_id"] for line in _lines(folder, "truth")}
    holders = {line["phone_number"]: truth[line["record_id"]] for line in _lines(folder, "phone")}
    tax = [line for line in _lines(folder, "tax") if line.get("phone")]
    left = [(line["phone"].replace("015", "05", 1), truth[line["record_id"]]) for line in tax]
    reused = {phone for phone, person in left if person.startswith("s") and holders.get(phone, person) != person}
    assert len(reused) == COUNTS["recycled_phones"]


def test_the_pairs_are_those_of_the_matching_policy() -> None:
    ours, policys = (
        Path("examples/register_generator/pairs.json"),
        Path("tests/idp/identity/fixtures/match_pairs.json"),
    )
    assert json.loads(ours.read_text("utf-8")) == json.loads(policys.read_text("utf-8"))


def test_provinces_are_called_as_in_the_provider_and_merged_alike() -> None:
    tables = province_tables()
    assert {province.code: province.name for province in provinces().choices} == tables.before_2025
    for province in provinces().choices:
        assert province.code in provinces_meant(province.name_now)


@pytest.mark.parametrize(
    "text", ["[tax]\nnumber_mising = 0.1\n", "[tax]\nsex_wrong = 1.5\n", '[tax]\nsex_wrong = "x"\n']
)
def test_a_rate_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rates.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"\[tax\]"):
        read_rates(tmp_path / "rates.toml")
