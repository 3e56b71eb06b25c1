"""The words of `--filter`: each narrows the fleet, `!` turns a word round, `state:` and its kin look at one field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daoflow_core.errors import InvalidInput

Check = Mapping[str, Any]
FIELDS: dict[str, Callable[[Check], str]] = {
    "state": lambda one: str(one["status"]),
    "env": lambda one: str(one["environment"] or "none"),
    "kind": lambda one: str(one["kind"]),
    "name": lambda one: str(one["name"]),
    "host": lambda one: str(one["serverHost"]),
    "id": lambda one: str(one["id"]),
}
_TEXT = ("name", "serverHost", "status", "environment", "kind", "serverStatus")
LONGEST = 256


def compile_filter(text: str) -> Callable[[Check], bool]:
    """Whether a server is wanted; every word of the text must agree. Raises InvalidInput for an unknown field."""
    if len(text) > LONGEST:
        raise _refused("The filter is too long.", f"It has more than {LONGEST} characters.")
    tests = [_compile_word(word) for word in text.lower().split()]
    return lambda one: all(test(one) for test in tests)


def _compile_word(word: str) -> Callable[[Check], bool]:
    wanted = not word.startswith("!")
    bare = word.removeprefix("!")
    if not bare:
        raise _refused("The filter has a lone `!`.", "`!word` leaves out what holds the word.")
    field, colon, value = bare.partition(":")
    if colon and field in FIELDS:
        read = FIELDS[field]
        exact = field in {"state", "env"}
        return lambda one: (value == read(one) if exact else value in read(one).lower()) is wanted
    if colon and field.isalpha():
        raise _refused(f"The filter has no field {field[:40]!a}.", f"The fields are {', '.join(FIELDS)}.")
    return lambda one: (bare in _haystack(one)) is wanted


def _haystack(one: Check) -> str:
    return " ".join([*(str(one[name] or "") for name in _TEXT), *one["issues"]]).lower()


def _refused(message: str, why: str) -> InvalidInput:
    return InvalidInput(
        message, why=why, next_step="For example: --filter 'state:blocked !dev'.", field="filter"
    )
