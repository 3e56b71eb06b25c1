"""The second net under secrets: hides what looks like a key, a token or a password in text that is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable

from daoflow_core.secret import MASK
from daoflow_core.text import clean

_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
}
SHORTEST_HIDDEN = 4
"""Characters; hiding every `1` and `yes` would make a text unreadable and hide nothing."""

_KEY_WORDS = r"pass(?:word|wd|phrase)|secret(?:[_-]?(?:access[_-]?)?key)?|token|api[_-]?key|access[_-]?key"
_VALUE = r"""(?:"[^"\n]*"|'[^'\n]*'|["']?(?!<secret>)[^\s,;&"']+)"""
# Each pattern begins with fixed letters and ends on a run that can't fail late: the time is linear.
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)"
)
_PEM_BODY = re.compile(r"\s*(?:[A-Za-z0-9+/=]{0,128}|[A-Z][A-Za-z-]{0,40}: [^\n]*)\s*")
_PEM_MARK = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_MASKED = (
    re.compile(r"(?i)(\bbearer\s{1,4})[a-z0-9._~+/=-]{8,}()"),
    re.compile(r"()(?<![\w-])(?:eyJ[\w-]{16,}(?:\.[\w-]+){0,2}|dft_[\w-]{8,}|AKIA[0-9A-Z]{16})()"),
    re.compile(r"(://[^\s/:@]{0,256}:)(?!<secret>@)[^\s/@]+(@)"),
    re.compile(rf"(?i)((?:{_KEY_WORDS})[\"']?\s{{0,4}}=\s{{0,4}}){_VALUE}()"),
    re.compile(rf"(?i)((?:pass(?:word|wd|phrase)|(?:{_KEY_WORDS})[\"'])\s{{0,4}}:\s{{0,4}}){_VALUE}()"),
    re.compile(rf"(?i)(--(?:{_KEY_WORDS})\s{{1,4}}){_VALUE}()"),
)


def redact(text: str) -> str:
    """The second net under typed events: what looks like a key, a token or a password becomes `<secret>`."""
    text = _PEM.sub(MASK, text)
    for pattern in _MASKED:
        text = pattern.sub(rf"\1{MASK}\2", text)
    return text


class Veil:
    """Hides values that are known to be secret wherever they stand; shorter ones than four characters can't be."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        lines = {line.strip() for value in values for line in (value, *value.splitlines())}
        pieces = {form for line in lines for form in (line, clean(line), _quoted(line), _quoted(clean(line)))}
        known = sorted((one for one in pieces if len(one) >= SHORTEST_HIDDEN), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def over(self, text: str) -> str:
        """The text without them."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)


def _quoted(text: str) -> str:
    """A value as programs in Go and JSON show it inside of quotes."""
    return "".join(_ESCAPES.get(one) or (one if one.isprintable() else _numbered(ord(one))) for one in text)


def _numbered(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x80 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


class LineRedactor:
    """`redact` for a stream of safe lines: hides a private key that spans several of them, too."""

    def __init__(self) -> None:
        self._inside_key = False

    def feed(self, line: str) -> str:
        """The line as it may be kept; the first line that can't be part of a key ends the hiding."""
        marks = list(_PEM_MARK.finditer(line))
        inside = self._inside_key
        if not marks:
            self._inside_key = inside and bool(_PEM_BODY.fullmatch(line))
            return MASK if self._inside_key else redact(line)
        self._inside_key = marks[-1][1] == "BEGIN"
        if inside and marks[0][1] == "END":
            return MASK + redact(line[marks[0].end() :])
        return redact(line)
