"""Variables of compose files: `$NAME` and `${NAME…}` filled in from an env file and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_TOKEN = re.compile(rf"\$(?:(?P<escaped>\$)|(?P<plain>{NAME})|\{{(?P<braced>{NAME})(?P<operator>:?[-?+])?)")
MOST_NESTING = 10


class BadVariableError(ValueError):
    """A `$` that begins no variable and is no `$$`."""


@dataclass(slots=True)
class Filling:
    """Fills text in; gathers the names that had no value, with what the file says of them, and those it used."""

    values: Mapping[str, str]
    missing: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def fill(self, text: str) -> str:
        """The text with every variable replaced. Raises BadVariableError."""
        filled, end = self._until(text, 0, nested=0)
        if end != len(text):
            raise BadVariableError
        return filled

    def _until(self, text: str, start: int, *, nested: int) -> tuple[str, int]:
        """Fill up to the end, or inside of braces up to the one that closes them."""
        if nested > MOST_NESTING:
            raise BadVariableError
        pieces: list[str] = []
        at = start
        while at < len(text):
            if text[at] == "}" and nested:
                return "".join(pieces), at
            if text[at] != "$":
                pieces.append(text[at])
                at += 1
                continue
            piece, at = self._variable(text, at, nested)
            pieces.append(piece)
        if nested:
            raise BadVariableError
        return "".join(pieces), at

    def _variable(self, text: str, at: int, nested: int) -> tuple[str, int]:
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadVariableError
        if found["escaped"]:
            return "$", found.end()
        if found["plain"]:
            return self._value(found["plain"]), found.end()
        name, operator = found["braced"], found["operator"]
        if operator is None:
            if text[found.end() : found.end() + 1] != "}":
                raise BadVariableError
            return self._value(name), found.end() + 1
        inner = Filling(self.values)
        words, end = inner._until(text, found.end(), nested=nested + 1)
        return self._chosen(name, operator, words, inner), end + 1

    def _chosen(self, name: str, operator: str, words: str, inner: Filling) -> str:
        value = self.values.get(name)
        is_set = value is not None and (bool(value) or not operator.startswith(":"))
        self.used.add(name)
        if operator.endswith("?"):
            if not is_set:
                self.missing[name] = words
            return value or ""
        takes_words = is_set if operator.endswith("+") else not is_set
        if takes_words:
            self.missing.update(inner.missing)
            self.used.update(inner.used)
            return words
        return "" if operator.endswith("+") else (value or "")

    def _value(self, name: str) -> str:
        self.used.add(name)
        if name not in self.values:
            self.missing.setdefault(name, "")
        return self.values.get(name, "")


def walk_text(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:  # noqa: ANN401 - a tree
    """Every text value of a tree with the way to it."""
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from walk_text(value, (*path, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from walk_text(value, (*path, str(number)))
