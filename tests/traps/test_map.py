"""The map of the traps leads somewhere: each is there once, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "docs" / "security-traps.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
TRAPS = 25


def rows() -> dict[int, str]:
    """The rows of the first table, by the number of their trap."""
    found = re.findall(r"^\| (\d+) \|(.*)\|$", MAP, re.MULTILINE)
    assert len(found) == len({number for number, _ in found}), "a trap has one row"
    return {int(number): text for number, text in found}


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse((ROOT / file).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_")
    )


def test_every_trap_has_its_row():
    assert sorted(rows()) == list(range(1, TRAPS + 1))


@pytest.mark.parametrize("number", range(1, TRAPS + 1))
def test_every_trap_names_a_test_or_says_that_it_is_not_built(number):
    row = rows()[number]
    assert NAMED.search(row) or "not built yet" in row


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(MAP))))
def test_every_named_test_exists(file, name):
    assert name in names_in(file)


def test_the_map_mentions_no_test_in_a_form_that_is_not_checked():
    assert MAP.count("tests/") - MAP.count("`tests/traps/`") == len(NAMED.findall(MAP))
