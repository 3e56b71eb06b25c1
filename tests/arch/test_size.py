"""The house rules that no linter knows: sizes, sentences, and what may stand in a committed file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MODULE_LINES, FUNCTION_LINES = 300, 40


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT / "src")))
def test_a_module_and_its_functions_are_small(file):
    assert len(file.read_text("utf-8").splitlines()) <= MODULE_LINES
    long = {
        node.name: size
        for node in functions(file)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }
    assert not long


def test_no_source_promises_what_is_not_there():
    words = re.compile(r"TODO|FIXME|XXX|NotImplementedError")
    assert not [file for file in SOURCES if words.search(file.read_text("utf-8"))]


def test_locked_requirements_hold_no_address_and_no_path():
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        text = file.read_text("utf-8")
        assert "://" not in text, file
        assert "file:" not in text, file
        assert not re.search(r"(?m)^\s*(/|-e|--index|--extra|--find)", text), file


def test_every_locked_requirement_has_a_hash():
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        text = re.sub(r"\\\n\s*", " ", file.read_text("utf-8"))
        bare = [line for line in text.splitlines() if "==" in line and "--hash=sha256:" not in line]
        assert not bare, file
