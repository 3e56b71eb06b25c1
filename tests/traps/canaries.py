"""Canary secrets: planted where secrets belong, then looked for everywhere else, in every form they could take."""

from __future__ import annotations

import base64
import json
import subprocess
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

SHORTEST = 8


@dataclass(frozen=True)
class Canary:
    """A secret that must stay where it is: its name, and the pieces of it that each give it away."""

    name: str
    pieces: tuple[bytes, ...]

    @classmethod
    def of(cls, name: str, *values: bytes | str) -> Canary:
        """A canary from its values; all of each value gives it away."""
        pieces = tuple(value.encode() if isinstance(value, str) else value for value in values)
        assert all(len(piece) >= SHORTEST for piece in pieces), "too short to be told from chance"
        return cls(name, pieces)

    @classmethod
    def of_pem(cls, name: str, pem: bytes, *more: bytes) -> Canary:
        """A private key: every line of its body but the first (which is the same in many keys) and the tail."""
        lines = [line for line in pem.split(b"\n") if line and not line.startswith(b"-----")]
        middle = [line for line in lines[1:] if len(line) >= 32] or lines[:1]
        return cls(name, (*middle, *more))

    def forms(self) -> Iterator[bytes]:
        """Every spelling that is looked for."""
        for piece in self.pieces:
            yield piece
            yield piece.hex().encode()
            yield piece.hex().upper().encode()
            yield quote(piece).encode()
            yield json.dumps(piece.decode("latin-1"))[1:-1].encode()
            yield from _base64_forms(piece)

    def is_in(self, data: bytes) -> bool:
        """Whether any spelling of it stands in these bytes."""
        return any(form in data for form in self.forms())


def _base64_forms(piece: bytes) -> Iterator[bytes]:
    """What is the same in base64 wherever the piece begins in a longer text, in both alphabets."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + piece)
        sure = text[4 if shift else 0 : len(text) // 4 * 4 - 4]
        if len(sure) >= SHORTEST:
            yield sure
            yield sure.translate(bytes.maketrans(b"+/", b"-_"))


@dataclass
class Sweep:
    """Everything that came out of the program, by where it was found."""

    canaries: tuple[Canary, ...]
    seen: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, where: str, what: bytes | str) -> None:
        """Take one more piece of output in."""
        data = what.encode("utf-8", "surrogatepass") if isinstance(what, str) else what
        self.seen.setdefault(where, []).append(data)

    def add_error(self, where: str, error: BaseException) -> None:
        """Take in all that an error could ever print, with the errors behind it, also the suppressed ones."""
        for one in _with_causes(error):
            document = getattr(one, "document", dict)()
            self.add(
                where, f"{one!s}\n{one!r}\n{one.args!r}\n{vars(one)!r}\n{json.dumps(document, default=repr)}"
            )
            self.add(where, "".join(traceback.format_exception(one)))

    def add_files(self, folder: Path, *, but: Iterable[str] = ()) -> None:
        """Take in every byte of every file below a folder, names included."""
        for file in sorted(folder.rglob("*")):
            self.add("file names", str(file))
            if file.is_file() and file.name not in but:
                # by another process: closing a database here would drop the locks that this process has on it
                content = subprocess.run(["cat", file], capture_output=True, check=True).stdout
                self.add(f"file {file.name}", content)

    def hits(self) -> list[tuple[str, str]]:
        """Where which canary was found."""
        return [
            (canary.name, where)
            for where, pieces in self.seen.items()
            for canary in self.canaries
            if canary.is_in(b"\n".join(pieces))
        ]


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
