"""The rules of the desk, without a desk: the table of permissions, when a second one counts, codes and labels."""

from dataclasses import replace

import pytest

from idp.operators.enrolment import enrolment_hash, new_enrolment_code
from idp.operators.four_eyes import NotASecond, is_concerned, why_not_second
from idp.operators.operator import InvalidLabel, Operator, check_label, has_administrator
from idp.operators.permissions import PERMITTED, Permission, Role, may

AN = Operator(
    id="o-an",
    label="an",
    roles=frozenset({Role.SUPPORT}),
    person_id="an",
    is_person_active=True,
    enrolment_expires_at=None,
    created_at=1,
    created_by="test",
    disabled_at=None,
)
BINH = replace(AN, id="o-binh", label="binh", person_id="binh")


def test_every_role_has_a_row_and_every_permission_somebody() -> None:
    assert PERMITTED.keys() == set(Role)
    assert frozenset().union(*PERMITTED.values()) == set(Permission)


def test_who_manages_operators_does_not_look_at_people() -> None:
    about_people = {Permission.REVEAL, Permission.SEARCH, Permission.PROPOSE, Permission.SECOND, Permission.UNLOCK}

    assert not about_people & PERMITTED[Role.ADMINISTRATOR]
    assert not any(may([role], Permission.MANAGE_OPERATORS) for role in Role if role is not Role.ADMINISTRATOR)


def test_a_viewer_changes_nothing() -> None:
    assert PERMITTED[Role.VIEWER] == {Permission.ENTER, Permission.SEE_QUEUE}


def test_roles_add_up_and_a_disabled_operator_has_none() -> None:
    both = replace(AN, roles=frozenset({Role.VIEWER, Role.ADMINISTRATOR}))

    assert both.may(Permission.MANAGE_OPERATORS)
    assert not replace(both, disabled_at=5).may(Permission.SEE_QUEUE)


@pytest.mark.parametrize(
    ("proposer", "theirs", "mine", "about", "expected"),
    [
        pytest.param(AN, {"an"}, {"binh"}, {"lan"}, None, id="two humans"),
        pytest.param(BINH, {"binh"}, {"binh"}, {"lan"}, NotASecond.SAME_OPERATOR, id="oneself"),
        pytest.param(AN, {"an", "x"}, {"binh", "x"}, {"lan"}, NotASecond.SAME_PERSON, id="perhaps one human"),
        pytest.param(None, set(), {"binh"}, {"lan"}, NotASecond.PROPOSER_GONE, id="nobody knows the proposer"),
        pytest.param(
            replace(AN, disabled_at=5), {"an"}, {"binh"}, {"lan"}, NotASecond.PROPOSER_GONE, id="proposer disabled"
        ),
        pytest.param(
            replace(AN, is_person_active=False), {"an"}, {"binh"}, {"lan"}, NotASecond.PROPOSER_GONE, id="locked"
        ),
        pytest.param(AN, {"an"}, {"binh", "lan"}, {"lan"}, NotASecond.CONCERNED, id="about the second"),
    ],
)
def test_a_second_is_another_human_whom_the_case_is_not_about(
    proposer: Operator | None, theirs: set[str], mine: set[str], about: set[str], expected: NotASecond | None
) -> None:
    why = why_not_second(
        proposer, BINH, proposing=Permission.PROPOSE, proposer_doubles=theirs, second_doubles=mine, about=about
    )

    assert why is expected


@pytest.mark.parametrize(("role", "proposing"), [(Role.VIEWER, Permission.PROPOSE), (Role.SUPPORT, Permission.SPLIT)])
def test_who_may_not_propose_it_any_more_is_no_first_half(role: Role, proposing: Permission) -> None:
    demoted = replace(AN, roles=frozenset({role}))

    why = why_not_second(
        demoted, BINH, proposing=proposing, proposer_doubles={"an"}, second_doubles={"binh"}, about={"lan"}
    )

    assert why is NotASecond.PROPOSER_GONE


def test_whose_second_factor_was_reset_is_not_at_work_before_the_new_one() -> None:
    assert AN.is_at_work
    assert not replace(AN, enrolment_expires_at=5).is_at_work


def test_a_case_is_about_an_operator_through_their_doubles_too() -> None:
    assert is_concerned({"an", "an-before-the-merge"}, ["an-before-the-merge"])
    assert not is_concerned({"an"}, ["lan"])


def test_an_administrator_who_waits_or_is_disabled_is_none() -> None:
    administrator = replace(AN, roles=frozenset({Role.ADMINISTRATOR}))

    assert has_administrator([AN, administrator])
    assert not has_administrator([AN, replace(administrator, disabled_at=1), replace(administrator, person_id=None)])


def test_an_enrolment_code_is_the_same_however_it_is_written() -> None:
    code = new_enrolment_code()

    assert len({enrolment_hash(typed) for typed in (code, code.lower(), code.replace("-", " "), f" {code} ")}) == 1
    assert enrolment_hash(code) != enrolment_hash(new_enrolment_code())


def test_enrolment_codes_have_no_character_that_looks_like_another() -> None:
    drawn = "".join(new_enrolment_code() for _ in range(50))

    assert not set(drawn) & set("01OILUuoil")


@pytest.mark.parametrize("label", ["an", "t.an-2", "a" * 32])
def test_a_label_is_a_plain_handle(label: str) -> None:
    assert check_label(label) == label


@pytest.mark.parametrize("label", ["", "2an", "An", "an binh", "an\n", "ấn", "a" * 33, "../an"])
def test_anything_else_is_no_label(label: str) -> None:
    with pytest.raises(InvalidLabel):
        check_label(label)
