"""The page of results: the provider by row, the relying party in a part of its own."""

from typing import Any

from tests.conformance.table import RELYING_PARTY, tables


def result(row: int | str, module: str, told: str, **more: Any) -> dict[str, Any]:
    variant = {"client_registration": "static_client"}
    return {"row": row, "plan": f"plan-{row}", "variant": variant, "module": module, "result": told, **more}


def test_the_last_run_of_a_module_counts() -> None:
    page = list(tables([result(2, "m", "FAILED"), result(2, "m", "PASSED"), result(10, "n", "WARNING")]))

    assert "| 2 | `plan-2` | static | 1 | 1 | 0 | 0 | 0 | 0 |" in page
    assert page.index("### Row 2: `plan-2`") < page.index("### Row 10: `plan-10`")
    assert "| `m` | PASSED |" in page


def test_a_page_without_relying_parties_has_no_part_for_them() -> None:
    assert "## Relying party" not in list(tables([result(2, "m", "PASSED")]))


def test_relying_parties_come_after_the_provider_with_what_was_seen() -> None:
    seen = "id_token_invalid: nonce_wrong"
    page = list(tables([result(RELYING_PARTY, "m", "PASSED", journey=seen), result(2, "m", "PASSED")]))

    assert page.index("### Row 2: `plan-2`") < page.index("## Relying party")
    assert "| `plan-rp` | 1 | 1 | 0 | 0 | 0 | 0 |" in page
    assert f"| `m` | PASSED | {seen} |" in page


def test_a_module_that_never_ended_is_in_the_sum_and_in_no_column() -> None:
    page = list(tables([result(RELYING_PARTY, "m", "UNKNOWN")]))

    assert "| `plan-rp` | 1 | 0 | 0 | 0 | 0 | 0 |" in page
