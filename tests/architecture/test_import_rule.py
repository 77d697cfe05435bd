"""The import rule, on the real tree."""

from tests.architecture import checks
from tests.architecture.source_tree import module_names, source_modules


def test_every_module_imports_its_own_layer_or_one_below() -> None:
    assert list(checks.layer_breaches(source_modules(), module_names())) == []


def test_no_step_of_a_login_imports_another() -> None:
    assert list(checks.step_breaches(source_modules(), module_names())) == []


def test_the_sdk_the_keys_and_the_mobile_authenticator_know_nobody() -> None:
    assert list(checks.independence_breaches(source_modules(), module_names())) == []


def test_each_library_is_imported_at_its_home_only() -> None:
    assert list(checks.home_breaches(source_modules(), module_names())) == []


def test_every_exception_to_the_layers_is_still_needed() -> None:
    assert list(checks.unused_exceptions(source_modules(), module_names())) == []


def test_no_module_reaches_itself_through_others() -> None:
    assert list(checks.cycles(source_modules(), module_names())) == []


def test_nothing_is_imported_inside_a_function() -> None:
    assert list(checks.function_import_breaches(source_modules(), module_names())) == []
