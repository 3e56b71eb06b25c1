"""The grammar of ssh_config, as far as hosts need it: blocks of settings, each under the patterns it holds for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cache
from pathlib import Path

from daoflow_core.errors import InvalidInput
from daoflow_core.model.ssh_config import Ignored
from daoflow_core.plain_files import read_plain_file

MAX_BYTES = 256 * 1024  # of one file
MAX_DEPTH = 8  # of files that include files
MAX_FILES = 64

NEVER = ("!*",)
"""The patterns of a block that holds for no host."""

_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(.*)")
_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(slots=True)
class Block:
    """Settings in their order, which hold for a host that every one of `conditions` matches."""

    conditions: tuple[tuple[str, ...], ...]
    source: str
    settings: list[tuple[str, str]] = field(default_factory=list)

    def holds_for(self, alias: str) -> bool:
        """Whether a host called by this alias takes the settings."""
        return all(matches(patterns, alias) for patterns in self.conditions)


def matches(patterns: tuple[str, ...], alias: str) -> bool:
    """The rule of `Host`: one pattern must match, and no negated one may."""
    if any(_pattern(pattern[1:]).fullmatch(alias) for pattern in patterns if pattern.startswith("!")):
        return False
    return any(_pattern(pattern).fullmatch(alias) for pattern in patterns if not pattern.startswith("!"))


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """`*` and `?` only: brackets mean themselves in ssh_config."""
    return re.compile(translate(pattern.replace("[", "[[]").lower()), re.IGNORECASE)


@dataclass(slots=True)
class BlockReader:
    """Reads a file and those it includes into blocks; it runs nothing and writes nothing."""

    home: Path
    blocks: list[Block] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    _files: int = 0

    def read(self, path: str, within: tuple[tuple[str, ...], ...] = (("*",),), depth: int = 0) -> None:
        """Add the blocks of one file, which hold only `within` the conditions of its includer."""
        self._files += 1
        text = self._text(path)
        block = self._open(within, f"{path}:1")
        for number, line in enumerate(text.splitlines(), 1):
            match = _LINE.fullmatch(line)
            if match is None:
                continue
            keyword, words = match[1].lower(), _words(match[2])
            source = f"{path}:{number}"
            if keyword == "host":
                block = self._open((*within, tuple(words)), source)
            elif keyword == "match":
                self._ignore(
                    source, match[1], "Match conditions are not evaluated, because they may run programs."
                )
                block = self._open((NEVER,), source)
            elif keyword == "include":
                self._include(words, block, source, depth)
                block = self._open(block.conditions, source)
            elif words:
                block.settings.append((keyword, words[0]))
                self._note_setting(source, match[1], keyword, words[0])

    def _text(self, path: str) -> str:
        data = read_plain_file(path, MAX_BYTES, what="SSH configuration", field="ssh_config")
        if len(data) > MAX_BYTES:
            raise InvalidInput(
                f"The SSH configuration {path!a} is over 256 KiB.",
                next_step="Give a smaller file with the hosts that matter.",
                field="ssh_config",
            )
        return data.decode("utf-8", "backslashreplace")

    def _open(self, conditions: tuple[tuple[str, ...], ...], source: str) -> Block:
        block = Block(conditions, source)
        self.blocks.append(block)
        return block

    def _include(self, words: list[str], block: Block, source: str, depth: int) -> None:
        """Relative names stand for files in ~/.ssh, as for a user's own configuration."""
        for word in words:
            place = self.home / word[2:] if word.startswith("~/") else self.home / ".ssh" / word
            for name in sorted(map(str, Path(place.anchor).glob(str(place.relative_to(place.anchor))))):
                if depth >= MAX_DEPTH or self._files >= MAX_FILES:
                    self._ignore(source, "Include", "Too many files include each other.")
                    return
                try:
                    self.read(name, block.conditions, depth + 1)
                except InvalidInput as error:
                    self._ignore(source, "Include", f"{error.message} {error.why}".strip())

    def _note_setting(self, source: str, written: str, keyword: str, value: str) -> None:
        if value.lower() != "none" and keyword in _WITHOUT_EFFECT:
            self._ignore(source, written, _WITHOUT_EFFECT[keyword])

    def _ignore(self, source: str, keyword: str, why: str) -> None:
        self.ignored.append(Ignored(source, keyword, why))


_WITHOUT_EFFECT = {
    "proxycommand": "A configuration file runs no programs here.",
    "knownhostscommand": "A configuration file runs no programs here.",
    "localcommand": "A configuration file runs no programs here.",
    "userknownhostsfile": "Host keys are approved in this console, one by one.",
    "globalknownhostsfile": "Host keys are approved in this console, one by one.",
    "stricthostkeychecking": "Host keys are approved in this console; a changed one always blocks.",
}


def _words(text: str) -> list[str]:
    """The words of a line, double quotes taken off; an unquoted # ends it."""
    found = []
    for match in _WORD.finditer(text):
        if match[2] is not None and match[2].startswith("#"):
            break
        found.append(match[1] if match[2] is None else match[2])
    return found
