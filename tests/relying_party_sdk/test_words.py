"""What citizens read keeps the house style: no "bạn", no exclamation mark, "đăng xuất" for logging out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import relying_party_sdk

ROOT = Path(relying_party_sdk.__file__).parent
MODULES = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in sorted(ROOT.rglob("*.py"))]

# Letters that Vietnamese has and English has not.
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯà-ỹÀ-Ỹ]")
UNWANTED = re.compile(r"\b(?:bạn|quý khách|thoát)\b|!", re.IGNORECASE)


def sentences(source: str) -> Iterator[str]:
    """Every literal with Vietnamese in it, without the mark-up around the words."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and VIETNAMESE.search(node.value):
            yield re.sub(r"<[^>]*>", " ", node.value)


@pytest.mark.parametrize("path", MODULES)
def test_citizens_are_addressed_politely(path: Path) -> None:
    found = [text for text in sentences(path.read_text(encoding="utf-8")) if UNWANTED.search(text)]

    assert found == []


@pytest.mark.parametrize("wrong", ["Bạn đã đăng nhập", "Xin chào quý khách", "Đã đăng nhập!", "Đã <b>thoát</b>"])
def test_an_impolite_sentence_would_be_found(wrong: str) -> None:
    assert any(UNWANTED.search(text) for text in sentences(f"TEXT = {wrong!r}"))
