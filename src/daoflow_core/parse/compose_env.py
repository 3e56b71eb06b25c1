"""Env files: `NAME=value` lines with comments and quotes, as `docker compose --env-file` reads them."""

from __future__ import annotations

import re

from daoflow_core.parse.compose_variables import BadVariableError, Filling
from daoflow_core.parse.compose_yaml import rejected
from daoflow_core.stack_errors import ComposeRejected

MOST_BYTES = 64 * 1024
WHAT = "env file"
_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*")
_SINGLE = re.compile(r"'(?P<value>[^']*)'[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_DOUBLE = re.compile(r'"(?P<value>(?:[^"\\]|\\.)*)"[ \t]*(?:#[^\n]*)?(?:\n|\Z)', re.DOTALL)
_BARE = re.compile(r"(?P<value>[^\n]*)(?:\n|\Z)")
_SKIP = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$$"}


def read_env(data: bytes) -> dict[str, str]:
    """The values of an env file; a later line wins. Raises ComposeRejected, which never shows a value."""
    if len(data) > MOST_BYTES:
        raise rejected(WHAT, "too-large", None, f"It has more than {MOST_BYTES // 1024} KiB.")
    try:
        text = str(data, "utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise rejected(
            WHAT, "not-utf8", data.count(b"\n", 0, error.start) + 1, "It is not UTF-8 text."
        ) from None
    if "\0" in text:
        raise rejected(
            WHAT, "control-character", text.count("\n", 0, text.index("\0")) + 1, "It holds a NUL."
        )
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        skipped = _SKIP.match(text, at)
        if skipped is not None:
            at = skipped.end()
            continue
        at = _take(text, at, values)
    return values


def _take(text: str, at: int, values: dict[str, str]) -> int:
    line = text.count("\n", 0, at) + 1
    name = _NAME.match(text, at)
    if name is None:
        raise _bad(line, "A line is not `NAME=value`.")
    start = name.end()
    quote = text[start : start + 1]
    pattern = {"'": _SINGLE, '"': _DOUBLE}.get(quote, _BARE)
    found = pattern.match(text, start)
    if found is None:
        raise _bad(line, "A quote is not closed, or something stands behind it.")
    value = found["value"]
    if quote == '"':
        value = _filled(re.sub(r"\\(.)", _unescape, value, flags=re.DOTALL), values, line)
    elif quote != "'":
        value = _filled(re.split(r"(?:^|[ \t])#", value, maxsplit=1)[0].strip(), values, line)
    values[name["name"]] = value
    return found.end()


def _unescape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], "\\" + found[1])


def _filled(value: str, values: dict[str, str], line: int) -> str:
    filling = Filling(values)
    try:
        filled = filling.fill(value)
    except BadVariableError:
        raise _bad(line, "A `$` begins no variable; write `$$`, or use single quotes.") from None
    if filling.missing:
        raise _bad(line, f"It uses {', '.join(sorted(filling.missing))}, which no line before it sets.")
    return filled


def _bad(line: int, why: str) -> ComposeRejected:
    return rejected(WHAT, "env-line", line, why)
